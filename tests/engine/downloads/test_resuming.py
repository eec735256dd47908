"""A download that was cut goes on where it can and begins anew where it must (docs/dev/faults.md 137–139)."""

import pytest

from cordage_tui.domain.download import DownloadState
from tests.engine.downloads.yard import Yard, picture

STEP = 65_536
SIZE = 500_000


def ranges(yard: Yard, name: str = "cat.png") -> list[str | None]:
    return [seen.header("range") for seen in yard.storage.requests(name)]


async def test_cut_every_64_kb_it_arrives_whole_and_no_byte_twice(yard: Yard) -> None:
    """Each try goes on where the last was cut, on condition that it is still the same file."""
    done = await yard.one(yard.storage.put("cat.png", picture(SIZE), cut_every=STEP))
    assert done.path and done.path.read_bytes() == picture(SIZE)
    assert ranges(yard) == [None, *(f"bytes={at}-" for at in range(STEP, SIZE, STEP))]
    tags = {seen.header("if-range") for seen in yard.storage.seen[1:]}
    assert len(tags) == 1 and None not in tags


@pytest.mark.parametrize("yard", [{"tries": 3}], indirect=True)
@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
async def test_without_a_strong_tag_it_begins_anew_and_ends_after_so_many_tries(yard: Yard, etag: str | None) -> None:
    words = await yard.ended(yard.storage.put("cat.png", picture(SIZE), cut_every=STEP, etag=etag))
    assert ranges(yard) == [None] * 3
    assert words.endswith(".") and "127.0.0.1" in words
    yard.storage.change("cat.png", cut_every=None)
    assert yard.desk.retry(1)
    (done,) = await yard.settled((1,))
    assert done.path and done.path.read_bytes() == picture(SIZE)


async def test_content_that_changed_meanwhile_is_never_spliced(yard: Yard) -> None:
    """Though the length is the same."""
    link = yard.storage.put("cat.png", picture(SIZE), cut_every=STEP, pace_s=0.002)
    ids = yard.ask(yard.run(link))
    yard.desk.take_over()
    await yard.until(lambda: len(yard.storage.seen) >= 3)
    yard.storage.change("cat.png", content=picture(SIZE, seed=2), cut_every=None)
    (done,) = await yard.settled(ids)
    assert done.path and done.path.read_bytes() == picture(SIZE, seed=2)


@pytest.mark.parametrize("wrong", [{"wrong_range": 7}, {"ranges": False}, {"wrong_range": SIZE}])
async def test_a_range_that_was_not_asked_for_is_not_taken(yard: Yard, wrong: dict[str, object]) -> None:
    """A 206 of another place, the whole, and a 416 all mean: from the beginning."""
    link = yard.storage.put("cat.png", picture(SIZE), cut_every=3 * STEP, pace_s=0.002)
    ids = yard.ask(yard.run(link))
    yard.desk.take_over()
    await yard.until(lambda: yard.desk.open()[0].got > STEP)
    yard.storage.change("cat.png", **wrong)
    await yard.until(lambda: len(yard.storage.seen) > 1)
    yard.storage.change("cat.png", cut_every=None)
    (done,) = await yard.settled(ids)
    assert done.path and done.path.read_bytes() == picture(SIZE)


async def test_what_was_stopped_in_good_order_waits_and_the_next_process_goes_on(yard: Yard) -> None:
    link = yard.storage.put("cat.png", picture(SIZE), pace_s=0.02)
    ids = yard.ask(yard.run(link))
    yard.desk.take_over()
    await yard.until(lambda: yard.store.downloads.some(ids)[0].got > STEP)
    await yard.close()
    (left,) = yard.store.downloads.some(ids)
    assert left.state is DownloadState.WAITING and not yard.files() and len(yard.parts()) == 1
    yard.storage.change("cat.png", pace_s=0.0)
    yard.desk = yard.another()
    (done,) = await yard.settled(ids)
    assert done.path and done.path.read_bytes() == picture(SIZE)
    assert (ranges(yard)[-1] or "").startswith("bytes=")


async def test_what_is_not_surely_on_disk_is_not_gone_on_with(yard: Yard) -> None:
    """Power goes while a file grows: its end may be of zeros. What was written down as there counts, and no more."""
    link = yard.storage.put("cat.png", picture(SIZE), pace_s=0.02)
    ids = yard.ask(yard.run(link))
    yard.desk.take_over()
    await yard.until(lambda: yard.store.downloads.some(ids)[0].got > STEP)
    await yard.close()
    with next(yard.folder.rglob("*.part")).open("ab") as part:
        part.write(bytes(10_000))
    yard.storage.change("cat.png", pace_s=0.0)
    yard.desk = yard.another()
    (done,) = await yard.settled(ids)
    assert done.path and done.path.read_bytes() == picture(SIZE)


async def test_a_part_that_somebody_removed_is_begun_anew(yard: Yard) -> None:
    link = yard.storage.put("cat.png", picture(SIZE), pace_s=0.02)
    ids = yard.ask(yard.run(link))
    yard.desk.take_over()
    await yard.until(lambda: yard.store.downloads.some(ids)[0].got > STEP)
    await yard.close()
    next(yard.folder.rglob("*.part")).unlink()
    yard.storage.change("cat.png", pace_s=0.0)
    yard.desk = yard.another()
    (done,) = await yard.settled(ids)
    assert done.path and done.path.read_bytes() == picture(SIZE)


async def test_a_cut_that_brought_more_was_not_in_vain(yard: Yard) -> None:
    """However often it is cut, it is not given up while it comes nearer."""
    yard.storage.put("cat.png", picture(SIZE * 2), cut_every=STEP)
    done = await yard.one(yard.storage.link("cat.png"))
    assert done.state is DownloadState.DONE and len(yard.storage.seen) > yard.bounds.tries
