"""`export` and `backup`: the history is written whole, in slices, and nothing of a copy is sent a second time."""

import csv
import io
import json
import sqlite3
import stat
import tracemalloc
from contextlib import closing

import pytest

from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run_record import FIELDS
from cordage_tui.store.runs.run_listing import RunFilter
from cordage_tui.store.runs.run_records import SLICE, RunRecords
from cordage_tui.store.store import Store
from tests.cli.json_schema import wrong_with

COUNT = 4 * SLICE + 7


@pytest.fixture
def history(studio):
    """Return a studio with a queued batch of many prompts."""
    with studio.store() as store:
        profile = store.servers.stored_as(studio.profile)
        bodies = [{"prompt": f"fox {n}", "seed": n, "=x": "=1"} for n in range(COUNT)]
        store.batches.submit(profile, studio.key, BatchSource("foxes"), bodies)
    return studio


def test_each_run_is_a_line(history):
    """`export` writes each run once as a line of the schema, newest first."""
    ended = history("export")
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.err == f"{COUNT:,} runs as known here.\n" and ended.out.isascii()
    assert len({line["row"] for line in lines}) == len(lines) == COUNT
    assert tuple(lines[0])[2:] == FIELDS and wrong_with(lines[0]) == []
    assert {line["inputs"]["seed"] for line in lines} == {*range(COUNT)}


def test_a_filter_chooses(history):
    """`--where` selects runs, and an invalid filter prints nothing."""
    rows = list(
        csv.DictReader(io.StringIO(history("export", "--where", "seed:12,13", "--format", "csv").out), strict=True)
    )
    assert sorted(row["input.seed"] for row in rows) == ["12", "13"] and rows[0]["input.=x"] == "'=1"
    for where in ("sede:12", "", "seed:"):
        ended = history("export", "--where", where)
        assert (ended.code, ended.out) == (2, "")


def test_the_memory_is_that_of_a_slice(history):
    """An export needs the memory of a slice, plus a few bytes for each run."""
    with history.store() as store:
        profile = store.servers.stored_as(history.profile)
        peaks = []
        for limit in (SLICE, None, SLICE, None):
            tracemalloc.start()
            for _ in RunRecords(store.database, store.clock).slices(RunFilter(profile, limit=limit)):
                pass
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[3] < 2.5 * peaks[2]


# backup


def test_a_backup_is_whole_private_and_new(history, tmp_path):
    """A backup of an open database is whole and private, and never replaces a file or follows a link."""
    target = tmp_path / "copy.db"
    with history.store():
        ended = history("backup", str(target))
    assert (ended.code, ended.out) == (0, f"{target}\n") and f"{COUNT:,} runs" in ended.err and "API keys" in ended.err
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with closing(sqlite3.connect(target)) as copy, closing(sqlite3.connect(history.home.paths.database)) as database:
        assert [*copy.iterdump()] == [*database.iterdump()]
    before = target.read_bytes()
    assert history("backup", str(target)).code == 2 and target.read_bytes() == before
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert "exists" in history("backup", str(tmp_path / "link")).err
    assert "cannot be written" in history("backup", str(tmp_path / "none" / "x.db")).err
    answer = json.loads(history("backup", str(tmp_path / "b.db"), "--json").out)
    assert wrong_with(answer) == [] and (answer["runs"], answer["waiting"]) == (COUNT, COUNT)


def test_the_queue_of_a_copy_is_paused(history, tmp_path):
    """A backup put in place of the database sends nothing until the user resumes."""
    target = tmp_path / "copy.db"
    history("backup", str(target))
    target.chmod(0o600)
    target.replace(history.home.paths.database)
    with closing(Store.open(history.home.paths.database, SystemClock())) as store:
        profile = store.servers.stored_as(history.profile)
        assert "another file" in (store.queue_control.read(profile).paused or "")
        assert store.queue.counts(profile) == {OutboxState.QUEUED: COUNT}


def test_a_failed_backup_leaves_no_file(history, tmp_path, monkeypatch):
    """An interrupted backup leaves no file."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("cordage_tui.store.file.backup._copy", interrupted)
    assert history("backup", str(tmp_path / "copy.db")).code == 130
    assert not (tmp_path / "copy.db").exists()
