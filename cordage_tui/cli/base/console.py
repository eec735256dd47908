"""Output of commands for people: columns, progress line, confirmation."""

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from cordage_tui.cli.base.errors import PROGRAM, UsageError, for_lines, with_flags
from cordage_tui.cli.base.output_streams import print_data, print_message
from cordage_tui.cli.base.parser import columns
from cordage_tui.domain.safe_text import cells, one_line, safe
from cordage_tui.domain.secrets import Secret, without_keys

# Output streams: data on stdout, messages on stderr.

SCHEMA: Final = 1
"""Version of the JSON output; described by `schema.json` in this folder."""

CONFIRM_WITH_YES: Final = "Use --yes to confirm."
"""Advice if there is nobody to ask."""

_SHORTEST: Final = 8
"""Characters of the shortest secret that is replaced in data; a shorter one may be a word."""


def _takes_colours(is_terminal: bool) -> bool:
    """Return whether the environment wants colours. NO_COLOR takes precedence over FORCE_COLOR; each counts unless
    empty.

    FORCE_COLOR also colours output that another program reads.
    """
    environ = os.environ
    if environ.get("NO_COLOR"):
        return False
    return bool(environ.get("FORCE_COLOR")) or (is_terminal and environ.get("TERM", "") not in {"", "dumb"})


