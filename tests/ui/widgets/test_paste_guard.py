"""Bursts of input."""

from cordage_tui.ui.widgets.text_area import PasteGuard


def test_input_within_the_quiet_time_is_a_burst():
    """30 ms is the line; the first input of all is none."""
    guard = PasteGuard(0.03)
    assert [guard.record(at) for at in (1.0, 1.02, 1.049, 1.08, 2.0)] == [False, True, True, False, False]


def test_input_out_of_order_counts_as_a_burst():
    """Safe side: an event older than the last one never looks like quiet."""
    guard = PasteGuard(0.03)
    assert [guard.record(at) for at in (5.0, 4.0, 5.01)] == [False, True, True]
