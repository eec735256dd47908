"""Leaving is quick, loses nothing, and a bug is never silent."""

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.engine.engine import GRACE_S
from cordage_tui.engine.events import EngineCrashed
from cordage_tui.simulator.faults import Call, FaultKind
from tests.engine.studio import Studio, now, passing, until

pytestmark = pytest.mark.looptime


async def test_stopping_does_not_wait_for_a_trigger_that_hangs(studio: Studio) -> None:
    """It returns within the grace; the row stays `sending` on disk, and the next start calls it uncertain."""
    window = await studio.open()
    studio.fault(Call.TRIGGER, FaultKind.SILENCE, acts=True)
    row = window.submit("fox")
    await until(lambda: studio.calls(Call.TRIGGER) == 1)
    start = now()
    await window.engine.stop()
    assert now() - start <= GRACE_S + 0.1
    assert window.status(row) is Status.SENDING
    heir = await studio.open()
    await heir.shows(row, Status.UNCERTAIN, within_s=1)
    await passing(60)
    assert studio.calls(Call.TRIGGER) == 1


async def test_an_answer_within_the_grace_is_written_down(studio: Studio) -> None:
    """A trigger that is answered while the program leaves is no longer in doubt."""
    window = await studio.open()
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=0.3)
    row = window.submit("fox")
    await until(lambda: studio.calls(Call.TRIGGER) == 1)
    await window.engine.stop()
    assert window.row(row).run_id is not None


async def test_nothing_is_called_after_the_stop(studio: Studio) -> None:
    """No poll, no send, no event: a stopped engine is silent, and stopping twice does no harm."""
    window = await studio.open()
    await window.lives()
    await window.engine.stop()
    await window.engine.stop()
    calls, events = studio.calls(), len(window.events)
    window.submit("fox")
    await passing(120)
    assert studio.calls() == calls
    assert len(window.events) == events


async def test_an_engine_that_was_stopped_first_does_not_start(studio: Studio) -> None:
    """The screen of a profile that was left at once may start its engine late; it must not lead for ever."""
    window = studio.build()
    await window.engine.stop()
    await window.engine.start()
    assert not window.engine.leadership.polls
    await passing(10)
    assert studio.calls() == 0


async def test_a_bug_in_a_task_is_told(studio: Studio) -> None:
    """An exception that is nobody's trouble but a bug of ours reaches the listeners, and does not vanish with its task."""
    window = studio.build()
    bug = ZeroDivisionError("a bug")

    def breaks(*_: object) -> None:
        raise bug

    window.store.active_runs.overdue_kills = breaks  # type: ignore[method-assign,assignment]
    await window.engine.start()
    await until(lambda: EngineCrashed(bug) in window.events, within_s=10)
