"""The line about the time while the user was away."""

import time

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.history.away_summary import AwaySummary
from cordage_tui.ui.main.notices import away_words

NOON = 1_700_000_000.0
AT_NOON = time.strftime("%H:%M", time.localtime(NOON))


@pytest.mark.parametrize(
    ("away", "line"),
    [
        (
            AwaySummary(NOON - 4320, NOON, {Status.FAILED: 2, Status.COMPLETED: 31}, NOON),
            f"while you were away (1h 12m): 31 completed, 2 failed, queue drained at {AT_NOON} · m shows them",
        ),
        (AwaySummary(NOON - 150, NOON, {Status.CANCELLED: 1}), "while you were away (2m): 1 cancelled · m shows them"),
        (AwaySummary(NOON - 3 * 86_400, NOON, {}, NOON), f"while you were away (3d 0h): queue drained at {AT_NOON}"),
    ],
)
def test_the_line_has_the_duration_and_the_outcomes(away: AwaySummary, line: str) -> None:
    """The line has the most frequent outcome first, and names the key only if there are runs to show."""
    assert away_words(away, lambda action: SafeText("m")).plain == line


def test_a_key_that_reaches_nothing_is_not_named() -> None:
    """If the user has removed the key, the line does not name one."""
    line = away_words(AwaySummary(NOON - 150, NOON, {Status.COMPLETED: 1}), lambda action: SafeText(""))
    assert line.plain == "while you were away (2m): 1 completed"
