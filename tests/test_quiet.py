"""The turns that tests on parallel workers take."""

import fcntl
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TextIO

import pytest

from tests.quiet import AT_ONCE, LONG, MARK, arrange, locks_of_the_session, turn


def item(folder: Path, *marks: str, parallel: bool = True) -> Any:
    """Stands for a test of a worker whose own folder is `folder`/gw0."""
    worker = {"workerinput": {}} if parallel else {}
    config = SimpleNamespace(getoption={"basetemp": str(folder / "gw0")}.get, **worker)
    return SimpleNamespace(config=config, get_closest_marker={mark: mark for mark in marks}.get)


def may_begin(folder: Path, *marks: str) -> bool:
    """Whether another worker's test with these marks could begin now."""
    with ExitStack() as stack:
        locks = [stack.enter_context(path.open("w")) for path in locks_of_the_session(item(folder).config)]
        kind, enough = (fcntl.LOCK_EX, any) if marks else (fcntl.LOCK_SH, all)
        return enough([_is_free(lock, kind) for lock in locks])


def _is_free(lock: TextIO, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def test_a_quiet_test_runs_beside_few(tmp_path: Path) -> None:
    """Of its own kind, and nothing else begins beside it; it begins beside nothing else. When it has ended, all may."""
    with ExitStack() as stack:
        for number in range(AT_ONCE):
            assert may_begin(tmp_path, MARK), number
            stack.enter_context(turn(item(tmp_path, MARK)))
            assert not may_begin(tmp_path)
        assert not may_begin(tmp_path, MARK)
    with turn(item(tmp_path)):
        assert not may_begin(tmp_path, MARK)
    assert may_begin(tmp_path, MARK)


def test_the_others_run_side_by_side(tmp_path: Path) -> None:
    """One test does not keep another from beginning."""
    with turn(item(tmp_path)):
        assert may_begin(tmp_path)


def test_a_single_process_takes_no_lock(tmp_path: Path) -> None:
    """Without workers there is no folder to share."""
    with turn(item(tmp_path, MARK, parallel=False)):
        assert list(tmp_path.iterdir()) == []


def test_quiet_tests_come_last(tmp_path: Path) -> None:
    """The order of the rest stays."""
    loud, quiet, late = item(tmp_path), item(tmp_path, MARK), item(tmp_path)
    items: list[pytest.Item] = [quiet, loud, late]
    arrange(items, workers=2)
    assert items == [loud, late, quiet]


def test_each_worker_gets_its_part_of_the_long_tests(tmp_path: Path) -> None:
    """Workers get neighbouring tests, so the long ones are spread over the list."""
    long, other = [item(tmp_path, LONG) for _ in range(2)], [item(tmp_path) for _ in range(4)]
    items: list[pytest.Item] = [*other, *long]
    arrange(items, workers=2)
    assert items == [long[0], other[0], other[1], long[1], other[2], other[3]]


@pytest.mark.parametrize("workers", [1, 2, 3, 7, 8])
def test_a_long_test_is_never_among_the_last_of_a_worker(tmp_path: Path, workers: int) -> None:
    """Each long test is in the first half of the part of the list that its worker begins with, as pytest-xdist deals it."""
    items: list[pytest.Item] = [*(item(tmp_path) for _ in range(968)), *(item(tmp_path, LONG) for _ in range(31))]
    arrange(items, workers)
    left, among_the_first = items, 0
    for number in range(workers):
        share = len(left) // (workers - number)
        among_the_first += sum(each.get_closest_marker(LONG) is not None for each in left[: share // 2 + workers])
        left = left[share:]
    assert among_the_first == 31


def test_every_test_takes_its_turn(request: pytest.FixtureRequest) -> None:
    """This one too: on a worker, its folder's locks are held while it runs."""
    if not hasattr(request.config, "workerinput"):
        pytest.skip("only parallel workers take turns")
    assert not may_begin(Path(request.config.getoption("basetemp")).parent, MARK)
