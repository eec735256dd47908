"""How a worker is started and stopped, and its log."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cordage_tui.config.paths import Paths
from cordage_tui.domain.base.environment import child_environment
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.processes.detached_worker import WorkerOptions, WorkerStartError, hand_over, stop
from cordage_tui.engine.processes.process_locks import WorkerInfo, WorkerLock, working_lock
from cordage_tui.store.file.file_lock import FileLock

CHATTY = """
import sys
from pathlib import Path
from cordage_tui.engine.processes.detached_worker import LogFile
book = LogFile(Path(sys.argv[1]))
for n in range(6000):
    book.write_line(f"line {n} " + "x" * 90)
raise RuntimeError("nobody foresaw this")
"""


@pytest.fixture
def start(tmp_path: Path) -> WorkerOptions:
    """On a machine that is not set up: the worker will say so and end."""
    folders = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "STATE")}
    profile = Profile("studio", "http://127.0.0.1:9", (Webhook("wh", "Sunset"),))
    environ = child_environment({"HOME": str(tmp_path), **folders}, ())
    return WorkerOptions(profile, Secret("cordage_canary"), Paths.under(tmp_path), None, environ)


def test_a_worker_that_cannot_start_is_told(start: WorkerOptions) -> None:
    """With the log that says why; the log is private and has no key in it."""
    with pytest.raises(WorkerStartError) as failed:
        hand_over(start, WorkerLock(working_lock(start.profile, start.paths)))
    log = start.paths.worker_log("studio")
    assert str(log) in failed.value.what
    assert "there is no profile 'studio'" in log.read_text()
    assert "canary" not in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_where_one_is_at_work_none_is_started(start: WorkerOptions) -> None:
    """Its seat tells which."""
    seat = WorkerLock(working_lock(start.profile, start.paths))
    assert seat.acquire(WorkerInfo(os.getpid(), 1.5))
    assert hand_over(start, seat) == WorkerInfo(os.getpid(), 1.5)
    assert not start.paths.worker_log("studio").exists()
    seat.release()


def test_a_log_that_cannot_be_written_starts_nothing(start: WorkerOptions) -> None:
    """A worker that nobody could hear is worse than none."""
    start.paths.state_dir.parent.mkdir(exist_ok=True)
    start.paths.state_dir.write_text("a file where the folder would be")
    with pytest.raises(WorkerStartError, match="log cannot be written"):
        hand_over(start, WorkerLock(working_lock(start.profile, start.paths)))


def test_only_the_holder_of_the_seat_is_stopped(tmp_path: Path) -> None:
    """A pid that a dead worker left behind may be anybody's by now: it gets no signal."""
    path = tmp_path / "work.lock"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        path.write_text(f"{bystander.pid} 1.5\n")
        assert stop(WorkerLock(FileLock(path)))
        assert bystander.poll() is None
        bystander.send_signal(signal.SIGKILL)


def test_the_log_stays_small_and_catches_what_nobody_foresaw(tmp_path: Path) -> None:
    """One older piece is kept; a bug's traceback, which goes to stderr, is in it too."""
    path = tmp_path / "state" / "worker.log"
    subprocess.run([sys.executable, "-c", CHATTY, str(path)], check=False, timeout=60)
    assert sorted(file.name for file in path.parent.iterdir()) == ["worker.log", "worker.log.1"]
    assert all(file.stat().st_size < 300_000 for file in path.parent.iterdir())
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in path.parent.iterdir())
    assert path.read_text().rstrip().endswith("RuntimeError: nobody foresaw this")
    assert "line 5999 " in path.read_text()
