"""Download output files: no credentials, public addresses only, bounded."""
