"""Words of the filter that ask for verdicts."""

import pytest

from cordage_tui.domain.output import Decision, Rating, RatingFilter, parse_rating_filter


@pytest.mark.parametrize(
    ("text", "rest", "judged"),
    [
        ("red fox", "red fox", RatingFilter()),
        ("is:kept", "", RatingFilter(Decision.KEPT)),
        ("fox is:rejected snow", "fox snow", RatingFilter(Decision.REJECTED)),
        ("IS:Und", "", RatingFilter(Decision.UNDECIDED)),
        ("is:k stars:3", "", RatingFilter(Decision.KEPT, 3)),
        ("is:kept is:rejected", "", RatingFilter(Decision.REJECTED)),
        ("stars:", "", RatingFilter()),
        ("is:", "", RatingFilter()),
        ("is:blue stars:9 this:kept", "is:blue stars:9 this:kept", RatingFilter()),
    ],
)
def test_words_that_ask_for_verdicts_are_told_from_text(text, rest, judged):
    """Their first letters are enough, half a word asks for nothing yet, and whatever is no such word is text."""
    assert parse_rating_filter(text) == (rest, judged)


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
