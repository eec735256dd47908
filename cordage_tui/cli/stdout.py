"""Writing to the two streams: data to stdout, messages to stderr."""

import os
import sys

TYPE_CHECKING = False  # the one of `typing` would cost a tenth of what --help takes
if TYPE_CHECKING:
    from typing import TextIO


class OutputWriteError(Exception):
    """Error for a failed write to stdout, e.g. a full disk. A closed pipe stays BrokenPipeError."""


def print_data(*texts: str, sep: str = "") -> None:
    """Print data with a line break and flush it. Raises OutputWriteError."""
    try:
        print(*texts, sep=sep, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputWriteError(error.strerror or str(error)) from error


def print_message(text: str, end: str = "\n") -> bool:
    """Print a message and flush it. Return False if stderr is missing or fails: that must not end a command that has
    started a run."""
    if sys.stderr is None:  # print would use stdout instead
        return False
    try:
        print(text, end=end, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        _discard(sys.stderr, sys.__stderr__)
        return False
    return True


def discard_output() -> None:
    """Discard buffered stdout after its reader has gone, so that the flush at exit neither fails nor blocks."""
    _discard(sys.stdout, sys.__stdout__)


def _discard(stream: "TextIO | None", real: "TextIO | None") -> None:
    """Redirect the stream to /dev/null, if it is the process's own."""
    if real is not None and stream is real and not real.closed:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, real.fileno())
        os.close(nowhere)
