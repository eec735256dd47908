"""Outputs on their way to files: each asked for once for a folder, carried out by one, gone on with after a crash."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cordage_tui.domain.download import Download, DownloadJob, DownloadState, EnqueueResult
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.store.store import Store
from tests.tries import accept

FOLDER = Path("/pictures")
TEMPLATE = "{run}-{n}.{ext}"


class Desk:
    """A store with one run of four outputs, and short words for it."""

    def __init__(self, store: Store, row: RowId) -> None:
        self.store = store
        self.downloads = store.downloads
        self.loads = store.download_jobs
        self.outputs = [OutputRef(row, n, f"https://s.example/{n}.png?sig={n}") for n in (1, 2, 3, 4)]
        self.files: set[Path] = set()

    def ask(self, *numbers: int, folder: Path = FOLDER, ending: RowId | None = None) -> EnqueueResult | None:
        wanted = [self.outputs[number - 1] for number in numbers]
        return self.downloads.enqueue("p", wanted, folder, TEMPLATE, self.files.__contains__, ending)

    def claim(self, *busy: str) -> DownloadJob:
        load = self.loads.claim("p", busy)
        assert load is not None
        return load

    def done(self, name: str = "a.png") -> DownloadJob:
        load = self.claim()
        self.loads.done(load, name, 9, "ab", '"e"')
        self.files.add(FOLDER / name)
        return load

    def states(self) -> list[str]:
        return [download.state.value for download in self.downloads.some(range(1, 10))]

    def one(self, download: int = 1) -> Download:
        return self.downloads.some([download])[0]


@pytest.fixture
def desk(store: Store, remote_run: Callable) -> Desk:
    store.runs.merge("p", "wh_a", [remote_run("r1", "running")])
    links = tuple(f"https://s.example/{n}.png?sig={n}" for n in (1, 2, 3, 4))
    (row,) = store.runs.merge("p", "wh_a", [remote_run("r1", "completed", outputs=links)])
    return Desk(store, row)


def test_what_is_asked_for_twice_is_on_the_list_once(desk: Desk) -> None:
    """An output requested twice for one folder is listed once, and once more for another folder."""
    assert desk.ask(1, 2) == EnqueueResult(2, (), (1, 2))
    assert desk.ask(2, 3) == EnqueueResult(1, (), (2, 3))
    assert desk.ask(1, folder=Path("/elsewhere")) == EnqueueResult(1, (), (4,))
    assert desk.downloads.counts("p") == {DownloadState.WAITING: 4}


def test_what_is_done_is_answered_with_its_file_while_that_is_there(desk: Desk) -> None:
    """A finished download returns its file while the file exists, and is fetched again afterwards."""
    desk.ask(1)
    desk.done("a.png")
    assert desk.ask(1) == EnqueueResult(0, (FOLDER / "a.png",), ())
    desk.files.clear()
    assert desk.ask(1) == EnqueueResult(1, (), (1,))
    load = desk.claim()
    assert (load.path, load.part, load.got, load.sha256) == (None, None, 0, None)


def test_they_go_in_the_order_asked_for_and_one_of_an_address_at_a_time(desk: Desk) -> None:
    desk.ask(3, 1, 2)
    assert [desk.claim().number for _ in range(2)] == [3, 1]
    assert desk.loads.claim("p", [desk.outputs[1].key]) is None
    assert desk.claim().number == 2
    assert desk.loads.claim("p") is None


def test_two_processes_never_get_the_same_one(desk: Desk, stores) -> None:
    desk.ask(1)
    other = stores.open()
    assert [desk.claim().id, other.download_jobs.claim("p")] == [1, None]


def test_what_failed_for_now_waits_for_its_time(desk: Desk, clock) -> None:
    """A download that failed for now waits for its time, and one that failed for good waits for the user."""
    desk.ask(1, 2)
    desk.loads.later(desk.claim(), "It broke.", 1, clock.now + 5)
    desk.loads.failed(desk.claim(), "It is no use.", 3)
    assert desk.loads.claim("p") is None
    assert desk.loads.next_at("p") == clock.now + 5
    clock.now += 5
    assert desk.claim().tries == 1
    assert (desk.one(2).state, desk.one(2).error, desk.one(2).tries) == (DownloadState.FAILED, "It is no use.", 3)


@pytest.mark.parametrize("again", ["ask", "retry", "retry_failed"])
def test_what_has_failed_goes_on_from_where_it_was_when_it_is_asked_for_again(desk: Desk, again: str) -> None:
    desk.ask(1)
    load = desk.claim()
    desk.loads.begun(load, "a.part", 9, '"e"')
    desk.loads.progress(load, 4)
    desk.loads.failed(load, "The disk is full.", 1)
    deeds = {
        "ask": lambda: desk.ask(1),
        "retry": lambda: desk.downloads.retry(1),
        "retry_failed": lambda: desk.downloads.retry_failed("p"),
    }
    assert deeds[again]()
    load = desk.claim()
    assert (load.part, load.got, load.size, load.validator, load.tries) == ("a.part", 4, 9, '"e"', 0)


def test_what_a_dead_process_was_loading_goes_on_with_what_it_had(desk: Desk, stores) -> None:
    desk.ask(1, 2)
    load = desk.claim()
    desk.loads.begun(load, "a.part", 9, '"e"')
    desk.loads.naming(load, "a.png", 9, "ab")
    heir = stores.open()
    assert heir.download_jobs.claim("p").id == 2  # type: ignore[union-attr]
    assert [heir.download_jobs.recover("p"), heir.download_jobs.recover("p")] == [2, 0]
    again = heir.download_jobs.claim("p")
    assert again is not None
    assert (again.id, again.part, again.path, again.sha256, again.got) == (1, "a.part", "a.png", "ab", 9)


def test_what_is_dropped_is_heard_of_by_whoever_loads_it(desk: Desk) -> None:
    """A process loading a dropped download learns it at its next step, but a file that already has its name stays."""
    desk.ask(1)
    load = desk.claim()
    assert desk.loads.begun(load, "a.part", 9, None)
    dropped = desk.downloads.drop(1)
    assert dropped is not None and dropped.part == "a.part"
    assert not desk.loads.progress(load, 4)
    assert not desk.loads.naming(load, "a.png", 9, "ab")
    assert not desk.loads.failed(load, "x", 1)
    assert desk.states() == ["dropped"] and desk.downloads.drop(1) is None
    desk.loads.done(load, "a.png", 9, "ab", None)
    assert desk.one().path == FOLDER / "a.png"


def test_the_list_shows_what_goes_on_first_and_what_is_done_for_an_hour(desk: Desk, clock) -> None:
    desk.ask(1, 2, 3, 4)
    desk.done()
    desk.loads.failed(desk.claim(), "x", 1)
    desk.claim()
    assert [d.state.value for d in desk.downloads.open("p")] == ["loading", "waiting", "done", "failed"]
    assert [d.number for d in desk.downloads.open("p", 1, 2)] == [4, 1]
    clock.now += 3_601
    assert [d.state.value for d in desk.downloads.open("p")] == ["loading", "waiting", "failed"]


def test_every_change_is_told_as_one_of_its_run(desk: Desk) -> None:
    """Every change of a download is reported as a change of its run, so every window follows."""
    row, notices = desk.outputs[0].row, []
    desk.store.changes.subscribe(notices.append)
    desk.ask(1)
    load = desk.claim()
    desk.loads.progress(load, 1)
    desk.loads.later(load, "x", 1, 0.0)
    desk.downloads.drop(1)
    assert notices == [frozenset({row})] * 5
    assert desk.downloads.concerns([row]) and not desk.downloads.concerns([RowId(row + 1)])


def test_the_outputs_of_a_run_that_has_ended_are_asked_for_once_for_ever(desk: Desk, stores) -> None:
    """Whichever process looks; dropping them does not bring them back."""
    row = desk.outputs[0].row
    assert desk.downloads.finished.due("p") == [row]
    assert desk.ask(1, 2, ending=row) == EnqueueResult(2, (), (1, 2))
    desk.downloads.drop(1)
    other = stores.open().downloads
    assert other.finished.due("p") == []
    assert other.enqueue("p", desk.outputs, FOLDER, TEMPLATE, lambda path: False, row) is None
    assert desk.states() == ["dropped", "waiting"]


def test_endings_of_long_ago_are_passed_over(desk: Desk, clock) -> None:
    desk.downloads.finished.pass_over("p", clock.now)
    assert desk.downloads.finished.due("p") == [desk.outputs[0].row]
    desk.downloads.finished.pass_over("p", clock.now + 1)
    assert desk.downloads.finished.due("p") == []


def test_the_downloads_of_a_stranger_become_those_of_its_prompt(store: Store, remote_run: Callable) -> None:
    """Downloads of a run that was listed before our answer came move to the prompt's row."""
    own_row = store.outbox.submit("p", "wh_a", {"prompt": "fox"})
    store.outbox.claim("p")
    (stranger,) = store.runs.merge("p", "wh_a", [remote_run("r9", "completed", outputs=("https://s.example/1.png",))])
    store.downloads.enqueue("p", store.run_lookup.output_refs([stranger]), FOLDER, TEMPLATE, lambda path: False)
    accept(store, own_row, remote_run("r9", "completed"))
    assert store.rows.get(stranger) is None
    assert [download.row for download in store.downloads.of(own_row)] == [own_row]
