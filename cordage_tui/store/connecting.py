"""How every connection to a database of ours is set up."""

import contextlib
import sqlite3
import sys
from pathlib import Path
from typing import Final
from urllib.parse import quote

_PRAGMAS: Final = (
    "synchronous = FULL",
    "temp_store = MEMORY",  # prompts are private: none in temporary files
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "cache_size = -16000",  # KiB
)
_MAC_PRAGMAS: Final = ("fullfsync = ON", "checkpoint_fullfsync = ON")
"""There fsync alone leaves the data in the drive's cache."""


def connect(path: Path, busy_s: float) -> sqlite3.Connection:
    """A connection in autocommit mode to a file that is there. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw", uri=True, timeout=busy_s, isolation_level=None, cached_statements=256
    )
    with contextlib.ExitStack() as undo:
        undo.callback(connection.close)
        for pragma in _PRAGMAS + (_MAC_PRAGMAS if sys.platform == "darwin" else ()):
            connection.execute(f"PRAGMA {pragma}")
        undo.pop_all()
    return connection
