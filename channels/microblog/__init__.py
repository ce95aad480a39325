"""Microblogs: what people write to the office on Weibo and X, and what it answers."""
