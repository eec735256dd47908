"""Polling: when each webhook is read, and how the answers change the store."""
