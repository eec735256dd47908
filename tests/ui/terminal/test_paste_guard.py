"""Bursts of input."""

from textual.events import Key

from cordage_tui.ui.terminal.paste_guard import PasteGuard


def bursts(*times: float) -> list[bool]:
    """What the guard says of a key at each of these times."""
    guard, said = PasteGuard(), list[bool]()
    for at in times:
        key = Key("y", "y")
        key.time = at
        said.append(guard.record(key))
    return said


def test_input_within_the_quiet_time_is_a_burst():
    """30 ms is the line; the first input of all is none."""
    assert bursts(1.0, 1.02, 1.049, 1.08, 2.0) == [False, True, True, False, False]


def test_input_out_of_order_counts_as_a_burst():
    """Safe side: an event older than the last one never looks like quiet."""
    assert bursts(5.0, 4.0, 5.01) == [False, True, True]
