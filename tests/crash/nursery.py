"""Forks workers, each `cordage-tui queue work` in a process of its own, without the third of a second that imports take.

Reads one `Life` a line from stdin and answers each with one line, the exit code of the process that lived it.
"""

import gc
import os
import select
import signal
import sys
import traceback
from typing import NoReturn

import httpcore
import httpx

import cordage_tui.api.wire
import cordage_tui.cli.queue
import cordage_tui.cli.worker  # noqa: F401
from cordage_tui.cli.main import main as cordage_tui_main
from tests.crash import controls, failpoints, scaled
from tests.crash.spec import Life


def main() -> None:
    _warm_up()
    for line in sys.stdin:
        print(_lived(Life.from_json(line)), flush=True)


def _warm_up() -> None:
    """httpx, httpcore and anyio load the greater part of themselves when a first client is made and used."""
    httpx.AsyncHTTPTransport()
    httpcore.AsyncConnectionPool()
    gc.collect()
    gc.freeze()


def _lived(life: Life) -> int:
    """Runs one worker to its end. It holds the other end of a pipe: that closes when it dies."""
    alive, held = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(alive)
        _live(life)
    os.close(held)
    if not select.select([alive], [], [], life.kill_after_s)[0]:
        os.kill(child, signal.SIGKILL)
    os.close(alive)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _live(life: Life) -> NoReturn:
    code = 70
    try:
        _detach(life)
        scaled.install(life.pace)
        failpoints.arm(failpoints.Fuse(life.crash_at, life.occurrence), life.folder / "doubtful.txt")
        if life.control is not None:
            controls.spoil(life.control)
        code = cordage_tui_main(["queue", "work"])
    except BaseException:  # noqa: BLE001  nothing may return into the nursery's own loop
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _detach(life: Life) -> None:
    """The environment of a user with that home, whose worker talks to a log; nothing of the nursery's pipes is left."""
    os.environ.update(life.environment)
    log = os.open(life.folder / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)


if __name__ == "__main__":
    main()
