"""Runs a hook: the run as JSON on its stdin, within its time."""

import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from typing import Final

from cordage_tui.config.settings import Hook
from cordage_tui.domain.child_environment import ChildEnvironment
from cordage_tui.domain.text import SafeText, one_line

_SAID: Final = 4_096
"""Bytes of its stderr that are looked at."""


def run_hook(hook: Hook, given: str, environ: ChildEnvironment) -> SafeText | None:
    """Blocks until the hook has ended, or is ended at its limit with all it started; returns what went wrong with it.

    stdin and stderr are files, not pipes: it can neither be held up by us nor, when we end before it does, be killed by
    what it prints.
    """
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
        stdin.write(given.encode())
        stdin.seek(0)
        try:
            process = subprocess.Popen(
                hook.argv, stdin=stdin, stdout=subprocess.DEVNULL, stderr=stderr, env=environ, start_new_session=True
            )
        except OSError as error:
            return one_line(f"on_finish: {hook.argv[0]} cannot be started: {error.strerror or error}.")
        try:
            code = process.wait(hook.limit_s)
        except subprocess.TimeoutExpired:
            _end(process)
            return one_line(f"on_finish: {hook.argv[0]} was ended after {hook.limit_s:g} s.")
        if code == 0:
            return None
        stderr.seek(0)
        said = stderr.read(_SAID).decode(errors="replace").strip().split("\n")[-1]
        return one_line(f"on_finish: {hook.argv[0]} failed ({code}){f': {said}' if said else '.'}", 300)


def _end(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
