"""Batches on screen: the preview before anything is sent, the file they come from, their line and their details."""
