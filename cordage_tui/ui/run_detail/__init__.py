"""The detail pane of the selected run."""
