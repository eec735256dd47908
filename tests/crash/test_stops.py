"""Windows that are stopped and continued while they send: nothing is lost, repeated or out of sight, and no window ends.

The long form: `python tests/crash/stops.py --windows 12 --seconds 600`.
"""

import pytest

from tests.crash.stops import play

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_windows_that_are_stopped_while_they_send_pay_for_what_the_user_said() -> None:
    """Any of them is stopped at any moment, while it starts or with a request on the wire; each prompt runs as often as the user
    has said, and in sight."""
    report = play(windows=4, seconds=15.0, seed=1)
    print(report)
    assert not report.faults
    assert report.stops and report.runs
