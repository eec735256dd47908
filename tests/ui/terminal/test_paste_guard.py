"""Bursts of input."""

from textual.events import Key

from cordage_tui.ui.terminal.paste_guard import PasteGuard


def bursts(*times: float) -> list[bool]:
    """Return for a key at each time whether the guard counts it as a burst."""
    guard, is_burst = PasteGuard(), list[bool]()
    for at in times:
        key = Key("y", "y")
        key.time = at
        is_burst.append(guard.record(key))
    return is_burst


def test_input_within_the_quiet_time_is_a_burst():
    """Input within 30 ms of the last input is a burst, and the first input is none."""
    assert bursts(1.0, 1.02, 1.049, 1.08, 2.0) == [False, True, True, False, False]


def test_input_out_of_order_counts_as_a_burst():
    """An event older than the last one counts as a burst."""
    assert bursts(5.0, 4.0, 5.01) == [False, True, True]
