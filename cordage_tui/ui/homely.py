"""Paths as people write them."""

import os
from pathlib import Path

from cordage_tui.domain.text import SafeText, one_line


def short_path(path: Path) -> SafeText:
    """`path` as people write it: `~/Downloads/cordage/…`."""
    text, home = str(path), os.path.expanduser("~").rstrip("/")  # noqa: PTH111  Path.home() raises where this says "~"
    inside = home.startswith("/") and text.startswith(f"{home}/")
    return one_line(f"~{text[len(home) :]}" if inside else text, 1_000)
