"""How much, in words."""


def amount(size: int) -> str:
    """Bytes as people say them: `812 B`, `240 KB`, `3.4 MB`."""
    if size < 1000:
        return f"{size} B"
    if size < 999_500:
        return f"{size / 1000:.0f} KB"
    return f"{size / 1e6:.1f} MB" if size < 999_950_000 else f"{size / 1e9:.1f} GB"
