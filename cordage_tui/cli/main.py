"""Entry point of `cordage-tui`."""


def main() -> int:
    """Replaced by the command line's builder."""
    return 0
