"""Headless worker that sends the queue without the app."""
