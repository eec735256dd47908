"""Output of commands for people: columns, progress line, confirmation."""

import argparse
import json
import os
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from cordage_tui.cli.error_report import without_keys
from cordage_tui.cli.errors import UsageError
from cordage_tui.cli.parser import PROGRAM, columns
from cordage_tui.cli.stdout import print_data, print_message
from cordage_tui.domain.text import one_line, safe

# How a command speaks: stdout is data, stderr is talk.

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
            print_message(safe(words))

    def error(self, words: str) -> None:
        """What went wrong, or what an interruption leaves behind: a line on stderr, made safe, also with `--quiet`."""
        print_message(f"{PROGRAM}: {without_keys(words)}")

    def print(self, text: str) -> None:
        """Data for people: text that has been made safe. Raises OutputWriteError."""
        print_data(text)

    def path(self, path: Path) -> None:
        """A file, as data: on a terminal made safe, in a pipe to the letter. Raises OutputWriteError."""
        print_data(safe(str(path)) if self.is_terminal else str(path))

    def object(self, kind: str, values: Mapping[str, object]) -> None:
        """Data for programs: one JSON object on one line of plain ASCII. Raises OutputWriteError."""
        print_data(json.dumps({"schema": SCHEMA, "kind": kind, **values}, ensure_ascii=True, allow_nan=False))


# Text in columns, for people: as wide as the terminal, and plain where nobody looks.

GAP: Final = "  "
_LEAST: Final = 8
"""Cells that a column keeps, if it ever had so many."""


def width_of(text: str) -> int:
    """Cells that `text` takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells: padded, or cut with `…`. Never half a wide character."""
    size = width_of(text)
    if size <= width:
        return text + " " * (width - size)
    kept, used = [], 0
    for char in text:
        used += _cells(char)
        if used > width - 1:
            break
        kept.append(char)
    cut = "".join(kept).rstrip() + "…" if width > 0 else ""
    return cut + " " * (width - width_of(cut))


def table(rows: Sequence[Sequence[str]], width: int, wide: int) -> list[list[str]]:
    """`rows` with every cell fitted to its column. The column number `wide` takes what is left of `width` cells; where that
    is next to nothing, the widest of all give way."""
    widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    room = width - len(GAP) * (len(widths) - 1)
    widths[wide] = max(_LEAST, min(widths[wide], room - (sum(widths) - widths[wide])))
    while sum(widths) > room and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    return [[fit(cell, size) for cell, size in zip(row, widths, strict=True)] for row in rows]


def _cells(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


# One calm line on stderr while a command waits; nothing where nobody looks.


class Progress:
    """A line that is written over. To be ended before anything else is printed."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._shows = not options.quiet and sys.stderr is not None and sys.stderr.isatty()
        self._shown = ""

    def show(self, words: str) -> None:
        """Write `words` over the line, if they differ from what stands there."""
        line = fit(one_line(words), columns() - 1).rstrip()
        if self._shows and line != self._shown:
            self._shows = print_message(f"\r\x1b[K{line}", end="")
            self._shown = line

    def end(self) -> None:
        """Take the line away."""
        if self._shows and self._shown:
            print_message("\r\x1b[K", end="")
            self._shown = ""


# Asking before what cannot be undone: on the terminal, and nowhere else.

TYPED_FROM: Final = 11
"""Things from which their number must be typed (docs/faults.md rule 18)."""


def confirm(what: str, verb: str, count: int, *, typed: bool = False) -> bool:
    """Asks `what` and takes the answer: `y`, or the number where it is many or `typed`. Raises UsageError where nobody can
    be asked; `verb` is what would be done."""
    if sys.stdin is None or not sys.stdin.isatty():
        asked = what.partition("\n")[0]
        raise UsageError(f"{asked} Nobody can be asked: stdin is not a terminal.", "Say --yes if you mean it.")
    wanted = str(count) if typed or count >= TYPED_FROM else "y"
    if not print_message(safe(f"{what} Type {wanted} to {verb}: "), end=""):
        raise UsageError("Nobody can be asked: what is written to stderr is lost.", "Say --yes if you mean it.")
    return sys.stdin.readline().strip().lower() == wanted
