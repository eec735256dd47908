"""The HTTP library is imported in one place."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMPORT = re.compile(r"^\s*(?:import|from) (?:httpx|httpcore)\b", re.MULTILINE)


def test_one_file_imports_httpx_and_httpcore() -> None:
    """Only one file imports httpx and httpcore, for the program and its tests, so they can be replaced there."""
    files = [path for folder in ("cordage_tui", "tests") for path in (ROOT / folder).rglob("*.py")]
    importers = [str(path.relative_to(ROOT)) for path in files if IMPORT.search(path.read_text())]
    assert importers == ["cordage_tui/api/http_library.py"]
