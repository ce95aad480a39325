"""Policies, clocks and the sweep: what is promised on a ticket, and whether it is kept."""
