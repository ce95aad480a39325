"""From a channel to a ticket: stored first, then understood, then brought in."""
