"""Log of one process: calls, budgets and transitions, for `doctor --bundle` and for who changes the code.

A record has a kind and values that are numbers or members of this program's own enumerations. `engine/log/log_file.py` writes
them, and leaves out every other value: no text of a user or a server can be in a file.
"""

import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

from cordage_tui import __version__
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import LOG_VARIABLE
from cordage_tui.engine.log.record_kinds import LogDetail, RecordKind, RecordValue, TerminalName

if TYPE_CHECKING:
    from cordage_tui.engine.log.log_file import RecordFile


class ProcessLog:
    """Log of one process, or of one command that linear mode runs in its process. Its begin is written with the first other
    record, so that a command which changes nothing and calls nobody leaves none, unless `CORDAGE_LOG` is set."""

    def __init__(self, paths: Paths, command: StrEnum, environ: Mapping[str, str] = os.environ) -> None:
        """`command`: what the process does."""
        self._folder = paths.logs
        self._command = command
        self._environ = environ
        self._detail = log_detail(environ)
        self._file: RecordFile | None = None
        self._ended = False
        self._size = (0, 0)
        if self._detail is not None:
            self._opened()

    def write(self, kind: RecordKind, **values: RecordValue) -> None:
        """Append a record. Never raises, and takes some microseconds after the first."""
        self._opened().logger.info(kind, values)

    def debug(self, kind: RecordKind, **values: RecordValue) -> None:
        """Append a record if `CORDAGE_LOG` is `debug`. Never raises."""
        if self._detail is LogDetail.DEBUG:
            self._opened().logger.debug(kind, values)

    def record_end(self, code: int) -> None:
        """Record once that the process or the command ends with this exit code, unless there is no record of it; close the
        file."""
        if self._file is not None and not self._ended:
            self._ended = True
            self.write(RecordKind.END, command=self._command, code=int(code))
            self._file.end()

    def record_size(self, columns: int, rows: int) -> None:
        """Record the size of the terminal if it has changed."""
        if self._file is not None and self._size != (columns, rows):
            self._size = columns, rows
            self.write(RecordKind.SIZE, columns=columns, rows=rows)

    def record_bug(self, error: BaseException) -> None:
        """Record the type of an error that ends the process, and where in this program it was raised."""
        self._opened().logger.error(RecordKind.BUG, exc_info=error)

    def close(self) -> None:
        """Close the file. A later record opens it again."""
        if self._file is not None:
            self._file.close()

    def _opened(self) -> "RecordFile":
        if self._file is None:
            from cordage_tui.engine.log.log_file import (
                RecordFile,  # late: `logging` is half of what a short command takes
            )

            self._file = RecordFile(self._folder, self._detail)
            self._size = _terminal_size()
            columns, rows = self._size
            self.write(RecordKind.BEGIN, command=self._command, columns=columns, rows=rows, **self._surroundings())
        return self._file

    def _surroundings(self) -> dict[str, RecordValue]:
        """Return versions, and the terminal by its variables with what is between it and this process."""
        environ = self._environ
        return {
            "version": tuple(int(number) for number in re.findall(r"\d+", __version__)[:3]),
            "python": sys.version_info[:3],
            "term": _terminal(environ, "TERM"),
            "program": _terminal(environ, "TERM_PROGRAM"),
            "tmux": "TMUX" in environ,
            "screen": "STY" in environ,
            "ssh": "SSH_CONNECTION" in environ,
        }


def log_detail(environ: Mapping[str, str]) -> LogDetail | None:
    """Return the detail that `CORDAGE_LOG` asks for. None: it is not set, or to no known word."""
    with suppress(ValueError):
        return LogDetail(environ.get(LOG_VARIABLE, "").lower())
    return None


def _terminal_size() -> tuple[int, int]:
    """Return columns and rows of the terminal; zeros: there is none."""
    for descriptor in (1, 2):
        with suppress(OSError):
            size = os.get_terminal_size(descriptor)
            return size.columns, size.lines
    return 0, 0


def _terminal(environ: Mapping[str, str], variable: str) -> TerminalName | None:
    name = environ.get(variable)
    if not name:
        return None
    with suppress(ValueError):
        return TerminalName(name)
    return TerminalName.OTHER
