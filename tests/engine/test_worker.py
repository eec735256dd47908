"""A worker does what a window does, with no screen, and ends when nothing is left to do."""

import asyncio
from typing import Any

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import Status
from cordage_tui.engine.engine import LOOK_EVERY_S
from cordage_tui.engine.processes.process_locks import WorkerInfo, WorkerLock, working_lock
from cordage_tui.engine.processes.worker import Outcome, Worker
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.store.errors import DatabaseLocked
from cordage_tui.store.outbox.outcomes import TryOutcomes
from tests.engine.studio import Studio, Window, now, passing, until

pytestmark = pytest.mark.looptime


class Working:
    """A worker at work, and what it says."""

    def __init__(self, studio: Studio, **about: object) -> None:
        self.window: Window = studio.build(**about)  # type: ignore[arg-type]
        self.said: list[str] = []
        self.worker = Worker(self.window.engine, self.said.append, studio.clock)
        self.task = asyncio.get_running_loop().create_task(self.worker.run())

    @property
    def words(self) -> str:
        return "\n".join(self.said)


async def test_it_sends_and_follows_until_all_is_done(studio: Studio) -> None:
    """What was queued before runs once each, and it ends when the last run has: with a line for each that was sent and ended."""
    writer = studio.build()
    rows = [writer.store.outbox.submit("studio", writer.webhook, {"prompt": p}) for p in ("fox", "owl")]
    working = Working(studio)
    assert await working.task is Outcome.DONE
    assert studio.ended(writer, rows)
    assert sorted(studio.prompts()) == ["fox", "owl"]
    assert (working.said[0], working.said[-1]) == ("begins on profile studio: 2 queued, 0 active", "ends: all is done")
    told = [next(word for word in ("started", "completed") if word in line) for line in working.said[1:-1]]
    assert sorted(told) == ["completed", "completed", "started", "started"]


async def test_with_nothing_to_do_it_ends_at_once(studio: Studio) -> None:
    """No read is waited for."""
    assert await Working(studio).task is Outcome.DONE
    assert now() < 3.0


async def test_it_waits_for_a_window_and_takes_over_from_it(studio: Studio) -> None:
    """Locks are one for both: while the window sends it only follows; when that ends, it goes on, and nothing goes twice."""
    window = await studio.open()
    working = Working(studio)
    rows = [window.submit(f"prompt {n}") for n in range(6)]
    await until(lambda: studio.calls(Call.TRIGGER) == 2)
    assert not working.window.engine.leadership.polls
    await window.engine.stop(3.0)
    assert await working.task is Outcome.DONE
    assert studio.ended(working.window, rows)
    assert sorted(studio.prompts()) == [f"prompt {n}" for n in range(6)]


async def test_a_refused_key_ends_it_with_the_queue_held(studio: Studio) -> None:
    """It says so once, and nothing of the queue is lost."""
    writer = studio.build()
    for prompt in ("fox", "owl"):
        writer.store.outbox.submit("studio", writer.webhook, {"prompt": prompt})
    working = Working(studio, key="cordage_of_nobody")
    assert await working.task is Outcome.REFUSED
    assert working.window.engine.queue.counts() == {OutboxState.HELD: 2}
    assert "the server refuses the key" in working.said[-1]
    assert working.said[-1].endswith("2 held")


async def test_what_an_earlier_key_held_goes_with_the_new_one(studio: Studio) -> None:
    """It does not take a queue in which everything is held for an empty one."""
    writer = studio.build()
    row = writer.store.outbox.submit("studio", writer.webhook, {"prompt": "fox"})
    writer.store.queue.hold("studio", "no key")
    assert await Working(studio).task is Outcome.DONE
    assert writer.status(row) is Status.COMPLETED


async def test_it_ends_with_what_is_uncertain_only_when_the_search_is_over(studio: Studio) -> None:
    """A lost answer is looked for as long as there is hope; then it ends, and tells that somebody has to decide."""
    studio.fault(Call.TRIGGER, FaultKind.RESET)
    writer = studio.build()
    row = writer.store.outbox.submit("studio", writer.webhook, {"prompt": "fox"})
    working = Working(studio)
    await until(lambda: writer.status(row) is Status.UNCERTAIN)
    await passing(100.0)
    assert not working.task.done()
    assert await working.task is Outcome.DONE
    assert working.worker.uncertain() == 1
    assert "uncertain: We sent this" in working.words
    assert working.said[-1] == "ends: all is done; 1 uncertain"
    assert studio.calls(Call.TRIGGER) == 1


