"""The headless worker that sends the queue without the app."""
