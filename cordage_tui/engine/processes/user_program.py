"""Child processes that run programs: those of the user, and those of the system that take a text."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from cordage_tui.domain.base.environment import ChildEnvironment
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText, one_line

_SAID: Final = 4_096
"""Bytes of its stderr that are read."""
_LOOK_S: Final = 0.05
"""Interval of checks of how much it has printed."""


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """Result of a program."""

    code: int | None
    """Exit code; negative: the signal that ended it. None: it was ended, because of its time limit or its output."""
    out: str = ""
    last_error: SafeText = SafeText("")
    """Last line of its stderr."""
    is_too_long: bool = False
    """It printed more than may be kept."""


def run_program(
    argv: Sequence[str], stdin_data: bytes, environ: ChildEnvironment, limit_s: float, *, keep: int = 0
) -> ProgramResult:
    """Run a program until it ends or its time limit kills it with its children. Raises OSError when it cannot be
    started.

    Up to `keep` bytes of its stdout are returned, and a program that prints more is ended. Its stdin, stdout and stderr
    are files, not pipes. So we cannot block the program, it can print after we end, and children that keep its
    descriptors delay nothing. It has its own session, so that it outlives the terminal.
    """
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        stdin.write(stdin_data)
        stdin.seek(0)
        out = stdout if keep else subprocess.DEVNULL
        process = subprocess.Popen(argv, stdin=stdin, stdout=out, stderr=stderr, env=environ, start_new_session=True)
        code = _wait(process, limit_s, stdout.fileno(), keep)
        stderr.seek(0)
        last_error = stderr.read(_SAID).decode(errors="replace").strip().split("\n")[-1]
        stdout.seek(0)
        printed = stdout.read(keep + 1)
    return ProgramResult(code, printed[:keep].decode(errors="replace"), one_line(last_error, 300), len(printed) > keep)


def _wait(process: "subprocess.Popen[bytes]", limit_s: float, out: int, keep: int) -> int | None:
    """Wait for the end; None: it had to be ended."""
    until = time.monotonic() + limit_s
    while (left_s := until - time.monotonic()) > 0 and (not keep or os.fstat(out).st_size <= keep):
        with suppress(subprocess.TimeoutExpired):
            return process.wait(min(left_s, _LOOK_S) if keep else left_s)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return None


def run_users_program(
    name: str, argv: Sequence[str], stdin_text: str, environ: ChildEnvironment, limit_s: float, *, keep: int = 0
) -> tuple[str, SafeText | None]:
    """Run a program of the user; return its output, and the error as a sentence that begins with `name`."""
    try:
        result = run_program(argv, stdin_text.encode(), environ, limit_s, keep=keep)
    except (OSError, ValueError) as error:  # ValueError: an argument that no program can be given
        why = (error.strerror if isinstance(error, OSError) else None) or error
        return "", one_line(f"{name}: {argv[0]} cannot be started: {why}.", 300)
    if result.is_too_long:
        return "", one_line(f"{name}: {argv[0]} printed more than {keep:,} bytes.", 300)
    if result.code is None:
        return "", one_line(f"{name}: {argv[0]} was ended after {limit_s:g} s.", 300)
    if result.code:
        complaint = f": {result.last_error}" if result.last_error else "."
        return "", one_line(f"{name}: {argv[0]} failed ({result.code}){complaint}", 300)
    return result.out, None
