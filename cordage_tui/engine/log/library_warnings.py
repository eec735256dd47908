"""Records of warnings that libraries log, without a word of theirs."""

import logging
from collections.abc import Callable
from contextlib import suppress

from cordage_tui.engine.log.record_kinds import Library, RecordValue


class LibraryHandler(logging.Handler):
    """Handler of the standard library's `logging` that writes the level and the library of each warning, and the type of
    its error, to a log of ours."""

    def __init__(self, write: Callable[..., None]) -> None:
        """`write` takes the values of a record."""
        super().__init__(logging.WARNING)
        self._write = write

    def attach(self) -> None:
        """Have the libraries' warnings written from now on."""
        logging.getLogger().addHandler(self)

    def detach(self) -> None:
        """Have none written any more."""
        logging.getLogger().removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        values: dict[str, RecordValue] = {"level": record.levelno, "source": Library.OTHER}
        with suppress(ValueError):
            values["source"] = Library(record.name.partition(".")[0])
        if record.exc_info and (error := record.exc_info[1]) is not None:
            values |= {"error": type(error), "at": error.__traceback__}
        self._write(**values)
