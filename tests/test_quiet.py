"""The turns that tests on parallel workers take."""

import fcntl
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.quiet import LONG, MARK, arrange, turn


def item(folder: Path, *marks: str, parallel: bool = True) -> Any:
    """Stands for a test of a worker whose own folder is `folder`/gw0."""
    worker = {"workerinput": {}} if parallel else {}
    config = SimpleNamespace(getoption={"basetemp": str(folder / "gw0")}.get, **worker)
    return SimpleNamespace(config=config, get_closest_marker={mark: mark for mark in marks}.get)


def may_begin(folder: Path, kind: int) -> bool:
    """Whether another worker's test could begin now: shared for most, exclusive for a quiet one."""
    with (folder / "quiet.lock").open("w") as lock:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_a_quiet_test_runs_alone(tmp_path: Path) -> None:
    """Nothing begins beside it, and it begins beside nothing; when it has ended, all may."""
    with turn(item(tmp_path, MARK)):
        assert not may_begin(tmp_path, fcntl.LOCK_SH)
        assert not may_begin(tmp_path, fcntl.LOCK_EX)
    with turn(item(tmp_path)):
        assert not may_begin(tmp_path, fcntl.LOCK_EX)
    assert may_begin(tmp_path, fcntl.LOCK_EX)


def test_the_others_run_side_by_side(tmp_path: Path) -> None:
    """One test does not keep another from beginning."""
    with turn(item(tmp_path)):
        assert may_begin(tmp_path, fcntl.LOCK_SH)


def test_a_single_process_takes_no_lock(tmp_path: Path) -> None:
    """Without workers there is no folder to share."""
    with turn(item(tmp_path, MARK, parallel=False)):
        assert list(tmp_path.iterdir()) == []


def test_quiet_tests_come_last(tmp_path: Path) -> None:
    """The order of the rest stays."""
    loud, quiet, late = item(tmp_path), item(tmp_path, MARK), item(tmp_path)
    items: list[pytest.Item] = [quiet, loud, late]
    arrange(items)
    assert items == [loud, late, quiet]


def test_long_tests_begin_early(tmp_path: Path) -> None:
    """Workers get neighbouring tests, so each gets its share of the long ones at its beginning."""
    long, other = [item(tmp_path, LONG) for _ in range(2)], [item(tmp_path) for _ in range(4)]
    items: list[pytest.Item] = [*other, *long]
    arrange(items)
    assert items == [long[0], other[0], other[1], long[1], other[2], other[3]]


def test_every_test_takes_its_turn(request: pytest.FixtureRequest) -> None:
    """This one too: on a worker, its folder's lock is held while it runs."""
    if not hasattr(request.config, "workerinput"):
        pytest.skip("only parallel workers take turns")
    assert not may_begin(Path(request.config.getoption("basetemp")).parent, fcntl.LOCK_EX)
