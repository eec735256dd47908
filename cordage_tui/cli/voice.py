"""How a command speaks: stdout is data, stderr is talk."""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cordage_tui.cli.complaint import without_keys
from cordage_tui.cli.output import put, tell
from cordage_tui.cli.parsing.frame import PROGRAM, columns
from cordage_tui.domain.text import safe

SCHEMA: Final = 1
"""Version of every JSON that a command prints; `schema.json` beside this file describes it."""


class Console:
    """The two streams of one command, as its flags want them."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.json = bool(getattr(options, "json", False))
        self._quiet = bool(options.quiet)
        told = options.no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM", "") in {"", "dumb"}
        self.is_terminal = sys.stdout is not None and sys.stdout.isatty()
        self.colours = self.is_terminal and not told
        """Whether lines for people may be coloured."""

    @property
    def width(self) -> int | None:
        """Cells that a line for people may take; None where nobody looks: a pipe gets lines whole."""
        return columns() if self.is_terminal else None

    def info(self, words: str) -> None:
        """Talk: a line on stderr, made safe; nothing with `--quiet`."""
        if not self._quiet:
            tell(safe(words))

    def error(self, words: str) -> None:
        """What went wrong, or what an interruption leaves behind: a line on stderr, made safe, also with `--quiet`."""
        tell(f"{PROGRAM}: {without_keys(words)}")

    def print(self, text: str) -> None:
        """Data for people: text that has been made safe. Raises OutputWriteError."""
        put(text)

    def path(self, path: Path) -> None:
        """A file, as data: on a terminal made safe, in a pipe to the letter. Raises OutputWriteError."""
        put(safe(str(path)) if self.is_terminal else str(path))

    def object(self, kind: str, values: Mapping[str, object]) -> None:
        """Data for programs: one JSON object on one line of plain ASCII. Raises OutputWriteError."""
        put(json.dumps({"schema": SCHEMA, "kind": kind, **values}, ensure_ascii=True, allow_nan=False))
