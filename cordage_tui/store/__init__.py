"""SQLite store: runs, outbox, drafts, prompt history, settings. It is the single source of truth on this machine."""
