"""Viewer of one output on the whole screen: an image as large as possible, or a text."""
