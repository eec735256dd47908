"""Whenever the terminal dies, the process ends, its locks are free, and the next process sends the queue.

The long form, every way at every moment, is `python tests/crash/hangups.py --hangups 500`.
"""

import pytest

from tests.crash.hangups import MOMENTS, UNREAD, Case, played
from tests.crash.terminals import WAYS

pytestmark = pytest.mark.timeout(900)  # a window that opens on a busy machine

EACH_MOMENT = [Case("holder killed", moment, False, seed=11) for moment in (*MOMENTS, UNREAD)]
IGNORED = [
    Case("holder killed", moment, True, seed=11)
    for moment in ("30 runs ticking", "suspended by ctrl+z", "a child writing")
]
EACH_WAY = [
    Case(way, "30 runs ticking", number % 2 == 0, seed=11) for number, way in enumerate(WAYS) if way != "holder killed"
]


@pytest.mark.parametrize(
    "case", [*EACH_MOMENT, *IGNORED, *EACH_WAY], ids=lambda case: f"{case.way}-{case.moment}-{case.nohup}"
)
def test_the_program_ends_with_its_terminal(case: Case) -> None:
    """The program and its children end within two seconds, and no prompt is lost or sent twice."""
    outcome = played(case)
    if outcome.missing:
        pytest.skip(outcome.missing)
    assert not outcome.faults
