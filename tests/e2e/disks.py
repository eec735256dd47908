"""Disks for the real program: small ones, read-only ones, and quotas; without a privilege where that goes."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.home import PROGRAM
from tests.e2e.terminal import Terminal

SMALL = 'mount -t tmpfs -o size=4m none "$0"'
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"'


def mounted(how: str, folder: Path) -> tuple[str, ...]:
    """A program line in whose own mount namespace `folder` is such a disk; skips the test where that is not permitted."""
    folder.mkdir(parents=True, exist_ok=True)
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare here")
    line = (unshare, "-rm", "/bin/sh", "-c", f'{how} && exec "$@"', str(folder))
    if subprocess.run((*line, "/bin/true"), capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted here")
    return (*line, *PROGRAM)


def seen_by(terminal: Terminal, folder: Path) -> Path:
    """`folder` as the program sees it, in its own mount namespace."""
    return Path(f"/proc/{terminal.process.pid}/root{folder}")


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """No byte is free on the disk of `folder`."""
    filler = os.open(folder / "filler", os.O_CREAT | os.O_WRONLY)
    try:
        with pytest.raises(OSError, match="No space left"):
            while True:
                os.write(filler, b"x" * 4096)
        yield
        os.ftruncate(filler, 0)
    finally:
        os.close(filler)


@contextmanager
def quota(terminal: Terminal, most: int) -> Iterator[None]:
    """The program's writes beyond byte `most` of any file fail, as over a quota or on a bad disk."""
    pid, hard = terminal.process.pid, resource.RLIM_INFINITY
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, hard))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
