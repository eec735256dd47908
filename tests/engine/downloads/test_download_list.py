"""Downloads in the user's hands."""

import asyncio
import threading
from pathlib import Path

import pytest

from cordage_tui.domain.download import DownloadState, TransferRate
from cordage_tui.engine.downloads import destination
from cordage_tui.engine.downloads.destination import InvalidDestination, checked_target, tried_target
from cordage_tui.engine.downloads.download_list import Throttle
from tests.engine.downloads.yard import Yard, picture

SLOW = 0.015
SIZE = 400_000


def slow(yard: Yard, number: int, **about: object) -> str:
    """A file that takes its time."""
    return yard.storage.put(f"{number}.png", picture(SIZE, seed=number), pace_s=SLOW, **about)


async def test_three_at_a_time_in_the_order_they_were_asked_for(yard: Yard) -> None:
    ids = yard.ask(yard.run(*(slow(yard, n) for n in range(7))))
    yard.desk.take_over()
    most = 0
    while len(yard.storage.seen) < 7:
        most = max(most, yard.store.downloads.counts("studio").get(DownloadState.LOADING, 0))
        await asyncio.sleep(0.01)
    await yard.settled(ids)
    assert most == 3
    asked = [int(seen.target[1]) for seen in yard.storage.seen]
    assert sorted(asked) == list(range(7)) and all(number <= place + 2 for place, number in enumerate(asked))


async def test_how_it_goes_is_known_to_the_byte_and_to_the_second(yard: Yard) -> None:
    """In the process that loads; the list shows what has come since it was last written down."""
    (one,) = yard.ask(yard.run(slow(yard, 1)))
    yard.desk.take_over()
    await yard.until(lambda: yard.desk.open()[0].got > 100_000)
    progress = yard.desk.progress(one)
    assert progress is not None and progress.bytes_per_s > 50_000
    assert progress.left_s is not None and 0 < progress.left_s < 30
    await yard.settled((one,))
    assert yard.desk.progress(one) is None


async def test_a_dropped_one_ends_at_once_and_nothing_of_it_is_left(yard: Yard) -> None:
    """Though nothing comes any more; the next in line gets its place."""
    ids = yard.ask(yard.run(*(slow(yard, n, stall_after=100_000) for n in range(3)), slow(yard, 4)))
    yard.desk.take_over()
    await yard.until(lambda: len(yard.parts()) == 3)
    assert yard.desk.drop(ids[0]) and not yard.desk.drop(ids[0])
    (last,) = await yard.settled(ids[3:])
    assert last.state is DownloadState.DONE
    await yard.until(lambda: len(yard.parts()) == 2)
    assert [download.id for download in yard.desk.open()] == [ids[1], ids[2], ids[3]]


@pytest.mark.parametrize("yard", [{"tries": 1}], indirect=True)
async def test_of_one_that_failed_nothing_is_left_once_it_is_dropped(yard: Yard) -> None:
    (failed,) = await yard.fetch(yard.storage.put("1.png", picture(), cut_every=100_000))
    assert failed.state is DownloadState.FAILED and failed.got == 100_000 and len(yard.parts()) == 1
    assert yard.desk.drop(failed.id)
    await yard.until(lambda: not yard.parts())


async def test_one_that_another_process_loads_can_be_dropped(yard: Yard) -> None:
    """It hears of it when it next writes down what has come."""
    (one,) = yard.ask(yard.run(slow(yard, 1)))
    yard.desk.take_over()
    other = yard.another()
    await yard.until(lambda: yard.parts())
    assert other.drop(one)
    await yard.until(lambda: not yard.parts())
    assert yard.store.downloads.counts("studio") == {DownloadState.DROPPED: 1}
    assert other.retry(one)
    (done,) = await yard.settled((one,))
    assert done.path and done.path.read_bytes() == picture(SIZE)
    await yard.close(other)


async def test_two_processes_download_once_and_the_second_takes_over(yard: Yard) -> None:
    """It waits until the first has ended."""
    first, second = yard.desk, yard.another()
    ids = yard.ask(yard.run(slow(yard, 1), slow(yard, 2)))
    first.take_over()
    second.take_over()
    await yard.until(lambda: len(yard.storage.seen) == 2)
    await yard.close(first)
    yard.desk = second
    done = await yard.settled(ids)
    assert [download.state for download in done] == [DownloadState.DONE] * 2
    assert len(yard.files()) == 2


async def test_whoever_waits_without_having_started_downloads_itself(yard: Yard) -> None:
    """A command has no engine that runs; a row that is no download ends the wait at once."""
    assert (await yard.one(yard.storage.put("a.png", picture()))).state is DownloadState.DONE
    assert await yard.desk.settled((99,)) == []


async def test_what_goes_on_is_told_four_times_a_second_at_most(yard: Yard) -> None:
    """However many pieces come."""
    begun = yard.clock.monotonic()
    await yard.one(slow(yard, 1))
    took_s = yard.clock.monotonic() - begun
    assert 2 <= yard.changes() <= 4 * took_s + 2


async def test_the_last_happening_is_always_told(yard: Yard) -> None:
    happened: list[int] = []
    told: list[int] = []
    news = Throttle(lambda: told.append(len(happened)), 0.01)
    for number in range(5):
        happened.append(number)
        news.notify()
    await yard.until(lambda: told == [1, 5])
    news.stop()


def test_the_speed_is_that_of_the_last_seconds() -> None:
    """A burst long ago does not count, and neither does what was there before; a stall shows."""
    pace = TransferRate(0.0, 1_000_000, 5_000_000)
    for second in range(1, 21):
        pace.count(float(second), 200_000 if second > 10 else 0)
    assert pace.progress(20.0).bytes_per_s == pytest.approx(200_000, rel=0.01)
    assert pace.progress(20.0).left_s == pytest.approx(10.0, rel=0.01)
    assert pace.progress(40.0).bytes_per_s == 0 and pace.progress(40.0).left_s is None


@pytest.mark.parametrize(
    ("folder", "template", "words"),
    [
        ("/pictures", "../{n}", "The template must stay below the folder"),
        ("/pictures", "{file}", "does not exist"),
        (__file__, "{n}", "is not a folder"),
        ("/tmp/" + "x" * 300, "{n}", "File name too long"),
        ("/pictures\udcff", "{n}", "is not valid text"),
    ],
)
def test_a_target_that_cannot_be_is_refused_in_words(folder: str, template: str, words: str) -> None:
    with pytest.raises(InvalidDestination, match=words):
        checked_target(Path(folder), template)


def test_a_relative_folder_is_below_where_the_program_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert checked_target(Path("out"), "{n}").folder == tmp_path / "out"
    assert checked_target(Path("~/out"), "{n}").folder == Path.home() / "out"


def test_a_folder_on_a_dead_mount_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system answers nothing there, not even an error; the command goes on and says so."""
    answers = threading.Event()
    monkeypatch.setattr(destination, "try_folder", lambda folder: answers.wait(60.0))
    try:
        with pytest.raises(InvalidDestination, match="has not responded"):
            tried_target(tmp_path, "{n}", limit_s=0.05)
    finally:
        answers.set()
