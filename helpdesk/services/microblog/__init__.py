"""Posts: conversations, answers in public and in private, and public notices."""
