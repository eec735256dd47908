"""Batches in the engine: sent once each in their order, foretold, and told of when all has ended."""

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.run import RemoteRun, RowId, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.errors import ReadOnlyProfile
from cordage_tui.engine.events import BatchEnded
from cordage_tui.simulator.world import PlannedOutcome
from tests.engine.studio import EPOCH, Studio, Window, passing, until

pytestmark = pytest.mark.looptime

WORDS = ["a fox", "an owl", "a cat"]


def submit(window: Window, webhook: str) -> RowId:
    return window.engine.queue.submit_batch(webhook, BatchSource("three"), [{"prompt": word} for word in WORDS])


def told(window: Window) -> list[BatchEnded]:
    return [event for event in window.events if isinstance(event, BatchEnded)]


def teach(studio: Studio, window: Window, seconds: float = 10.0) -> None:
    """Thirty runs of so many seconds, an hour ago."""
    runs = [
        RemoteRun(
            f"old{n}",
            Status.COMPLETED,
            SafeText("completed"),
            EPOCH - 3600 + n,
            EPOCH - 3600 + seconds + n,
            5,
            outputs=("https://a.example/b.png",),
        )
        for n in range(30)
    ]
    window.store.runs.merge("studio", studio.webhooks[0], runs)


async def test_each_is_sent_once_and_the_end_of_all_is_told_once(studio: Studio) -> None:
    """In the order they were given; not before the last of them has ended, and with how each did."""
    studio.world.fate(
        studio.webhooks[0], PlannedOutcome(10.0), PlannedOutcome(5.0, failure="out of memory"), PlannedOutcome(40.0)
    )
    window = await studio.open()
    line = submit(window, studio.webhooks[0])
    members = window.store.batches.members(line)
    await until(lambda: sum(window.row(row).status.is_final for row in members) == 2)
    assert told(window) == []
    await until(lambda: studio.ended(window, members))
    await until(lambda: bool(told(window)))
    assert studio.prompts() == WORDS
    (ended,) = told(window)
    assert (ended.line.id, ended.progress.counts) == (line, {Status.COMPLETED: 2, Status.FAILED: 1})
    assert ended.progress.last_end == max(window.row(row).ended_at or 0 for row in members)
    assert set(members) <= set(window.finished())


async def test_a_window_opened_on_a_batch_under_way_hears_of_its_end(studio: Studio) -> None:
    """And one that was opened after the end does not."""
    studio.world.fate(studio.webhooks[0], PlannedOutcome(5.0), PlannedOutcome(5.0), PlannedOutcome(60.0))
    first = await studio.open()
    line = submit(first, studio.webhooks[0])
    members = first.store.batches.members(line)
    await until(lambda: first.store.batches.progress(line).counts == {Status.RUNNING: 1, Status.COMPLETED: 2})
    second = await studio.open()
    await until(lambda: studio.ended(first, members))
    await until(lambda: bool(told(first)) and bool(told(second)))
    third = await studio.open()
    third.store.runs.note(members[0], "something else")
    await until(lambda: any(event for event in third.events))
    assert [len(told(window)) for window in (first, second, third)] == [1, 1, 0]


async def test_the_price_and_the_rest_are_foretold_from_what_is_known(studio: Studio) -> None:
    """Nothing without history; with it, a run's length more than what sending takes, and less as it goes on."""
    window = await studio.open()
    await window.lives()
    assert window.engine.batches.estimate(studio.webhooks[0], 12).finish_s is None
    teach(studio, window)
    price = window.engine.batches.estimate(studio.webhooks[0], 12)
    assert price.send_s == pytest.approx(12.0, abs=1.0)
    assert price.finish_s == pytest.approx(22.0, abs=2.0)
    line = submit(window, studio.webhooks[0])
    before = window.engine.batches.left_s(line, studio.webhooks[0])
    assert before == pytest.approx(12.0, abs=3.0)
    await until(lambda: window.store.batches.progress(line).counts == {Status.RUNNING: 3})
    await passing(4.0)
    left = window.engine.batches.left_s(line, studio.webhooks[0])
    assert left is not None and left < before - 3
    await until(lambda: bool(told(window)))
    assert window.engine.batches.left_s(line, studio.webhooks[0]) is None


async def test_while_the_queue_is_paused_nothing_is_foretold(studio: Studio) -> None:
    """The price says why instead."""
    window = await studio.open()
    teach(studio, window)
    window.engine.queue.pause()
    line = submit(window, studio.webhooks[0])
    price = window.engine.batches.estimate(studio.webhooks[0], 12)
    assert (price.send_s, price.finish_s) == (None, None)
    assert price.blocked is not None and price.blocked.startswith("Paused by you")
    assert window.engine.batches.left_s(line, studio.webhooks[0]) is None


async def test_a_read_only_profile_takes_no_batch(studio: Studio) -> None:
    """And nothing of it is written down."""
    window = await studio.open(profile=studio.profile(read_only=True))
    with pytest.raises(ReadOnlyProfile):
        submit(window, studio.webhooks[0])
    assert window.rows() == []
