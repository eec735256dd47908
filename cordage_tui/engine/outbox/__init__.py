"""Send queued submissions once, and match uncertain ones to runs."""
