"""The small parts: what may be told, who owns a task, who may call."""

import asyncio

import pytest

from cordage_tui.engine.context import TaskSupervisor
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.events import EventBus, StateChanged
from cordage_tui.engine.nonblocking_waits import WakeEvent
from tests.engine.studio import now

pytestmark = pytest.mark.looptime


def test_sentences_have_capitals_and_stops_and_are_inert() -> None:
    """Parts that say nothing leave no trace; what comes from outside cannot command a terminal."""
    assert join_sentences("a refused", "", "Why? ", "x\x1b[2J\ny") == "A refused. Why? X␛[2J y."


async def test_a_task_outlives_whoever_gave_up_on_it() -> None:
    """`detached` goes on after its caller is cancelled, and its bug is still told."""
    bugs, done = [], []
    calls = TaskSupervisor(bugs.append)

    async def work() -> None:
        await asyncio.sleep(1)
        done.append(True)
        raise ValueError("a bug")

    waiting = asyncio.create_task(calls.run_detached(work()))
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(2)
    assert done == [True]
    assert [str(bug) for bug in bugs] == ["a bug"]


async def test_the_bug_of_an_awaited_task_is_its_callers() -> None:
    """It is raised once, where it is awaited."""
    bugs = []
    calls = TaskSupervisor(bugs.append)

    async def work() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await calls.run_detached(work())
    assert bugs == []


async def test_closing_ends_what_does_not_end_by_itself_and_what_begins_afterwards() -> None:
    """The grace is the longest that `close` takes."""
    calls, reached = TaskSupervisor(print), []

    async def later() -> None:
        await asyncio.sleep(0.2)
        calls.spawn(endless())
        reached.append(True)

    async def endless() -> None:
        await asyncio.sleep(10_000)

    tasks = [calls.spawn(later()), calls.spawn(endless())]
    start = now()
    await calls.close(0.5)
    assert now() - start == pytest.approx(0.5, abs=0.1)
    assert reached and all(task.done() for task in tasks)
    late = calls.spawn(endless())
    await asyncio.wait([late])
    assert late.cancelled()


async def test_a_wake_up_while_nobody_sleeps_is_kept() -> None:
    """What was nudged just before it lay down does not sleep through it; the one after does."""
    wake = WakeEvent()
    wake.set()
    start = now()
    await wake.sleep(100)
    assert now() - start < 1
    await wake.sleep(3)
    assert now() - start >= 3


def test_a_listener_may_leave_while_it_is_told() -> None:
    """And hears nothing more."""
    listeners, heard = EventBus(), []

    def once(event: object) -> None:
        heard.append(event)
        leave()

    leave = listeners.subscribe(once)
    listeners.publish(StateChanged())
    listeners.publish(StateChanged())
    assert heard == [StateChanged()]
