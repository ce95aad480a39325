"""Running a desk: checks, heartbeats, counters, housekeeping and the audit log."""
