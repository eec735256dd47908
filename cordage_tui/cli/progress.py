"""One calm line on stderr while a command waits; nothing where nobody looks."""

import argparse
import sys
from collections.abc import Callable

from cordage_tui.cli.cells import fit
from cordage_tui.cli.parsing.frame import columns
from cordage_tui.domain.text import one_line


class Progress:
    """A line that is written over. To be ended before anything else is printed."""

    def __init__(self, options: argparse.Namespace) -> None:
        shows = not options.quiet and sys.stderr is not None and sys.stderr.isatty()
        self._write: Callable[[str], object] | None = sys.stderr.write if shows else None
        self._shown = ""

    def show(self, words: str) -> None:
        """Write `words` over the line, if they differ from what stands there."""
        line = fit(one_line(words), columns() - 1).rstrip()
        if self._write is not None and line != self._shown:
            self._write(f"\r\x1b[K{line}")
            sys.stderr.flush()
            self._shown = line

    def end(self) -> None:
        """Take the line away."""
        if self._write is not None and self._shown:
            self._write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = ""
