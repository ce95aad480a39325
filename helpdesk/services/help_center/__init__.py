"""Articles: written, illustrated, found and voted on."""
