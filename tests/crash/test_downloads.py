"""Whatever moment a process that downloads is killed at, each file ends whole, once, and never short under its name; and this
harness would notice.

The long form, with two hundred of them: `python tests/crash/downloads.py --downloads 200`.
"""

import pytest

from tests.crash.downloads import lanes, play, spoilt
from tests.crash.load_points import Fault

DOWNLOADS = 20


def test_killed_at_named_places_and_at_random_every_file_is_whole_and_there_once() -> None:
    """Its connection is cut every 64 KB besides. No part is left, and each file has its sidecar."""
    tally = play(*lanes(DOWNLOADS, seed=1, lane=2, size=260_000, times=1, life_s=0.05))
    print(tally)
    assert tally.identical == DOWNLOADS
    assert not tally.faults
    assert len(tally.places) >= 10 and tally.kills > tally.named


@pytest.mark.parametrize("fault", Fault)
def test_a_process_that_does_it_wrong_is_found_out(fault: Fault) -> None:
    """What the zeros above are worth."""
    assert play(spoilt(fault)).faults
