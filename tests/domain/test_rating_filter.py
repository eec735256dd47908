"""A condition on the user's verdict of an output."""

import pytest

from cordage_tui.domain.output import Decision, Rating, RatingFilter


@pytest.mark.parametrize(
    ("judged", "verdict", "allowed"),
    [
        (RatingFilter(), Rating(), True),
        (RatingFilter(Decision.KEPT), Rating(True), True),
        (RatingFilter(Decision.KEPT), Rating(False, 5), False),
        (RatingFilter(Decision.UNDECIDED), Rating(None, 2), True),
        (RatingFilter(Decision.KEPT, 3), Rating(True, 2), False),
        (RatingFilter(stars=3), Rating(False, 4), True),
    ],
)
def test_one_output_meets_all_of_it(judged, verdict, allowed):
    """An output that is kept and another with stars are not one that is both."""
    assert judged.allows(verdict) is allowed
