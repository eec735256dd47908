"""The run table."""
