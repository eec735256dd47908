"""Logs of processes: bounded, private, free of words from outside, and readable whatever has happened to their writers."""

import logging
import os
import subprocess
import sys
import time
from enum import StrEnum
from pathlib import Path

import pytest

from cordage_tui.config.paths import Paths
from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.secrets import Secret
from cordage_tui.engine.log import log_file
from cordage_tui.engine.log.log_file import SPAN_S, read_records, word_of
from cordage_tui.engine.log.process_log import ProcessLog
from cordage_tui.engine.log.record_kinds import ProcessKind, RecordKind
from tests.records import Record, log_files, records

Foreign = StrEnum("Foreign", {"PROMPT": "promptxyzzy"}, module="elsewhere")
HOSTILE = (
    "promptxyzzy",
    SafeText("promptxyzzy"),
    Secret("keyxyzzy"),
    b"promptxyzzy",
    {"promptxyzzy": "promptxyzzy"},
    ("promptxyzzy", 1),
    ["promptxyzzy"],
    Path("/home/xyzzy"),
    ValueError("promptxyzzy"),
    Foreign.PROMPT,
    type("Xyzzy", (Exception,), {"__module__": "elsewhere"}),
    7_799_227_799_227,
    float("nan"),
)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.under(tmp_path)


def log_of(paths: Paths, **environ: str) -> ProcessLog:
    return ProcessLog(paths, ProcessKind.APP, environ)


@pytest.mark.parametrize("kind", RecordKind)
@pytest.mark.parametrize("detail", ["", "debug"])
def test_no_value_from_outside_is_in_any_record(paths: Paths, kind: RecordKind, detail: str) -> None:
    """A record of any kind shows numbers and members of our own enumerations; a text, a key, a path, a foreign enumeration
    and a number beyond ours are the word `other`."""
    log = log_of(paths, CORDAGE_LOG=detail)
    for value in HOSTILE:
        log.write(kind, status=Status.FAILED, given=value)  # type: ignore[arg-type]
        log.debug(kind, given=value)  # type: ignore[arg-type]
    log.record_end(0)
    text = log_files(paths)[0].read_text()
    assert "xyzzy" not in text.lower() and "7799" not in text
    assert "status=failed given=other" in text
    assert len(read_records(paths.logs, time.time())) == len(text.splitlines())


def test_libraries_leave_their_name_and_their_level(paths: Paths) -> None:
    """With `CORDAGE_LOG=debug` the log has the warnings of libraries without their words, until the process ends."""
    log = log_of(paths, CORDAGE_LOG="debug")
    try:
        logging.getLogger("asyncio").warning("url %s", "https://xyzzy.example")
        logging.getLogger("xyzzy").error("promptxyzzy", exc_info=ValueError("promptxyzzy"))
    finally:
        log.record_end(0)
    logging.getLogger("asyncio").warning("after the end")
    first, second = records(paths, "library")
    assert first.values == {"level": "30", "source": "asyncio"}
    assert second.values == {"level": "40", "source": "other", "error": "builtins.ValueError", "at": "none"}
    assert "xyzzy" not in log_files(paths)[0].read_text()


def test_a_log_begins_with_the_first_call_or_change(paths: Paths) -> None:
    """A process that records nothing leaves no file, unless `CORDAGE_LOG` is `info` or `debug`; another word is none."""
    for environ in ({}, {"CORDAGE_LOG": "loud"}):
        log_of(paths, **environ).record_end(0)
        assert log_files(paths) == []
    log = log_of(paths, CORDAGE_LOG="INFO")
    log.debug(RecordKind.COMMIT, rows=1)
    log.record_end(3)
    assert [(one.kind, one.get("code")) for one in records(paths)] == [("begin", None), ("end", "3")]


def test_values_are_words_without_spaces() -> None:
    """A value is one word, so that `grep ' row=17 '` finds it: yes or no, a rounded number, a version, a type's name."""
    values = (None, True, 17, 1.23456, (3, 11, 2), ProcessKind.APP, KeyError)
    assert [word_of(value) for value in values] == ["none", "yes", "17", "1.235", "3.11.2", "app", "builtins.KeyError"]


def test_a_killed_process_leaves_its_last_record(paths: Paths) -> None:
    """A record is in the file when it is written: a process that is killed right after it leaves it, and no end."""
    code = (
        "import os, sys; from pathlib import Path; from cordage_tui.config.paths import Paths\n"
        "from cordage_tui.engine.log.process_log import ProcessLog\n"
        "from cordage_tui.engine.log.record_kinds import ProcessKind, RecordKind\n"
        "ProcessLog(Paths.under(Path(sys.argv[1])), ProcessKind.WORKER).write(RecordKind.ROW, row=17)\n"
        "os.kill(os.getpid(), 9)"
    )
    ended = [subprocess.Popen([sys.executable, "-c", code, str(paths.state_dir.parent)]) for _ in range(3)]
    assert [process.wait() for process in ended] == [-9] * 3
    assert len(read_records(paths.logs, time.time())) == 6
    assert {record.pid for record in records(paths)} == {process.pid for process in ended}
    assert {record.kind for record in records(paths)} == {"begin", "row"}
    assert {path.stat().st_mode & 0o777 for path in log_files(paths)} == {0o600}
    assert paths.logs.stat().st_mode & 0o777 == 0o700


