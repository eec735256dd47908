"""After a first read that failed the next one follows within seconds: the screen is empty, and somebody looks at it."""

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.simulator.faults import Call, FaultKind
from tests.engine.conftest import MakeStudio
from tests.engine.studio import passing, until

pytestmark = pytest.mark.looptime

BAD = [
    (FaultKind.MALFORMED, {}),
    (FaultKind.HTML, {}),
    (FaultKind.EMPTY, {}),
    (FaultKind.STATUS, {"status": 200, "body": "null"}),
    (FaultKind.STATUS, {"status": 200, "body": '{"runs": "none"}'}),
    (FaultKind.STATUS, {"status": 200, "body": "[17]"}),
    (FaultKind.STATUS, {"status": 502}),
    (FaultKind.TRUNCATED, {}),
    (FaultKind.CLOSE, {}),
    (FaultKind.RESET, {}),
]
"""Answers that nothing can be made of; `null` may be a list with nothing in it."""


@pytest.mark.parametrize(("kind", "about"), BAD)
@pytest.mark.parametrize("webhooks", [1, 3])
async def test_bad_first_answers_are_made_good_within_seconds(
    make_studio: MakeStudio, kind: FaultKind, about: dict[str, object], webhooks: int
) -> None:
    """Three bad ones for each webhook: 2 + 4 + 8 s at most, what the spread of a start takes, and a probe or two of an outage."""
    studio = await make_studio(webhooks=webhooks)
    for key in studio.webhooks:
        studio.fault(Call.LIST, kind, count=3, webhook=key, **about)
    window = await studio.open()
    await until(lambda: {window.health(key) for key in studio.webhooks} == {HealthStatus.LIVE}, within_s=25)


async def test_while_runs_go_on_a_bad_answer_costs_seconds(make_studio: MakeStudio) -> None:
    """A run on screen is not left alone for half a minute because a list was broken twice."""
    studio = await make_studio(seconds=20.0)
    window = await studio.open()
    await window.lives()
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    await passing(12)
    studio.fault(Call.LIST, FaultKind.HTML, count=2)
    await window.shows(row, Status.COMPLETED, within_s=20)


async def test_a_server_that_stays_broken_is_not_pressed(make_studio: MakeStudio) -> None:
    """The waits double up to a minute: ten minutes of HTML cost a few reads a minute at the start and two in the end."""
    studio = await make_studio()
    studio.fault(Call.LIST, FaultKind.HTML, count=None)
    await studio.open()
    await passing(600)
    assert studio.calls(Call.LIST) <= 40
    before = studio.calls(Call.LIST)
    await passing(600)
    assert studio.calls(Call.LIST) - before <= 35
