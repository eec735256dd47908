"""The lock: one holder at a time, free again however the holder ends."""

import subprocess
import sys

import pytest

from cordage_tui.store.errors import NotWritable
from cordage_tui.store.file.file_lock import FileLock

HOLD = "import sys, pathlib; from cordage_tui.store.file.file_lock import FileLock; print(FileLock(pathlib.Path(sys.argv[1])).acquire(), flush=True); sys.stdin.read()"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "locks" / "p.lock"


def test_one_holds_it_at_a_time(path):
    """A second lock on the same file is refused at once until the first is released."""
    first, second = FileLock(path), FileLock(path)
    assert (first.acquire(), second.acquire()) == (True, False)
    assert (first.acquire(), first.held, second.held) == (True, True, False)
    first.release()
    first.release()
    assert second.acquire()
    second.release()


def test_the_kernel_frees_it_when_the_holder_dies(path):
    """After SIGKILL of its holder a lock can be acquired immediately."""
    lock = FileLock(path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"True\n"
        assert not lock.acquire()
        holder.kill()
        holder.wait()
    assert lock.acquire()
    lock.release()


def test_it_is_private(path):
    """The lock's file is 0600 and its folder 0700."""
    lock = FileLock(path)
    lock.acquire()
    lock.release()
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_deleted_file_guards_nothing(path):
    """A lock on a deleted file excludes no other process, and a lock is only acquired on the present file."""
    old, new = FileLock(path), FileLock(path)
    old.acquire()
    path.unlink()
    assert new.acquire()
    old.release()
    assert not FileLock(path).acquire()
    new.release()


def test_where_no_lock_can_be_made_it_says_so(tmp_path):
    """A path that cannot be a file raises NotWritable with the reason."""
    (tmp_path / "locks").write_text("")
    with pytest.raises(NotWritable, match="cannot be made"):
        FileLock(tmp_path / "locks" / "p.lock").acquire()
