"""Viewer: one output on the whole screen, an image as large as it goes, or a text."""
