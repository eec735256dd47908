"""Log of one process: calls, budgets and transitions, for `doctor --bundle` and for who changes the code.

A record has a kind and values that are numbers or members of this program's own enumerations. `engine/log/log_file.py` writes
them, and leaves out every other value: no text of a user or a server can be in a file.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from cordage_tui import __version__
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import LOG_VARIABLE
from cordage_tui.engine.log.log_file import append_record, remove_old_files
from cordage_tui.engine.log.record_kinds import LogDetail, RecordKind, RecordValue

if TYPE_CHECKING:
    from cordage_tui.engine.log.library_warnings import LibraryHandler

_BEGUN: Final = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
"""When this process began, in the name of its file: process ids return."""


class ProcessLog:
    """Log of one process, or of one command that linear mode runs in its process. Its begin is written with the first other
    record, so that a command which changes nothing and calls nobody leaves none, unless `CORDAGE_LOG` is set."""

    def __init__(self, paths: Paths, command: StrEnum, environ: Mapping[str, str] = os.environ) -> None:
        """`command`: what the process does."""
        self._file = paths.logs / f"{_BEGUN}-{os.getpid()}.log"
        self._command = command
        self._detail = log_detail(environ)
        self._libraries: LibraryHandler | None = None
        self._has_begun = self._has_ended = False
        if self._detail is not None:
            self._begin()

    def write(self, kind: RecordKind, **values: RecordValue) -> None:
        """Append a record. Never raises, and takes some tens of microseconds."""
        self._begin()
        append_record(self._file, kind, values)

    def debug(self, kind: RecordKind, **values: RecordValue) -> None:
        """Append a record if `CORDAGE_LOG` is `debug`. Never raises."""
        if self._detail is LogDetail.DEBUG:
            self.write(kind, **values)

    def record_bug(self, error: BaseException) -> None:
        """Record the type of an error that ends the process, and where in this program it was raised."""
        self.write(RecordKind.BUG, error=type(error), at=error.__traceback__)

    def record_end(self, code: int) -> None:
        """Record once that the process or the command ends with this exit code, unless there is no record of it."""
        if not self._has_begun or self._has_ended:
            return
        self._has_ended = True
        self.write(RecordKind.END, command=self._command, code=int(code))
        if self._libraries is not None:
            self._libraries.detach()

    def _begin(self) -> None:
        """Record the beginning, unless that is done."""
        if self._has_begun:
            return
        self._has_begun = True
        remove_old_files(self._file.parent)
        if self._detail is LogDetail.DEBUG:
            self._follow_libraries()
        version = tuple(int(part) for part in __version__.split(".") if part.isdigit())
        columns, rows = _terminal_size()
        self.write(RecordKind.BEGIN, command=self._command, version=version, columns=columns, rows=rows)

    def _follow_libraries(self) -> None:
        from cordage_tui.engine.log.library_warnings import (
            LibraryHandler,  # late: `logging` takes longer than a short command may
        )

        self._libraries = LibraryHandler(partial(self.write, RecordKind.LIBRARY))
        self._libraries.attach()


def log_detail(environ: Mapping[str, str]) -> LogDetail | None:
    """Return the detail that `CORDAGE_LOG` asks for. None: it is not set, or to no known word."""
    with suppress(ValueError):
        return LogDetail(environ.get(LOG_VARIABLE, "").lower())
    return None


def _terminal_size() -> tuple[int, int]:
    """Return columns and rows of the terminal; zeros: there is none."""
    with suppress(OSError):
        size = os.get_terminal_size(2)  # stdout is often a pipe
        return size.columns, size.lines
    return 0, 0
