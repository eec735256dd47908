"""The prompt panel: where a run is written and sent from. It posts messages and knows no engine and no store."""
