"""Calls: read from logs, counted, and rung back."""
