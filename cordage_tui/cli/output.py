"""stdout: data, and nothing else."""

import os
import sys


class OutputLost(Exception):
    """What was printed could not be written: a full disk, usually. A closed pipe stays BrokenPipeError."""


def put(text: str) -> None:
    """Print one piece of data with a line break, at once: whoever reads a pipe waits for it. Raises OutputLost."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputLost(error.strerror or str(error)) from error


def silence() -> None:
    """Nobody reads stdout any more: what is still buffered must neither complain nor wait when Python flushes it at exit."""
    stdout = sys.__stdout__
    if stdout is not None and sys.stdout is stdout:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stdout.fileno())
        os.close(nowhere)
