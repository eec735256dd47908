"""The contact sheet of a batch."""
