"""Prompt panel: write and submit a run. It posts messages and knows no engine and no store."""
