"""The hotline: telephone numbers, call logs, and missed calls as messages."""
