"""Writing to the two streams: data to stdout, messages to stderr."""

import os
import sys

TYPE_CHECKING = False  # importing `typing` would cost 2.5 ms of the 32 that --help takes
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
        _discard(sys.stderr)
        return False
    return True


def discard_output() -> None:
    """Discard buffered stdout after its reader has gone, so that the flush at exit neither fails nor blocks."""
    _discard(sys.stdout)


def finish_output() -> None:
    """Flush pending output. If the reader is gone, as after a hang-up, discard it.

    Otherwise Python fails at exit and changes the exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            _discard(stream)


def _discard(stream: "TextIO | None") -> None:
    """Redirect the stream to /dev/null, if it is one of the process's own: in linear mode messages go to stdout."""
    for real in (sys.__stdout__, sys.__stderr__):
        if real is not None and stream is real and not real.closed:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, real.fileno())
            os.close(nowhere)
