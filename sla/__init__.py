"""Promises in service time: calendars, policies, clocks. Pure: no desk, no Flask, no database."""
