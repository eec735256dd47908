"""This machine's truth in SQLite: runs, outbox, drafts, prompt history, settings."""
