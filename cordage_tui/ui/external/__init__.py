"""Clipboard and programs outside the app."""
