"""Detail pane of the selected run."""
