"""Whenever a process that downloads is killed, each file is whole in the end, and there once. Deliberate faults show
that this harness would notice.

The long form, with two hundred downloads, is `python tests/crash/downloads.py --downloads 200`.
"""

import pytest

from tests.crash.downloads import lanes, play, spoilt
from tests.crash.load_points import Fault

DOWNLOADS = 20


def test_killed_downloads_end_with_every_file_whole_and_once() -> None:
    """Kills and connections that are cut every 64 KB leave every file whole and once, with its sidecar and without
    parts."""
    tally = play(*lanes(DOWNLOADS, seed=1, lane=2, size=260_000, times=1, life_s=0.05))
    print(tally)
    assert tally.identical == DOWNLOADS
    assert not tally.faults
    assert len(tally.places) >= 10 and tally.kills > tally.named


@pytest.mark.parametrize("fault", Fault)
def test_a_deliberate_fault_shows_in_the_tally(fault: Fault) -> None:
    """With a deliberate fault the tally shows faults, so zeros mean something."""
    assert play(spoilt(fault)).faults
