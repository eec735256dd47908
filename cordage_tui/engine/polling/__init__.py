"""When which webhook is read, and what the answers change."""
