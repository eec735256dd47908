"""Forks workers, commands and windows, each a process of its own, without the time that imports take.

It reads one `Life` per line from a socket and answers each with the exit code of its process.
"""

import gc
import os
import socket
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import NoReturn

from cordage_tui.api.http_library import httpcore, httpx
from cordage_tui.cli.base.command_line import parse
from cordage_tui.cli.launch import launch_options
from cordage_tui.cli.main import main as cordage_tui_main
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.engine.processes.watchdog import Watchdog
from cordage_tui.store.store import Store
from cordage_tui.ui.app import CordageApp
from tests.crash import controls, failpoints, scaled
from tests.crash.forked import run_in_fork
from tests.crash.spec import Kind, Life
from tests.fork_server import import_all


@contextmanager
def nursery() -> Iterator[socket.socket]:
    """Yield a socket to a fork of this process. Call `warm_up` before, and have no threads and no loop yet."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        _serve(theirs)
    theirs.close()
    with ours:
        yield ours
    os.waitpid(child, 0)


def warm_up() -> None:
    """Load the parts of the program that it loads late, and those that httpx and httpcore load for a first client."""
    import_all()
    httpx.AsyncHTTPTransport()
    httpcore.AsyncConnectionPool()
    gc.collect()
    gc.freeze()


def _serve(asked: socket.socket) -> NoReturn:
    """Live one life after the other until nobody asks for more."""
    try:
        with asked.makefile("rw") as stream:
            for line in iter(stream.readline, ""):
                life = Life.from_json(line)
                print(run_in_fork(partial(_live, life), life.kill_after_s), file=stream, flush=True)
    finally:
        os._exit(0)


def _live(life: Life) -> NoReturn:
    code = 70
    try:
        _detach(life)
        scaled.install(life.pace)
        failpoints.arm(failpoints.Fuse(life.crash_at, life.occurrence), life.folder / "doubtful.txt")
        if life.control is not None:
            controls.spoil(life.control)
        code = _started(life)
    except BaseException:  # noqa: BLE001  nothing may return into the nursery's own loop
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _started(life: Life) -> int:
    match life.kind:
        case Kind.WORKER:
            return cordage_tui_main(["queue", "work"])
        case Kind.COMMAND:
            assert life.prompt is not None
            if life.made_from is not None:
                return cordage_tui_main(
                    ["rerun", life.made_from, f"prompt={life.prompt[1]}", "--wait", "--over-limit", "1"]
                )
            return cordage_tui_main(["trigger", *life.prompt, "--wait", "--over-limit", "1"])
        case Kind.WINDOW:
            return _opened()


def _opened() -> int:
    """Run the app as `ui.run` does, without a terminal."""
    launch, clock = launch_options(parse([])), SystemClock()
    with Watchdog((), descriptors=()).attached() as watchdog:
        app = CordageApp(launch, Store.open(launch.paths.database, clock), clock, watchdog)
        app.run(headless=True)
        return 70 if app.crash.has_happened else app.return_code or 0


def _detach(life: Life) -> None:
    """Set the environment of a user with that home, send the output to a log, and keep none of our pipes."""
    os.environ.update(life.environment)
    log = os.open(life.folder / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
