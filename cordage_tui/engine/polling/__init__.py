"""Polling: when each webhook is read, and what the answers change."""
