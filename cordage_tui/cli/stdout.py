"""The two streams: stdout is data, and nothing else; stderr is talk."""

import os
import sys

TYPE_CHECKING = False  # the one of `typing` would cost a tenth of what --help takes
if TYPE_CHECKING:
    from typing import TextIO


class OutputWriteError(Exception):
    """What was printed could not be written: a full disk, usually. A closed pipe stays BrokenPipeError."""


def print_data(text: str) -> None:
    """Print one piece of data with a line break, at once: whoever reads a pipe waits for it. Raises OutputWriteError."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputWriteError(error.strerror or str(error)) from error


def print_message(text: str, end: str = "\n") -> bool:
    """Print talk at once; False where it cannot be read: no stderr, a closed pipe, a full disk. That ends no command, least
    of all one that has started a run."""
    if sys.stderr is None:  # which print would take for stdout
        return False
    try:
        print(text, end=end, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        _discard(sys.stderr, sys.__stderr__)
        return False
    return True


def discard_output() -> None:
    """Nobody reads stdout any more: what is still buffered must neither complain nor wait when Python flushes it at exit."""
    _discard(sys.stdout, sys.__stdout__)


def _discard(stream: "TextIO | None", real: "TextIO | None") -> None:
    """Send what is still to be written to nowhere, where the stream is the process's own."""
    if real is not None and stream is real and not real.closed:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, real.fileno())
        os.close(nowhere)
