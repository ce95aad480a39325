"""Service hours and days off: calendars, how they change, and the files they come from."""
