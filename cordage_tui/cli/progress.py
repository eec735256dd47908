"""One calm line on stderr while a command waits; nothing where nobody looks."""

import argparse
import sys

from cordage_tui.cli.cells import fit
from cordage_tui.cli.output import tell
from cordage_tui.cli.parsing.frame import columns
from cordage_tui.domain.text import one_line


class Progress:
    """A line that is written over. To be ended before anything else is printed."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._shows = not options.quiet and sys.stderr is not None and sys.stderr.isatty()
        self._shown = ""

    def show(self, words: str) -> None:
        """Write `words` over the line, if they differ from what stands there."""
        line = fit(one_line(words), columns() - 1).rstrip()
        if self._shows and line != self._shown:
            self._shows = tell(f"\r\x1b[K{line}", end="")
            self._shown = line

    def end(self) -> None:
        """Take the line away."""
        if self._shows and self._shown:
            tell("\r\x1b[K", end="")
            self._shown = ""