class Console:
    """Output of one command, according to its flags."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.json = bool(getattr(options, "json", False))
        self.command = " ".join(word for name in ("command", "action") if (word := getattr(options, name, None)))
        """Command and action as they were typed."""
        self.linear = getattr(options, "opened", None) is not None
        """Whether this is a line of linear mode: whole sentences, one after another, without control characters."""
        self._quiet = bool(options.quiet)
        self.progress = Progress(quiet=self._quiet, linear=self.linear)
        self.is_terminal = sys.stdout is not None and sys.stdout.isatty()
        self.colours = _takes_colours(self.is_terminal) and not options.no_color and not self.linear
        """Whether output for people may be coloured."""
        self._hidden: tuple[str, ...] = ()

    def hide(self, secret: Secret) -> None:
        """Replace a secret in all data from now on: a server may echo the key that it was sent."""
        value = secret.reveal()
        if len(value) >= _SHORTEST:
            forms = (value, json.dumps(value)[1:-1], quote(value, safe="", errors="replace"))
            self._hidden = tuple(dict.fromkeys((*self._hidden, *forms)))

    @property
    def width(self) -> int | None:
        """Width of the terminal in cells; None for a pipe, which gets full lines."""
        return columns() if self.is_terminal and not self.linear else None

    def info(self, text: str) -> None:
        """Print a message line to stderr, unless `--quiet`. Control characters are escaped."""
        if not self._quiet:
            self.progress.end()
            print_message(
                self.without_secret(self._plain(for_lines(safe(text)) if self.linear else with_flags(safe(text))))
            )

    def error(self, text: str) -> None:
        """Print an error line to stderr, also with `--quiet`. Control characters are escaped."""
        self.progress.end()
        message = without_keys(for_lines(text) if self.linear else f"{PROGRAM}: {with_flags(text)}")
        print_message(self.without_secret(self._plain(message)))

    def print(self, text: str) -> None:
        """Print safe text to stdout. Raises OutputWriteError."""
        print_data(self._plain(self.without_secret(text)))

    def path(self, path: Path) -> None:
        """Print a path to stdout: escaped on a terminal, byte for byte in a pipe. Raises OutputWriteError."""
        print_data(self._plain(safe(str(path))) if self.is_terminal or self.linear else str(path))

    def long_object(self, kind: str, values: Mapping[str, object], name: str, items: Sequence[str]) -> None:
        """Print one JSON object whose last value, `name`, is an array of `items`, each the JSON text of one or more. Raises
        OutputWriteError."""
        texts = [*items] or [""]
        texts[0] = f'{_json(kind, values)[:-1]}, "{name}": [{texts[0]}'
        texts[-1] += "]}"
        print_data(*map(self.without_secret, texts), sep=", ")

    def objects(self, kind: str, items: Iterable[Mapping[str, object]]) -> None:
        """Print many JSON objects, each as a line of ASCII. Raises OutputWriteError."""
        print_data(self.without_secret("\n".join(_json(kind, values) for values in items)))

    def object(self, kind: str, values: Mapping[str, object]) -> None:
        """Print one JSON object as a line of ASCII. Raises OutputWriteError."""
        print_data(self.without_secret(_json(kind, values)))

    def confirm(
        self,
        what: str,
        verb: str,
        count: int,
        *,
        listed: bool = False,
        typed: bool = False,
        otherwise: str = CONFIRM_WITH_YES,
    ) -> bool:
        """Ask `what`; return True if it is confirmed: by `y` or `yes`, or by the count if it is large or `typed`.

        `listed`: each item has been printed. `verb` names the action. `otherwise` is the advice if nobody can be asked.
        Raises UsageError if stdin or stderr cannot be used, and KeyboardInterrupt at once for Ctrl-C, also on an event
        loop.
        """
        if sys.stdin is None or not (sys.stdin.isatty() or self.linear):
            question_line = what.partition("\n")[0]
            raise UsageError(f"{question_line} Cannot ask for confirmation: stdin is not a terminal.", otherwise)
        from cordage_tui.cli.base.keyboard import is_confirmed_by_user  # late: most commands ask nothing

        def show(question: str) -> None:
            if not print_message(self._plain(safe(question)), end="\n" if self.linear else ""):
                raise UsageError("Cannot ask for confirmation: stderr cannot be written.", otherwise)

        end = "." if self.linear else ": "
        return is_confirmed_by_user(what, verb, count, show, end=end, listed=listed, typed=typed)

    def without_secret(self, text: str) -> str:
        """Mask each hidden secret in `text`."""
        for form in self._hidden:
            text = text.replace(form, "***")
        return text

    def _plain(self, text: str) -> str:
        """Return the text with commas for the tabs of a table, if this is linear mode."""
        return text.replace("\t", ", ") if self.linear else text


def _json(kind: str, values: Mapping[str, object]) -> str:
    return json.dumps({"schema": SCHEMA, "kind": kind, **values}, ensure_ascii=True, allow_nan=False)


# Tables: as wide as the terminal, tab-separated in a pipe.

GAP: Final = "  "
_LEAST: Final = 8
"""Least width of a shrunk column, in cells."""


def width_of(text: str) -> int:
    """Return the width of `text` on a terminal, in cells."""
    return len(text) if text.isascii() else sum(map(cells, text))


def fit(text: str, width: int) -> str:
    """Pad `text` to `width` cells, or cut it with `…`; never splits a wide character."""
    size = width_of(text)
    if size <= width:
        return text + " " * (width - size)
    kept, used = [], 0
    for char in text:
        used += cells(char)
        if used > width - 1:
            break
        kept.append(char)
    cut = "".join(kept).rstrip() + "…" if width > 0 else ""
    return cut + " " * (width - width_of(cut))


def table(rows: Sequence[Sequence[str]], width: int, wide: int) -> list[list[str]]:
    """Fit every cell to its column. Column `wide` gets the rest of `width` cells; if that is too little, the widest columns
    shrink."""
    widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    room = width - len(GAP) * (len(widths) - 1)
    widths[wide] = max(_LEAST, min(widths[wide], room - (sum(widths) - widths[wide])))
    while sum(widths) > room and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    return [[fit(cell, size) for cell, size in zip(row, widths, strict=True)] for row in rows]


def table_lines(heads: Sequence[str], rows: Sequence[Sequence[str]], wide: int, width: int | None) -> Iterator[str]:
    """Format a table `width` cells wide; None is a pipe: without heads, tab-separated and uncut."""
    if width is None:
        yield from ("\t".join(row) for row in rows)
    elif rows:
        yield from (GAP.join(line).rstrip() for line in table([heads, *rows], width, wide))


# Progress line on stderr; only on a terminal, or in linear mode.

PROGRESS_EVERY_S: Final = 30.0
"""Shortest interval between two lines of progress in linear mode."""


class Progress:
    """A line that is overwritten in place. Call `end` before printing data. In linear mode, a new line now and then."""

    def __init__(self, *, quiet: bool, linear: bool = False) -> None:
        self._shows = not quiet and not linear and sys.stderr is not None and sys.stderr.isatty()
        self._next_at = time.monotonic() + PROGRESS_EVERY_S if linear and not quiet else math.inf
        self._shown = ""

    def show(self, text: str) -> None:
        """Replace the line, if `text` differs from it."""
        if time.monotonic() >= self._next_at and text:
            from cordage_tui.domain.formatting import EMPTY, FULL  # late: other commands print no sentences

            self._next_at = time.monotonic() + PROGRESS_EVERY_S
            print_message(one_line(text.replace(FULL, "").replace(EMPTY, "").replace(" · ", ", ")))
        line = fit(one_line(text), columns() - 1).rstrip()
        if self._shows and line != self._shown:
            self._shows = print_message(f"\r\x1b[K{line}", end="")
            self._shown = line

    def end(self) -> None:
        """Erase the line."""
        if self._shows and self._shown:
            print_message("\r\x1b[K", end="")
            self._shown = ""
