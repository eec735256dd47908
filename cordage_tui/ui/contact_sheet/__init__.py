"""Contact sheet of a batch."""
