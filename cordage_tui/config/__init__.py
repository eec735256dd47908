"""Settings in TOML, credentials, and where files live."""
