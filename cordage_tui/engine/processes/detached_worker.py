"""Start and stop the detached worker; its log file."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from cordage_tui.config.paths import Paths
from cordage_tui.domain.base.environment import ChildEnvironment
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.base.file_system import exists, open_append
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.processes.process_locks import WorkerInfo, WorkerLock, is_stopped

# The detached worker's log: private, one line a happening, and never larger than a few hundred kilobytes.

MAX_BYTES: Final = 256_000
"""From this size on the log is put aside as `….log.1`, in the place of the one before it."""


class LogFile:
    """Log in place of stdout and stderr, so that unforeseen output is written there too."""

    def __init__(self, path: Path) -> None:
        """Open the log. Raises OSError when it cannot be written."""
        self._path = path
        self._turn_over()

    def write_line(self, text: SafeText) -> None:
        """Write one line with date and time. A full disk drops it and does not end the worker."""
        with suppress(OSError):
            os.write(2, f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n".encode(errors="replace"))
            if os.fstat(2).st_size > MAX_BYTES:
                self._turn_over()

    def _turn_over(self) -> None:
        if exists(self._path) and self._path.stat().st_size > MAX_BYTES:
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        descriptor = open_append(self._path)
        try:
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
        finally:
            os.close(descriptor)


# Start and stop of a worker that outlives its parent.

START_S: Final = 10.0
"""Time limit for a worker to acquire its lock."""
STOP_S: Final = 5.0
"""Time given to a worker to end in good order."""
_LOOK_S: Final = 0.02


class WorkerStartError(Exception):
    """Error of a worker that could not be started; everything is as before."""

    def __init__(self, message: str) -> None:
        self.what: SafeText = one_line(message, 400)
        super().__init__(self.what)


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """Options of a worker to start."""

    profile: Profile
    key: Secret
    paths: Paths
    config_file: Path | None
    """Given with `--config`; None: the user's own."""
    environ: ChildEnvironment


def hand_over(start: WorkerOptions, lock: WorkerLock) -> WorkerInfo | None:
    """Start a detached worker and wait until it works; an existing one is returned instead. Blocks up to `START_S`.

    Returns None if it found no work and has ended. The key is passed through a pipe, so it is in no argument and in no
    environment variable of the worker. Raises WorkerStartError.
    """
    if (already := lock.holder()) is not None:
        if is_stopped(already.pid):
            raise WorkerStartError(f"The worker (pid {already.pid}) is stopped. Continue it: kill -CONT {already.pid}")
        return already
    try:
        log = open_append(start.paths.worker_log(start.profile.name))
    except OSError as error:
        raise WorkerStartError(f"The worker's log cannot be written: {error.strerror}.") from error
    try:
        worker = _spawn(start, log)
    except OSError as error:
        raise WorkerStartError(f"The worker could not be started: {error.strerror}.") from error
    finally:
        os.close(log)
    deadline = time.monotonic() + START_S
    while (holder := lock.holder()) is None:
        if worker.poll() == 0:
            return None
        if worker.returncode is not None or time.monotonic() > deadline:
            log_path = start.paths.worker_log(start.profile.name)
            raise WorkerStartError(f"The worker did not start; {log_path} says why.")
        time.sleep(_LOOK_S)
    return holder


def stop(lock: WorkerLock) -> bool:
    """Stop the worker and wait for its end. False when it still runs after `STOP_S`; True also when there was none."""
    holder = lock.holder()
    if holder is None:
        return True
    try:
        os.kill(holder.pid, signal.SIGTERM)
    except ProcessLookupError:
        return True
    deadline = time.monotonic() + STOP_S
    while lock.holder() == holder:
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_S)
    return True


def _spawn(start: WorkerOptions, log: int) -> "subprocess.Popen[bytes]":
    """Spawn the worker in its own session, so that the end of a terminal does not reach it.

    Its folder is `/`, which keeps no file system mounted.
    """
    config = () if start.config_file is None else ("--config", str(start.config_file))
    profile = ("--profile", start.profile.name, "--base-url", start.profile.base_url)
    worker = subprocess.Popen(
        [sys.executable, "-P", "-m", "cordage_tui", "queue", "work", "--detached", *config, *profile],
        env=start.environ,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        cwd="/",
        start_new_session=True,
    )
    with worker.stdin as pipe:  # type: ignore[union-attr]  # asked for with PIPE
        pipe.write(start.key.reveal().encode())
    return worker
