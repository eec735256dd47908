"""Comparing what is drawn with the picture somebody last looked at."""

import os
import re
from pathlib import Path
from typing import Any

from textual.app import App


def picture(app: App[Any]) -> str:
    """What stands on screen, as an SVG that is the same each time."""
    return re.sub(r"terminal-\d+", "terminal", app.export_screenshot(title="cordage-tui"))


def compare(drawn: str, on_file: Path, tmp_path: Path) -> None:
    """A picture against the one on file; the new one is left beside the test's other files.

    With `UPDATE_SNAPSHOTS=1` in the environment it is kept as the one on file.
    """
    if os.environ.get("UPDATE_SNAPSHOTS"):
        on_file.write_text(drawn)
    (tmp_path / on_file.name).write_text(drawn)
    assert on_file.is_file() and on_file.read_text() == drawn, f"differs: {on_file.name}, see {tmp_path}"
