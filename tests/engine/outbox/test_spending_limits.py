"""At a run limit prompts wait with the reason, and are sent automatically when it opens."""

from dataclasses import replace

import pytest

from cordage_tui.domain.queue import BlockedBy
from cordage_tui.domain.run import Status
from cordage_tui.domain.webhook import SpendingLimits
from cordage_tui.simulator.faults import Call, FaultKind
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, Window, passing, until

pytestmark = pytest.mark.looptime


def limit(window: Window, **limits: int) -> None:
    session = window.session
    session.open_profile = replace(session.open_profile, limits=SpendingLimits(**limits))


async def test_what_is_beyond_the_limit_waits_until_it_opens(studio: Studio) -> None:
    """The queue says why and until when; nothing is lost, and an hour later the rest is sent."""
    window = await studio.open()
    limit(window, per_hour=2)
    rows = [window.submit(f"fox {n}") for n in range(4)]
    await until(lambda: len(studio.prompts()) == 2)
    await passing(120)
    assert studio.prompts() == ["fox 0", "fox 1"] and window.status(rows[2]) is Status.QUEUED
    drain = window.engine.forecast.drain()
    assert drain.blocked_by is BlockedBy.SPENDING and drain.blocked is not None
    assert "2 of 2 runs in the last hour" in drain.blocked and "11:30" in drain.blocked
    assert drain.seconds is None
    await passing(3600)
    await until(lambda: len(studio.prompts()) == 4)
    assert studio.prompts() == ["fox 0", "fox 1", "fox 2", "fox 3"]


async def test_nothing_is_asked_of_the_disk_while_it_waits(studio: Studio) -> None:
    """A queue at its limit is looked at once a minute, not all the time."""
    window = await studio.open()
    limit(window, per_day=0)
    window.submit("fox")
    await passing(5)
    questions = []
    closed = window.store.spending.closed
    window.store.spending.closed = lambda profile: questions.append(1) or closed(profile)  # type: ignore[method-assign]
    await passing(600)
    assert 0 < len(questions) <= 40


async def test_a_rejected_prompt_gives_its_place_back(studio: Studio) -> None:
    window = await studio.open()
    limit(window, per_day=1)
    studio.fault(Call.TRIGGER, FaultKind.STATUS, status=422)
    rows = [window.submit("bad"), window.submit("good")]
    await window.shows(rows[0], Status.REJECTED)
    await until(lambda: studio.prompts() == ["good"])


async def test_by_the_users_word_a_prompt_passes_the_limit(studio: Studio) -> None:
    """The user can send one prompt over the limit, and only that one."""
    window = await studio.open()
    limit(window, per_day=1)
    rows = [window.submit(f"fox {n}") for n in range(3)]
    await until(lambda: len(studio.prompts()) == 1)
    assert window.engine.spending.left(window.webhook) == 0
    assert window.engine.spending.exceed([rows[2]]) == 1
    standings = window.engine.forecast.standings([window.row(row) for row in rows[1:]])
    assert [standings[row].blocked_by for row in rows[1:]] == [BlockedBy.SPENDING, None]
    await until(lambda: studio.prompts() == ["fox 0", "fox 2"])
    await passing(100)
    assert window.status(rows[1]) is Status.QUEUED


async def test_windows_share_a_limit(make_studio: MakeStudio) -> None:
    """Windows share a limit: the prompts sent by each count for all."""
    studio = await make_studio()
    first, second = await studio.open(), await studio.open()
    for window in (first, second):
        limit(window, per_day=3)
    for n in range(3):
        first.submit(f"a {n}")
        second.submit(f"b {n}")
    await until(lambda: len(studio.prompts()) == 3)
    await first.dies()
    await passing(60)
    assert len(studio.prompts()) == 3
