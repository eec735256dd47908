"""Outputs that a filter asks for, among those of the runs it finds."""

import pytest

from cordage_tui.domain.filter.output_filter import asks_for
from cordage_tui.domain.filter.parser import FilterVocabulary, parse_filter
from cordage_tui.domain.output import UNJUDGED, FileKind, Rating

RATINGS = {"kept": Rating(True, 4), "rejected": Rating(False, 2), "starred": Rating(None, 5), "unjudged": UNJUDGED}

KINDS = dict.fromkeys(RATINGS, FileKind.IMAGE) | {"starred": FileKind.VIDEO}


@pytest.mark.parametrize(
    ("text", "outputs"),
    [
        ("fox", "kept rejected starred unjudged"),
        ("is:kept", "kept"),
        ("is:kept,undecided fox seed:12", "kept starred unjudged"),
        ("stars:4", "kept starred"),
        ("stars:<4", "rejected"),
        ("stars:=5 is:undecided", "starred"),
        ("-is:rejected", "kept starred unjudged"),
        ("-(is:rejected | stars:5)", "kept unjudged"),
        ("-(is:kept fox)", "kept rejected starred unjudged"),
        ("is:kept | fox", "kept rejected starred unjudged"),
        ("is:kept | is:rejected", "kept rejected"),
        ("kind:image", "kept rejected unjudged"),
        ("kind:video,text", "starred"),
        ("-kind:video", "kept rejected unjudged"),
        ("kind:image -is:rejected", "kept unjudged"),
        ("today kept", "kept"),
        ("is:unrated", "kept rejected starred unjudged"),
    ],
)
def test_terms_about_outputs_choose_outputs(text: str, outputs: str) -> None:
    """Others are about the run, and ask for all of its outputs."""
    expression = parse_filter(text, FilterVocabulary(inputs=("seed",))).expression
    assert [name for name, rating in RATINGS.items() if asks_for(expression, rating, KINDS[name])] == outputs.split()
