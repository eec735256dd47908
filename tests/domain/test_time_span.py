"""Spans of time as they are typed."""

import pytest

from cordage_tui.domain.time_span import span_s, whole_span_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("2m", 120), ("1h30m", 5_400), ("1.5d", 129_600), ("2w", 1_209_600), ("2x", None), ("m", None), ("-2m", None), ("", None)],
)  # fmt: skip
def test_durations(text: str, seconds: float | None) -> None:
    assert span_s(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("0d", 0), ("2w", 1_209_600), ("90", None), ("1h30m", None), ("1.5d", None), ("d", None), ("", None), ("٣d", None), ("1" * 10 + "s", None)],
)  # fmt: skip
def test_whole_spans(text: str, seconds: float | None) -> None:
    """One whole number, and always a unit."""
    assert whole_span_s(text) == seconds


def test_only_the_units_that_are_allowed() -> None:
    assert (whole_span_s("180d", "dw"), whole_span_s("6h", "dw")) == (15_552_000, None)
