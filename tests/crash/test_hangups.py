"""Whatever holds the terminal dies, at any moment: the process is gone, locks are free, and the next one sends what was queued.

The long form, every way at every moment: `python tests/crash/hangups.py --hangups 500`.
"""

import os
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.crash.hangups import MOMENTS, UNREAD, Case, played
from tests.crash.terminals import WAYS

EACH_MOMENT = [Case("holder killed", moment, False, seed=11) for moment in (*MOMENTS, UNREAD)]
IGNORED = [
    Case("holder killed", moment, True, seed=11)
    for moment in ("30 runs ticking", "suspended by ctrl+z", "a child writing")
]
EACH_WAY = [
    Case(way, "30 runs ticking", number % 2 == 0, seed=11) for number, way in enumerate(WAYS) if way != "holder killed"
]


@pytest.mark.quiet
@pytest.mark.parametrize(
    "cases",
    [
        pytest.param(EACH_MOMENT, id="at each moment"),
        pytest.param(IGNORED, id="where SIGHUP is ignored"),
        pytest.param(EACH_WAY, id="in each way"),
    ],
)
def test_nothing_outlives_its_terminal(cases: list[Case]) -> None:
    """Within two seconds; nothing is lost and nothing sent twice. Two terminals at a time, as in the long form."""
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        outcomes = list(pool.map(played, cases))
    faults = {f"{outcome.case}": outcome.faults for outcome in outcomes if outcome.faults}
    assert not faults
    if all(outcome.missing for outcome in outcomes):
        pytest.skip(outcomes[0].missing)
