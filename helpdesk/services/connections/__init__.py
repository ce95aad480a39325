"""Accounts on channels: what they are set to, and how each fares."""
