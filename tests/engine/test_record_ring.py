"""The ring of flight records: bounded, shared, private, and readable whatever has happened to its writers."""

import json
import os
from pathlib import Path

import pytest

from cordage_tui.engine import record_ring
from cordage_tui.engine.record_ring import SPAN_S, RecordRing
from cordage_tui.store.file_lock import FileLock

NOW = 1_705_314_600.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "flight-records.jsonl"


def numbers(path: Path, now: float = NOW) -> list[object]:
    return [record["n"] for record in RecordRing(path).read(now).records]


def files(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir())


def test_records_of_the_last_quarter_of_an_hour_are_read_in_order(path: Path) -> None:
    """Those of all processes, by time; older ones are left out, and one of a clock that was set back since is not."""
    one, other = RecordRing(path), RecordRing(path)
    for n, (ring, age) in enumerate([(one, SPAN_S + 1), (one, SPAN_S - 1), (other, 10.0), (one, 20.0), (other, -30.0)]):
        ring.append(NOW - age, {"n": n})
    assert numbers(path) == [1, 3, 2, 4]
    assert numbers(path, NOW + SPAN_S) == [4]
    found = RecordRing(path).read(NOW).records
    assert {record["pid"] for record in found} == {os.getpid()}
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700


def test_a_torn_line_spoils_nothing(path: Path) -> None:
    """Neither at the end, nor where a whole record was appended right behind it; what is no record of ours is counted only."""
    ring = RecordRing(path)
    ring.append(NOW, {"n": 1})
    with path.open("a") as file:
        file.write('{"t": 1705314600.1, "pid": 7, "n": ')
    assert (numbers(path), RecordRing(path).read(NOW).unreadable) == ([1], 1)
    ring.append(NOW, {"n": 2})
    with path.open("ab") as file:
        for line in (
            b"\xff\xfe",
            b"[1]",
            b'{"n": 5}',
            b'{"t": 1705314600.0, "pid": 7, "n": "it\'s <a secret>"}',
            b'{"t": ',
        ):
            file.write(line + b"\n")
    assert (numbers(path), RecordRing(path).read(NOW).unreadable) == ([1, 2], 5)


def test_the_ring_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By size, however many write: two files, and the latest records are in them."""
    monkeypatch.setattr(record_ring, "MAX_BYTES", 2_000)
    rings = [RecordRing(path) for _ in range(3)]
    for n in range(500):
        rings[n % 3].append(NOW, {"n": n, "word": "x" * 50})
    assert files(path) == ["flight-records.jsonl", "flight-records.jsonl.1"]
    assert all(file.stat().st_size < 2_300 for file in path.parent.iterdir())
    kept = numbers(path)
    assert len(kept) > 15 and kept == list(range(500 - len(kept), 500))
    rings[0].append(NOW, {"word": "x" * 5_000})
    assert numbers(path) == kept, "one that is too long is none"


def test_old_records_leave_the_disk(path: Path) -> None:
    """By time: what is appended later than `SPAN_S` after the first record of a file begins another; so after a clock that
    was set back."""
    ring = RecordRing(path)
    for n, at in enumerate((0.0, SPAN_S + 1, 2 * SPAN_S + 2, -SPAN_S)):
        ring.append(NOW + at, {"n": n})
    assert [json.loads(path.with_name(name).read_text())["n"] for name in files(path)] == [3, 2]


def test_a_file_that_another_process_has_begun_is_not_put_aside(path: Path) -> None:
    """Two find the same file full: the second sees that it is gone. One that is being put aside is written to."""
    ring = RecordRing(path)
    ring.append(NOW, {"n": 1})
    found_full = os.open(path, os.O_RDWR)
    ring.append(NOW + SPAN_S + 1, {"n": 2})
    assert ring._turn_over(found_full)
    os.close(found_full)
    assert numbers(path, NOW + SPAN_S) == [1, 2]
    busy = FileLock(path)
    assert busy.acquire()
    ring.append(NOW + 3 * SPAN_S, {"n": 3})
    assert [json.loads(line)["n"] for line in path.read_text().splitlines()] == [2, 3]
    busy.release()


def test_a_disk_that_takes_nothing_ends_nobody(tmp_path: Path) -> None:
    """Nor do a link, a pipe or a folder in its place, which are neither written to nor read."""
    (tmp_path / "file").write_text("")
    (tmp_path / "there").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "below", tmp_path / "link", tmp_path / "folder"):
        RecordRing(path).append(NOW, {"n": 1})
        assert RecordRing(path).read(NOW).records == ()
    assert (tmp_path / "there").read_text() == ""
    os.mkfifo(tmp_path / "pipe")
    assert RecordRing(tmp_path / "pipe").read(NOW).records == ()
