"""The line that tells what happened while the user was away."""

import time

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.history.finished_runs import AwaySummary
from cordage_tui.ui.main.notices import away_words

NOON = 1_700_000_000.0
AT_NOON = time.strftime("%H:%M", time.localtime(NOON))


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (
            AwaySummary(NOON - 4320, NOON, {Status.FAILED: 2, Status.COMPLETED: 31}, NOON),
            f"while you were away (1h 12m): 31 completed, 2 failed, queue drained at {AT_NOON} · m shows them",
        ),
        (AwaySummary(NOON - 150, NOON, {Status.CANCELLED: 1}), "while you were away (2m): 1 cancelled · m shows them"),
        (AwaySummary(NOON - 3 * 86_400, NOON, {}, NOON), f"while you were away (3d 0h): queue drained at {AT_NOON}"),
    ],
)
def test_it_says_how_long_and_what(away: AwaySummary, words: str) -> None:
    """The most frequent outcome first; the key only where there are runs to show."""
    assert away_words(away, lambda action: SafeText("m")).plain == words


def test_a_key_that_reaches_nothing_is_not_named() -> None:
    """The user may have given it away."""
    said = away_words(AwaySummary(NOON - 150, NOON, {Status.COMPLETED: 1}), lambda action: SafeText(""))
    assert said.plain == "while you were away (2m): 1 completed"
