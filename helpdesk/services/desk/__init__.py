"""Tickets and the work on them: the queue, answers, notes, merging, search, word to agents."""