def test_the_file_of_a_process_is_bounded(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process keeps two files, both bounded, and the latest records are in them."""
    monkeypatch.setattr(log_file, "MAX_BYTES", 2_000)
    log = log_of(paths)
    for number in range(500):
        log.write(RecordKind.ROWS, more=number)
    log.record_end(0)
    assert len(log_files(paths)) == 2 and all(path.stat().st_size < 2_300 for path in log_files(paths))
    kept = [int(one["more"]) for one in records(paths, "rows")]
    assert len(kept) > 15 and kept == list(range(500 - len(kept), 500))


def test_files_of_old_processes_are_removed(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that begins removes the oldest log files if they are too many or too large, and leaves every other file."""
    paths.logs.mkdir(parents=True)
    now = time.time()
    for number in range(5):
        file = paths.logs / f"20260101-00000{number}-7.log"
        file.write_text("x" * 100)
        os.utime(file, (now - number, now - number))
    foreign = paths.logs / "notes.txt"
    foreign.write_text("")
    os.utime(foreign, (0, 0))
    monkeypatch.setattr(log_file, "KEPT_FILES", 3)
    log_of(paths, CORDAGE_LOG="info").record_end(0)
    kept = sorted(path.name for path in log_files(paths))
    assert kept[:3] == [f"20260101-00000{number}-7.log" for number in range(3)] and len(kept) == 4 and foreign.exists()
    monkeypatch.setattr(log_file, "KEPT_BYTES", 10)
    log_of(paths, CORDAGE_LOG="info").record_end(0)
    assert len(log_files(paths)) == 1


def test_a_file_that_was_removed_is_begun_anew(paths: Paths) -> None:
    """Logs may be deleted at any time: the next record is in a new file."""
    log = log_of(paths)
    log.write(RecordKind.ROWS, more=1)
    log_files(paths)[0].unlink()
    log.write(RecordKind.ROWS, more=2)
    assert [one["more"] for one in records(paths)] == ["2"]


def test_only_whole_lines_of_the_last_quarter_of_an_hour_are_read(paths: Paths) -> None:
    """A torn line, a line of something else, a link and a pipe are no records; older records are left out."""
    log = log_of(paths)
    log.write(RecordKind.ROWS, more=1)
    file = log_files(paths)[0]
    line = file.read_text().splitlines()[-1]
    with file.open("a") as opened:
        opened.write(f"{line[:-1]}<\n{line[:20]}\n\x00\xff\n{line} note=it's <a secret>\n{line[:5]}")
    (paths.logs / "20260101-000000-7.log").symlink_to(file)
    os.mkfifo(paths.logs / "20260101-000000-8.log")
    assert len(read_records(paths.logs, time.time())) == 2
    assert read_records(paths.logs, time.time() + SPAN_S + 1) == []
    assert read_records(paths.logs / "none", time.time()) == []


def test_a_disk_that_takes_nothing_ends_nobody(paths: Paths, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A folder that cannot be made, a link in the place of the file and a full disk lose records, silently, and nothing else;
    when there is room again, the log goes on."""
    (tmp_path / "state").write_text("")
    log = log_of(paths)
    log.write(RecordKind.RESUMED)
    (tmp_path / "state").unlink()
    log.write(RecordKind.ROWS, more=2)
    file = log_files(paths)[0]
    file.unlink()
    file.symlink_to("/dev/full")
    log.write(RecordKind.ROWS, more=3)
    file.unlink()
    log.write(RecordKind.ROWS, more=4)
    log.record_end(0)
    assert [one.kind for one in records(paths)] == ["rows", "end"]
    assert capfd.readouterr() == ("", "")


def test_a_full_disk_loses_the_record_alone(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written is dropped, also from memory, and the next record is written."""
    log = log_of(paths)
    monkeypatch.setattr(log_file, "open_append", lambda path: os.open("/dev/full", os.O_RDWR | os.O_APPEND))
    log.write(RecordKind.ROWS, more=1)
    monkeypatch.undo()
    log.write(RecordKind.ROWS, more=2)
    assert [one["more"] for one in records(paths)] == ["2"]


def test_two_logs_of_one_process_share_its_file(paths: Paths) -> None:
    """Linear mode and the commands that it runs write lines into one file."""
    first, second = log_of(paths), log_of(paths)
    for number in range(3):
        first.write(RecordKind.ROWS, more=number)
        second.write(RecordKind.ROWS, more=number)
    first.record_end(0)
    second.record_end(0)
    assert len(log_files(paths)) == 1
    assert [one["more"] for one in records(paths, "rows")] == ["0", "0", "1", "1", "2", "2"]


def test_an_idle_log_has_no_thread(paths: Paths) -> None:
    """Nothing of a log wakes an idle process."""
    import threading

    before = threading.active_count()
    log = log_of(paths, CORDAGE_LOG="debug")
    log.write(RecordKind.RESUMED)
    assert threading.active_count() == before
    log.record_end(0)


def test_a_record_is_one_line(paths: Paths) -> None:
    """A line has the time in UTC, the process, the kind and its values."""
    log = log_of(paths)
    log.write(RecordKind.ROWS, more=3)
    assert records(paths, "rows") == [Record(os.getpid(), "rows", {"more": "3"})]
