"""One life: a forked process, killed after its time if it has not ended by then."""

import os
import select
import signal
from collections.abc import Callable
from typing import NoReturn


def lived(live: Callable[[], NoReturn], kill_after_s: float | None) -> int:
    """Runs `live` in a fork to its end and returns the exit code. The fork holds the other end of a pipe: that closes when it
    dies."""
    alive, held = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(alive)
        live()
    os.close(held)
    if not select.select([alive], [], [], kill_after_s)[0]:
        os.kill(child, signal.SIGKILL)
    os.close(alive)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
