"""Certification centers, from the application to the exit."""
