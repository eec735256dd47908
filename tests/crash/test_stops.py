"""Windows that are stopped and continued while they send lose, repeat and hide no prompt, and no window ends.

The long form is `python tests/crash/stops.py --windows 12 --seconds 600`.
"""

import pytest

from tests.crash.stops import play

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_stopped_windows_run_each_prompt_as_often_as_the_user_said() -> None:
    """Windows are stopped at any moment, and each prompt runs as often as the user has said and is shown."""
    report = play(windows=4, seconds=15.0, seed=1)
    print(report)
    assert not report.faults
    assert report.stops and report.runs
