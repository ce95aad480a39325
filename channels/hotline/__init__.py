"""The hotline: telephone numbers and, in time, call logs."""
