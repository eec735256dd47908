"""The detail pane: one run, whole."""
