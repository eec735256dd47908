"""Programs of the system that take a text or open a file: run without a shell, and never waited for at exit."""

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from cordage_tui.domain.environment import ChildEnvironment
from cordage_tui.domain.text import SafeText, one_line

COPY_S: Final = 2.0
"""Seconds a clipboard program gets to accept a text."""
OPEN_S: Final = 3.0
"""Seconds in which an opener can fail. After that it may stay: some are the viewer themselves."""
_SAID: Final = 2_048
"""Bytes of stderr that are read."""


def pipe_to(argv: Sequence[str], text: bytes, environ: ChildEnvironment, limit_s: float = COPY_S) -> SafeText | None:
    """Run `argv` with `text` on its stdin, and kill it at its time limit; return what went wrong.

    xclip and wl-copy leave a process behind that serves the text, with our descriptors open: they are files, not pipes,
    so nothing waits for its end; and it has a session of its own, so that it outlives the terminal.
    """
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
        stdin.write(text)
        stdin.seek(0)
        try:
            process = subprocess.Popen(
                argv, stdin=stdin, stdout=subprocess.DEVNULL, stderr=stderr, env=environ, start_new_session=True
            )
        except OSError as error:
            return one_line(f"{argv[0]} cannot be started: {error.strerror or error}.")
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return one_line(f"{argv[0]} did not accept it within {limit_s:g} s.")
        stderr.seek(0)
        said = stderr.read(_SAID).decode(errors="replace").strip().split("\n")[-1]
    return one_line(f"{argv[0]} failed ({code}){f': {said}' if said else '.'}", 300) if code else None


def start_detached(argv: Sequence[str], environ: ChildEnvironment, limit_s: float = OPEN_S) -> SafeText | None:
    """Start `argv` without input and output, in a session of its own; return what went wrong within `limit_s`
    seconds."""
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environ,
            start_new_session=True,
        )
    except OSError as error:
        return one_line(f"{argv[0]} cannot be started: {error.strerror or error}.")
    try:
        code = process.wait(limit_s)
    except subprocess.TimeoutExpired:
        threading.Thread(target=process.wait, name="viewer", daemon=True).start()  # no zombie is left of it
        return None
    return one_line(f"{argv[0]} could not open it ({code}).") if code else None
