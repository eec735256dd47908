"""Whatever holds the terminal dies, at any moment: the process is gone, locks are free, and the next one sends what was queued.

The long form, every way at every moment: `python tests/crash/hangups.py --hangups 500`.
"""

import pytest

from tests.crash.hangups import MOMENTS, UNREAD, Case, played
from tests.crash.terminals import WAYS

EACH_MOMENT = [("holder killed", moment, False) for moment in (*MOMENTS, UNREAD)]
IGNORED = [("holder killed", moment, True) for moment in ("30 runs ticking", "suspended by ctrl+z", "a child writing")]
EACH_WAY = [(way, "30 runs ticking", number % 2 == 0) for number, way in enumerate(WAYS) if way != "holder killed"]


@pytest.mark.quiet
@pytest.mark.parametrize(("way", "moment", "nohup"), EACH_MOMENT + IGNORED + EACH_WAY)
def test_nothing_outlives_its_terminal(way: str, moment: str, nohup: bool) -> None:
    """Within two seconds; nothing is lost and nothing sent twice."""
    outcome = played(Case(way, moment, nohup, seed=11))
    if outcome.missing:
        pytest.skip(outcome.missing)
    assert not outcome.faults
