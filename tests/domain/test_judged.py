"""Words of the filter that ask for verdicts."""

import pytest

from cordage_tui.domain.judged import Judged, Opinion, split
from cordage_tui.domain.output import Verdict


@pytest.mark.parametrize(
    ("text", "rest", "judged"),
    [
        ("red fox", "red fox", Judged()),
        ("is:kept", "", Judged(Opinion.KEPT)),
        ("fox is:rejected snow", "fox snow", Judged(Opinion.REJECTED)),
        ("IS:Und", "", Judged(Opinion.UNDECIDED)),
        ("is:k stars:3", "", Judged(Opinion.KEPT, 3)),
        ("is:kept is:rejected", "", Judged(Opinion.REJECTED)),
        ("stars:", "", Judged()),
        ("is:", "", Judged()),
        ("is:blue stars:9 this:kept", "is:blue stars:9 this:kept", Judged()),
    ],
)
def test_words_that_ask_for_verdicts_are_told_from_text(text, rest, judged):
    """Their first letters are enough, half a word asks for nothing yet, and whatever is no such word is text."""
    assert split(text) == (rest, judged)


@pytest.mark.parametrize(
    ("judged", "verdict", "allowed"),
    [
        (Judged(), Verdict(), True),
        (Judged(Opinion.KEPT), Verdict(True), True),
        (Judged(Opinion.KEPT), Verdict(False, 5), False),
        (Judged(Opinion.UNDECIDED), Verdict(None, 2), True),
        (Judged(Opinion.KEPT, 3), Verdict(True, 2), False),
        (Judged(stars=3), Verdict(False, 4), True),
    ],
)
def test_one_output_meets_all_of_it(judged, verdict, allowed):
    """An output that is kept and another with stars are not one that is both."""
    assert judged.allows(verdict) is allowed
