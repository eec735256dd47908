"""Filters as people type them who have never read the manual: each has the meaning that they have in mind."""

import pytest

from cordage_tui.domain.filter.completion import complete
from cordage_tui.domain.filter.expression import Conjunction, Disjunction, Expression, Negation, TextTerm, filter_text
from cordage_tui.domain.filter.parser import FilterVocabulary, nearest_value, parse_filter

KNOWN = FilterVocabulary(webhooks=("Portrait", "Sunset"), inputs=("seed", "style", "steps"), tags=("best",))

QUERIES = {
    "failed": "failed",
    "failed today": "failed since:today",
    "yesterday": "since:yesterday -since:today",
    "kind:image": "kind:image",
    "kind:video kept": "kind:video is:kept",
    "kind:text OR kind:json": "kind:text | kind:json",
    "seed=7": "seed:=7",
    "style=anime failed": "style:=anime failed",
    "cat OR dog": "cat | dog",
    "cat AND dog": "cat dog",
    "NOT failed": "-failed",
    "not failed": "-failed",
    "failed or canceled": "failed | canceled",
    "(cat OR dog) today": "(cat | dog) since:today",
    '"blue sky"': '"blue sky"',
    "steps>20": "steps:>20",
    "stars>=4": "stars:>=4",
    "webhook:portrait": "webhook:portrait",
    "tag:best -failed": "tag:best -failed",
    "rejected": "is:rejected | status:rejected",
    "!failed": "-failed",
}
"""Query → the same in signs. They were written down before the language was changed; 4 of all 25 were understood then."""
LED = {"duration:>1m": "took:>1m", "created:today": "since:today", "after:yesterday": "since:yesterday"}
"""Query with the name of another program → what `tab` makes of it."""
NOT_KNOWN = ("cost>0.5",)
"""Query that has no answer: Cordage tells no price of a run."""


@pytest.mark.parametrize(("typed", "meant"), QUERIES.items())
def test_a_natural_query_does_what_is_meant(typed: str, meant: str) -> None:
    """Nothing of it is unknown, and it is the same filter as the one in signs."""
    parsed = parse_filter(typed, KNOWN)
    assert parsed.unknown == ()
    assert parsed.expression == parse_filter(meant, KNOWN).expression
    assert parse_filter(filter_text(parsed.expression), KNOWN).expression == parsed.expression


@pytest.mark.parametrize(("typed", "meant"), LED.items())
def test_a_name_of_another_program_leads_to_ours(typed: str, meant: str) -> None:
    """It is marked, the term that is meant is named, and `tab` puts it there."""
    for before in ("", "fox "):
        text = before + typed
        parsed = parse_filter(text, KNOWN)
        assert [unknown.nearest for unknown in parsed.unknown] == [meant]
        assert complete(text, len(text), parsed, KNOWN).taken == before + meant
        assert parse_filter(before + meant, KNOWN).unknown == ()


def test_of_twenty_five_natural_queries_almost_all_lead_to_their_runs() -> None:
    """The rest is marked as not known."""
    assert len(QUERIES) + len(LED) + len(NOT_KNOWN) == 25
    assert len(QUERIES) + len(LED) >= 22
    for typed in NOT_KNOWN:
        assert parse_filter(typed, KNOWN).unknown


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("date:2026-11-01", "since:2026-11-01"),
        ("before:monday", "-since:monday"),
        ("older:2d", "age:2d"),
        ("type:image", "kind:image"),
        ("kind:png", "kind:image"),
        ("rating:4", "stars:4"),
        ("rating>=4", "stars:>=4"),
        ("state:failed", "status:failed"),
        ("status:done", "status:completed"),
        ("status:kept", "is:kept"),
        ("is:failed", "status:failed"),
        ("is:favourite", "is:kept"),
        ("workflow:Sunset", "webhook:Sunset"),
        ("sed=7", "seed:=7"),
        ("sed!=7", "-seed:=7"),
    ],
)
def test_what_is_meant_is_suggested(typed: str, nearest: str) -> None:
    """A field or a value that is called otherwise here is named, with what was typed after it."""
    [unknown] = parse_filter(typed, KNOWN).unknown
    assert unknown.nearest == nearest
    assert parse_filter(nearest, KNOWN).unknown == ()


def test_an_input_of_the_user_is_no_name_of_another_program() -> None:
    """`duration` is the input if a workflow has one."""
    parsed = parse_filter("duration:>5", FilterVocabulary(inputs=("duration",)))
    assert parsed.unknown == () and filter_text(parsed.expression) == "duration:>5"


CAT, DOG, FAILED = map(TextTerm, ("cat", "dog", "failed"))


@pytest.mark.parametrize(
    ("typed", "expression"),
    [
        ("cat and dog", Conjunction((CAT, TextTerm("and"), DOG))),
        ("cat or dog", Conjunction((CAT, TextTerm("or"), DOG))),
        ("cat or failed", Conjunction((CAT, TextTerm("or"), FAILED))),
        ("day OR night", Disjunction((TextTerm("day"), TextTerm("night")))),
        ('cat "OR" dog', Conjunction((CAT, TextTerm("OR"), DOG))),
        ("cat not dog", Conjunction((CAT, TextTerm("not"), DOG))),
        ('"today"', TextTerm("today")),
        ('"kept"', TextTerm("kept")),
        ("today's", TextTerm("today's")),
        ("ORCHID", TextTerm("ORCHID")),
        ("wow!", TextTerm("wow!")),
        ("NOT (cat dog)", Negation(Conjunction((CAT, DOG)))),
        ("NOT cat OR dog", Disjunction((Negation(CAT), DOG))),
        ("NOT NOT cat", CAT),
        ("cat | dog", Disjunction((CAT, DOG))),
    ],
)
def test_a_word_of_a_prompt_stays_a_word(typed: str, expression: Expression) -> None:
    """OR, AND and NOT are operators in capitals, and in small letters between terms only; quotes make any word text."""
    parsed = parse_filter(typed, KNOWN)
    assert parsed.unknown == () and parsed.expression == expression


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("status:failed or is:kept", "status:failed | is:kept"),
        ("is:kept and not status:failed", "is:kept -status:failed"),
        ("failed and not today", "failed -since:today"),
        ("kept or (cat dog)", "is:kept | cat dog"),
        ("seed=7,8", "seed:=7,=8"),
        ("seed!=7", "-seed:=7"),
        ("status=failed", "status:failed"),
        ("webhook=sunset", "webhook:=sunset"),
        ("webhook=sun", "webhook:sun"),
        ("input.seed>=3", "seed:>=3"),
        ("status:canceled", "status:cancelled"),
    ],
)
def test_small_letters_and_signs_of_comparison_are_read_between_terms(typed: str, meant: str) -> None:
    assert parse_filter(typed, KNOWN).expression == parse_filter(meant, KNOWN).expression
    assert parse_filter(typed, KNOWN).unknown == ()


@pytest.mark.parametrize(
    "typed", ["OR", "AND", "NOT", "cat OR", "OR cat", "cat AND", "cat NOT", "NOT OR cat", "cat OR NOT"]
)
def test_an_operator_half_typed_changes_nothing_yet(typed: str) -> None:
    """The list does not empty while the next word is typed."""
    expression = parse_filter(typed, KNOWN).expression
    assert expression == (CAT if "cat" in typed else Conjunction())


def test_an_empty_list_asks_whether_or_was_meant() -> None:
    """`or` in small letters is a word of the prompt, and the reason of an empty list says how it is an operator."""
    assert nearest_value(TextTerm("or"), KNOWN) == "OR"