async def test_a_paused_queue_is_waited_for(studio: Studio) -> None:
    """It says why nothing goes, and goes on when somebody resumes, in whatever process."""
    writer = studio.build()
    row = writer.store.outbox.submit("studio", writer.webhook, {"prompt": "fox"})
    writer.store.queue_control.pause("studio", "by hand")
    working = Working(studio)
    await passing(60.0)
    assert not working.task.done()
    assert writer.status(row) is Status.QUEUED
    writer.store.queue_control.resume("studio")
    assert await working.task is Outcome.DONE
    assert [line for line in working.said if "paused" in line] == ["paused: by hand", "not paused any more"]


async def test_told_to_stop_it_waits_for_the_answer_under_way(studio: Studio) -> None:
    """A trigger on the wire is answered, not cut off: nothing becomes uncertain by a stop."""
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=2.0)
    writer = studio.build()
    row = writer.store.outbox.submit("studio", writer.webhook, {"prompt": "fox"})
    working = Working(studio)
    await until(lambda: writer.status(row) is Status.SENDING)
    working.worker.stop()
    assert await working.task is Outcome.STOPPED
    assert writer.status(row) in (Status.PENDING, Status.RUNNING)


async def test_everybody_sees_who_is_at_work(studio: Studio) -> None:
    """A window knows within a second that a worker has come, and that it has gone, and asks nobody to stay meanwhile; one
    that opens knows from its first moment."""
    window = await studio.open()
    assert window.engine.worker_lock.seen is None
    assert not window.engine.is_sent_elsewhere
    seat, other = (WorkerLock(working_lock(studio.profile(), studio.paths)) for _ in range(2))
    me = WorkerInfo(4711, studio.clock.wall())
    assert seat.acquire(me)
    await passing(1.5 * LOOK_EVERY_S)
    assert window.engine.worker_lock.seen == me
    assert window.engine.is_sent_elsewhere
    assert not other.acquire(WorkerInfo(4712, 0.0))
    late = await studio.open()
    assert late.engine.worker_lock.seen == me
    seat.release()
    await passing(1.5 * LOOK_EVERY_S)
    assert window.engine.worker_lock.seen is None


@pytest.fixture
def locked_out(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """While the list has an item, another program locks the database whenever an outcome is to be stored."""
    locks, accept = [True], TryOutcomes.accept

    def locked_accept(self: TryOutcomes, *outcome: Any) -> bool:
        if locks:
            raise DatabaseLocked("The file is locked by another program.", "Nothing was written; try again.")
        return accept(self, *outcome)

    monkeypatch.setattr(TryOutcomes, "accept", locked_accept)
    return locks


async def accepted(studio: Studio) -> Working:
    """Return a worker that cannot store what became of its only prompt."""
    writer = studio.build()
    writer.store.outbox.submit("studio", writer.webhook, {"prompt": "fox"})
    working = Working(studio)
    await until(lambda: bool(working.window.engine.leadership.unstored()))
    return working


async def test_told_to_stop_it_waits_for_a_locked_database(studio: Studio, locked_out: list[bool]) -> None:
    """It says that it waits, for longer than it waits for an answer, and stores the run when the lock ends."""
    working = await accepted(studio)
    (run,) = working.window.engine.leadership.unstored().values()
    working.worker.stop()
    await passing(30.0)
    assert not working.task.done() and "Waiting up to 60 s for it." in working.words
    locked_out.clear()
    assert await working.task is Outcome.STOPPED
    assert not working.window.engine.leadership.unstored()
    assert run.run_id not in working.words


@pytest.mark.parametrize("stops", [1, 2])
async def test_a_run_that_cannot_be_stored_is_named(studio: Studio, locked_out: list[bool], stops: int) -> None:
    """If the lock lasts for a minute, or the worker is stopped twice, it ends and names the run."""
    working = await accepted(studio)
    (run,) = working.window.engine.leadership.unstored().values()
    for _ in range(stops):
        working.worker.stop()
    begun = now()
    assert await working.task is Outcome.STOPPED
    assert (now() - begun > 59.0) is (stops == 1) and now() - begun < 65.0
    assert f"run {run.run_id} was started, and could not be stored" in working.words
