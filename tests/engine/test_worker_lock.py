"""Who is at work is told by a lock: what a dead worker left in its file is nobody."""

import subprocess
import sys
from pathlib import Path

from cordage_tui.engine.processes.process_locks import WorkerInfo, WorkerLock
from cordage_tui.store.file.file_lock import FileLock

DIES = """
import os, signal, sys
from pathlib import Path
from cordage_tui.engine.processes.process_locks import WorkerLock, WorkerInfo
from cordage_tui.store.file.file_lock import FileLock
assert WorkerLock(FileLock(Path(sys.argv[1]))).acquire(WorkerInfo(os.getpid(), 1.5))
print("seated", flush=True)
sys.stdin.read()
"""


def test_a_killed_worker_leaves_its_seat(tmp_path: Path) -> None:
    """Nobody else gets it while it lives, everybody knows its pid, and SIGKILL frees it at once."""
    path = tmp_path / "work.lock"
    worker = subprocess.Popen([sys.executable, "-c", DIES, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with worker:
        assert worker.stdout is not None and worker.stdout.readline() == b"seated\n"
        mine = WorkerLock(FileLock(path))
        assert mine.holder() == WorkerInfo(worker.pid, 1.5)
        assert not mine.acquire(WorkerInfo(1, 0.0))
        assert mine.poll() and not mine.poll()
        worker.kill()
        worker.wait()
        assert path.read_text() != ""
        assert mine.holder() is None
        assert mine.poll()
        assert mine.acquire(WorkerInfo(1, 2.5))
        assert mine.holder() == WorkerInfo(1, 2.5)
        mine.release()


def test_nobody_sits_where_nothing_was_written(tmp_path: Path) -> None:
    """No file, a folder in its place, a holder that has not signed yet, or one that signed nonsense."""
    assert WorkerLock(FileLock(tmp_path / "none.lock")).holder() is None
    assert WorkerLock(FileLock(tmp_path)).holder() is None
    lock = FileLock(tmp_path / "held.lock")
    assert lock.acquire()
    assert WorkerLock(FileLock(tmp_path / "held.lock")).holder() is None
    lock.sign("x y\x1b[31m")
    assert WorkerLock(FileLock(tmp_path / "held.lock")).holder() is None
    lock.release()
