"""docs/dev/library-traps.md T1 replayed from the screen's side: whoever loses interest cancels no request, and no connection is lost over it."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.engine.kill.kill_run import KillReport
from cordage_tui.simulator.rate_limits import LimitPlan
from cordage_tui.simulator.world import Options
from tests.engine.conftest import MakeStudio
from tests.engine.studio import now, passing

pytestmark = pytest.mark.looptime

AMPLE = LimitPlan(trigger=900_000, read=900_000, kill=900_000)
SLOWLY = Options(latency_s=(0.0, 0.1))
ROUNDS, AT_A_TIME, GIVE_UP = 40, 20, 12
"""40 rounds of 100 ms: 4 s in which 60 % of what the screen asks for is cancelled at some await."""


async def test_four_seconds_of_cancelled_reads_and_kills_leave_every_connection_usable(make_studio: MakeStudio) -> None:
    """Every request that went out was answered, those that were asked for afterwards all succeed, and none waits."""
    studio = await make_studio(webhooks=12, seconds=3_600.0, limits=AMPLE, options=SLOWLY)
    rng, engine = random.Random(1), (window := await studio.open()).engine
    for key in studio.webhooks:
        for _ in range(9):
            studio.world.trigger(key, {"prompt": "elsewhere"})
    assert await engine.refresh(None) is None
    rows = window.rows()
    asks: list[Callable[[], Coroutine[Any, Any, object]]] = [
        lambda: engine.refresh(rng.choice(studio.webhooks)),
        lambda: engine.killer.kill(rng.choice(rows)),
    ]
    start, cancelled = now(), 0
    for _ in range(ROUNDS):
        asked = [asyncio.create_task(rng.choice(asks)()) for _ in range(AT_A_TIME)]
        await passing(rng.uniform(0.0, 0.05))
        cancelled += sum(task.cancel() for task in rng.sample(asked, GIVE_UP))
        await asyncio.gather(*asked, return_exceptions=True)
    assert now() - start > 3.0 and cancelled > 200
    assert await asyncio.gather(*(engine.refresh(key) for key in studio.webhooks * 9)) == [None] * 108
    reports = await asyncio.gather(*(engine.killer.kill(row) for row in rows[:100]))
    assert all(isinstance(report, KillReport) for report in reports)
    assert {window.status(row.id) for row in rows[:100]} == {Status.CANCELLED}
    await passing(1.0)
    assert {exchange.status for exchange in studio.served.log} <= {200, 409}
