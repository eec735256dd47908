"""Starts a worker that outlives whoever started it, and stops it again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from cordage_tui.config.paths import Paths
from cordage_tui.domain.child_environment import ChildEnvironment
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.secret import Secret
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.holder import is_stopped
from cordage_tui.engine.logbook import open_log
from cordage_tui.engine.seat import WorkerInfo, WorkerLock

START_S: Final = 10.0
"""A worker that does not sit down by then has not started."""
STOP_S: Final = 5.0
"""What a worker is given to end in good order."""
_LOOK_S: Final = 0.02


class WorkerStartError(Exception):
    """No worker could be started; everything is as before."""

    def __init__(self, what: str) -> None:
        self.what: SafeText = one_line(what, 400)
        super().__init__(self.what)


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What a worker is started with."""

    profile: Profile
    key: Secret
    paths: Paths
    config_file: Path | None
    """Given with `--config`; None: the user's own."""
    environ: ChildEnvironment


def hand_over(start: WorkerOptions, seat: WorkerLock) -> WorkerInfo | None:
    """Start a detached worker and wait until it is at work; where one is already, that one. None: it found all done, and has
    ended. Blocks up to `START_S`.

    The key goes through a pipe: it is in no argument, and in no variable of the worker's. Raises WorkerStartError.
    """
    if (already := seat.holder()) is not None:
        if is_stopped(already.pid):
            raise WorkerStartError(f"The worker (pid {already.pid}) is stopped. Continue it: kill -CONT {already.pid}")
        return already
    try:
        log = open_log(start.paths.worker_log(start.profile.name))
    except OSError as error:
        raise WorkerStartError(f"The worker's log cannot be written: {error.strerror}.") from error
    try:
        worker = _spawn(start, log)
    except OSError as error:
        raise WorkerStartError(f"The worker could not be started: {error.strerror}.") from error
    finally:
        os.close(log)
    deadline = time.monotonic() + START_S
    while (seated := seat.holder()) is None:
        if worker.poll() == 0:
            return None
        if worker.returncode is not None or time.monotonic() > deadline:
            where = start.paths.worker_log(start.profile.name)
            raise WorkerStartError(f"The worker did not start; {where} says why.")
        time.sleep(_LOOK_S)
    return seated


def stop(seat: WorkerLock) -> bool:
    """Tell the worker to end and wait until it has. False when it goes on after `STOP_S`; True also when there was none."""
    told = seat.holder()
    if told is None:
        return True
    try:
        os.kill(told.pid, signal.SIGTERM)
    except ProcessLookupError:
        return True
    deadline = time.monotonic() + STOP_S
    while seat.holder() == told:
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_S)
    return True


def _spawn(start: WorkerOptions, log: int) -> "subprocess.Popen[bytes]":
    """In a session of its own, so that no terminal's end reaches it, and in a folder that can stay mounted or not."""
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
