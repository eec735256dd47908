"""The webhook sidebar."""
