"""The interpreter's switch interval and its garbage collector, while threads work for the event loop."""

import gc
import sys
from collections.abc import Iterator

import pytest

from cordage_tui.api.client import short_switch_interval

State = tuple[bool, float]


def _state() -> State:
    return gc.isenabled(), sys.getswitchinterval()


@pytest.fixture(params=[True, False])
def before(request: pytest.FixtureRequest) -> Iterator[State]:
    kept = _state()
    (gc.enable if request.param else gc.disable)()
    yield _state()
    sys.setswitchinterval(kept[1])
    (gc.enable if kept[0] else gc.disable)()


def test_blocks_that_overlap_are_in_force_until_the_last_is_left(before: State) -> None:
    """A large answer may be decoded while the next profile's modules are imported; neither block lies in the other."""
    short_switch_interval.__enter__()
    inside = _state()
    short_switch_interval.__enter__()
    assert not inside[0] and inside[1] < before[1]
    short_switch_interval.__exit__(None, None, None)
    assert _state() == inside, "the first is left, the second holds on"
    short_switch_interval.__exit__(None, None, None)
    assert _state() == before


def test_an_error_in_a_block_restores_both(before: State) -> None:
    with pytest.raises(RuntimeError), short_switch_interval:
        raise RuntimeError
    assert _state() == before
