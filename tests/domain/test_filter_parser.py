"""The language of the filter: the meaning of a text, and that every text has one."""

from datetime import UTC, datetime
from math import inf

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cordage_tui.domain.filter.expression import (
    EVERYTHING,
    IS_VALUES,
    STATUS_VALUES,
    Comparison,
    Conjunction,
    Disjunction,
    Expression,
    FieldTerm,
    FilterField,
    Negation,
    Operand,
    TextTerm,
    all_of,
    any_of,
    filter_text,
    steady_until,
)
from cordage_tui.domain.filter.parser import MAX_CHARACTERS, MAX_DEPTH, FilterVocabulary, UnknownWord, parse_filter

KNOWN = FilterVocabulary(
    webhooks=("Sunset", "Portrait of, (you)"),
    inputs=("seed", "style", "Steps", "age", "input", "input.x", 'odd "name": a', "image_url"),
)
FOX, OWL, ELK = map(TextTerm, ("fox", "owl", "elk"))


def term(field: FilterField, *values: str, name: str = "") -> FieldTerm:
    """A term with these values, each with its comparison before it."""
    found = []
    for value in values:
        text = value.lstrip("<>=")
        found.append(Operand(text, Comparison(value[: len(value) - len(text)])))
    return FieldTerm(field, tuple(found), name)


def parsed(text: str) -> Expression:
    """Parse a text that must be understood completely, and return its expression."""
    parsed_filter = parse_filter(text, KNOWN)
    assert parsed_filter.unknown == ()
    return parsed_filter.expression


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("", EVERYTHING),
        ("fox", FOX),
        ("fox owl", Conjunction((FOX, OWL))),
        ('"red fox" owl', Conjunction((TextTerm("red fox"), OWL))),
        (r'"a \"b\" \\ c"', TextTerm(r'a "b" \ c')),
        ('"half', TextTerm("half")),
        ('5"', TextTerm('5"')),
        ("-fox", Negation(FOX)),
        ("--fox", Negation(TextTerm("-fox"))),
        ("fox-owl", TextTerm("fox-owl")),
        ("-(fox owl)", Negation(Conjunction((FOX, OWL)))),
        ("-(-fox)", Negation(Negation(FOX))),
        ("fox | owl", Disjunction((FOX, OWL))),
        ("fox|owl", Disjunction((FOX, OWL))),
        ("fox owl | elk", Disjunction((Conjunction((FOX, OWL)), ELK))),
        ("fox (owl | elk)", Conjunction((FOX, Disjunction((OWL, ELK))))),
        ("(fox (owl) elk)", Conjunction((FOX, OWL, ELK))),
        ("fox, owl", Conjunction((TextTerm("fox,"), OWL))),
    ],
)
def test_words_phrases_and_groups(text: str, expression: Expression) -> None:
    """Adjacent words must all match, `|` binds less, and a minus sign negates the word directly after it."""
    assert parsed(text) == expression


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("status:failed", term(FilterField.STATUS, "failed")),
        ("STATUS:Failed", term(FilterField.STATUS, "failed")),
        ("status:failed,cancelled", term(FilterField.STATUS, "failed", "cancelled")),
        ("status:active", term(FilterField.STATUS, "active")),
        ("status:unmatched,missing", term(FilterField.STATUS, "unmatched", "missing")),
        ("status:sent,Lost", term(FilterField.STATUS, "unmatched", "missing")),  # the words of an earlier version
        ("status:c", term(FilterField.STATUS, "completed", "cancelled")),
        ("-status:ended", Negation(term(FilterField.STATUS, "ended"))),
        ("webhook:sun", term(FilterField.WEBHOOK, "sun")),
        ("webhook:=sunset", term(FilterField.WEBHOOK, "=sunset")),
        ("is:unr", term(FilterField.IS, "unrated")),
        ("ended:tod", term(FilterField.ENDED, "today")),
        ("ended:2h", term(FilterField.ENDED, "2h")),
        ('webhook:"Portrait of, (you)"', term(FilterField.WEBHOOK, "Portrait of, (you)")),
        ("is:kept", term(FilterField.IS, "kept")),
        ("is:k", term(FilterField.IS, "kept")),
        ("IS:Und", term(FilterField.IS, "undecided")),
        ("is:k stars:3", Conjunction((term(FilterField.IS, "kept"), term(FilterField.STARS, "3")))),
        ("fox is:rejected owl", Conjunction((FOX, term(FilterField.IS, "rejected"), OWL))),
        ("is:slow,uncertain", term(FilterField.IS, "slow", "uncertain")),
        ("stars:3", term(FilterField.STARS, "3")),
        ("stars:>=3", term(FilterField.STARS, ">=3")),
        ("stars:<3,=5", term(FilterField.STARS, "<3", "=5")),
        ("took:>2m", term(FilterField.TOOK, ">2m")),
        ("age:<1h30m", term(FilterField.AGE, "<1h30m")),
        ("since:Monday", term(FilterField.SINCE, "monday")),
        ("since:mon", term(FilterField.SINCE, "monday")),
        ("since:2h", term(FilterField.SINCE, "2h")),
        ("since:14:30", term(FilterField.SINCE, "14:30")),
        ("since:2026-11-01", term(FilterField.SINCE, "2026-11-01")),
        ("outputs:0", term(FilterField.OUTPUTS, "0")),
        ("error:timeout", term(FilterField.ERROR, "timeout")),
        ("batch:3f2", term(FilterField.BATCH, "3f2")),
        ("prompt:fox", term(FilterField.PROMPT, "fox")),
        ("has:image_url", term(FilterField.HAS, "image_url")),
        ("has:im", term(FilterField.HAS, "image_url")),
        ("seed:12", term(FilterField.INPUT, "12", name="seed")),
        ("style:noir,ink", term(FilterField.INPUT, "noir", "ink", name="style")),
        ('style:"line art"', term(FilterField.INPUT, "line art", name="style")),
        ("steps:>30", term(FilterField.INPUT, ">30", name="Steps")),
        ("style:=noir", term(FilterField.INPUT, "=noir", name="style")),
        ("input.age:30", term(FilterField.INPUT, "30", name="age")),
        ("input:x", None),
        ("input.input:x", term(FilterField.INPUT, "x", name="input")),
        (r'input."odd \"name\": a":x', term(FilterField.INPUT, "x", name='odd "name": a')),
    ],
)
def test_terms(text: str, expression: Expression | None) -> None:
    """Each field, and any input, is named by its name; a choice half typed means all its completions."""
    if expression is None:
        assert parsed(text) == term(FilterField.INPUT, "x", name="input")
    else:
        assert parsed(text) == expression


@pytest.mark.parametrize(
    "text", ["is:", "stars:", "stars:0", "status:", "steps:>", "seed:", "-", "-is:", "(", "()", "-()", '""', '" "', "|"]
)
def test_what_is_half_typed_asks_for_nothing_yet(text: str) -> None:
    """A term half typed matches everything, and next to other words, also in an alternative, it is ignored."""
    assert parsed(text) == EVERYTHING
    assert parsed(f"fox {text}") == FOX
    assert parsed(f"fox | {text}") == FOX


@pytest.mark.parametrize(
    ("text", "searched", "nearest"),
    [
        ("statsu:failed", "statsu:failed", "status:failed"),
        ("status:faild", "status:faild", "status:failed"),
        ("status:failed,xyz", "status:failed,xyz", ""),
        ("status:>failed", "status:>failed", "status:failed"),
        ("webhook:sunste", "webhook:sunste", "webhook:Sunset"),
        ("is:blue", "is:blue", ""),
        ("stars:9", "stars:9", ""),
        ("took:long", "took:long", ""),
        ("since:sundya", "since:sundya", "since:sunday"),
        ("steps:>many", "steps:>many", ""),
        ("styel:noir", "styel:noir", "style:noir"),
        ("has:imageurl", "has:imageurl", "has:image_url"),
        ("https://x.y/z?a", "https://x.y/z?a", ""),
        ('note:"a b",c', "note:a b,c", ""),
        ("input.nothing:1", "input.nothing:1", ""),
        ("this:kept", "this:kept", ""),
        (")", ")", ""),
    ],
)
def test_what_is_not_understood_is_searched_for_and_marked(text: str, searched: str, nearest: str) -> None:
    """The mark is on exactly that word, and names the nearest one that is known."""
    parsed_filter = parse_filter(f"fox {text} owl", KNOWN)
    assert parsed_filter.expression == Conjunction((FOX, TextTerm(searched), OWL))
    assert parsed_filter.unknown == (UnknownWord(4, 4 + len(text), nearest),)


def test_depth_and_length_have_ends() -> None:
    """Many parentheses and very long texts neither overflow the stack nor exceed SQLite's limits."""
    deep = parse_filter("(" * (MAX_DEPTH + 2) + "fox", KNOWN)
    assert deep.expression == Conjunction((TextTerm("("), TextTerm("("), FOX))
    assert deep.unknown == tuple(UnknownWord(at, at + 1, "") for at in (MAX_DEPTH, MAX_DEPTH + 1))
    assert len(parse_filter("(-" * MAX_CHARACTERS, KNOWN).unknown) > MAX_CHARACTERS // 3
    assert parsed("-(" * MAX_DEPTH + "fox")
    long = "fox " * MAX_CHARACTERS
    parsed_filter = parse_filter(long, KNOWN)
    assert len(parsed_filter.expression.parts) == MAX_CHARACTERS // 4  # type: ignore[union-attr]
    assert parsed_filter.unknown == (UnknownWord(MAX_CHARACTERS, len(long), ""),)


_TEXTS = st.text(min_size=1, max_size=8).filter(lambda text: bool(text.strip()))
_VALUES = st.one_of(_TEXTS.map(str.strip), st.sampled_from(["noir", ">30", "a,b", '"', "(x)", "-", "\\", "=", "12"]))
_TERMS = st.one_of(
    _TEXTS.map(TextTerm),
    st.sampled_from(["-a", "status:failed", '"', "a b", "(", "x|y", "seed:", 'input."']).map(TextTerm),
    st.lists(st.sampled_from(STATUS_VALUES), min_size=1, max_size=3, unique=True).map(
        lambda values: term(FilterField.STATUS, *values)
    ),
    st.lists(st.sampled_from(IS_VALUES), min_size=1, max_size=3, unique=True).map(
        lambda values: term(FilterField.IS, *values)
    ),
    st.sampled_from(["Sunset", "Portrait of, (you)", "p"]).map(lambda name: term(FilterField.WEBHOOK, name)),
    st.builds(
        lambda name, values: FieldTerm(FilterField.INPUT, tuple(map(Operand, values)), name),
        st.sampled_from(KNOWN.inputs),
        st.lists(_VALUES, min_size=1, max_size=3, unique=True),
    ),
    st.builds(
        lambda sign, field: term(field, f"{sign}3"),
        st.sampled_from(Comparison),
        st.sampled_from([FilterField.STARS, FilterField.TOOK, FilterField.OUTPUTS, FilterField.AGE]),
    ),
    st.builds(lambda field, text: FieldTerm(field, (Operand(text),)), st.sampled_from(["prompt", "error", "batch"]).map(FilterField), _VALUES),
)  # fmt: skip
EXPRESSIONS = st.recursive(
    _TERMS,
    lambda parts: st.one_of(
        parts.map(Negation),
        st.lists(parts, max_size=3).map(all_of),
        st.lists(parts, min_size=1, max_size=3).map(any_of),
    ),
    max_leaves=8,
).filter(lambda expression: "Conjunction(parts=())" not in repr(expression) or expression == EVERYTHING)


@given(EXPRESSIONS)
def test_what_is_written_is_read_again(expression: Expression) -> None:
    """`filter_text` and `parse_filter` are inverses for all texts and names."""
    parsed_filter = parse_filter(filter_text(expression), KNOWN)
    assert (parsed_filter.expression, parsed_filter.unknown) == (expression, ())


_PIECES = [
    "fox",
    " ",
    "-",
    "(",
    ")",
    "|",
    '"',
    "\\",
    ":",
    ",",
    ">",
    "=",
    "status",
    "status:",
    "is:k",
    "seed:",
    "input.",
    "\n",
    "é",
    "\ud800",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(_PIECES)).map("".join)))
@example('input."')
@example('"\\')
@example("-" * 100)
def test_no_text_is_too_odd(text: str) -> None:
    """Every text is parsed; its marks are ordered and inside it, and its meaning can be written and read again."""
    parsed_filter = parse_filter(text, KNOWN)
    places = [place for word in parsed_filter.unknown for place in (word.start, word.end)]
    assert places == sorted(places) and places[-1:] <= [len(text)]
    places_of_words = [place for word in parsed_filter.words for place in (word.start, word.end)]
    assert places_of_words == sorted(places_of_words)
    again = parse_filter(filter_text(parsed_filter.expression), KNOWN)
    assert (again.expression, again.unknown) == (parsed_filter.expression, ())


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("fox status:failed", False),
        ("fox -age:2h", True),
        ("fox | is:slow", True),
        ("is:kept", False),
        ("took:2m", True),
        ("ended:2h | since:2026-11-01", True),
        ("since:2026-11-01", False),
    ],
)
def test_time_alone_changes_what_some_terms_find(text: str, moves: bool) -> None:
    assert steady_until(parsed(text), 1_000.0) == (1_000.0 if moves else inf)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("status:failed ended:today", datetime(2026, 11, 26)),
        ("fox | since:monday", datetime(2026, 11, 26)),
        ("since:14:30", datetime(2026, 11, 26, 14, 30)),
        ("since:15:31,yesterday", datetime(2026, 11, 25, 15, 31)),
    ],
)
def test_a_day_is_steady_until_midnight(text: str, until: datetime) -> None:
    """The runs of today stay the same ones until there is another today, those since a time of day until it comes again."""
    now = datetime(2026, 11, 25, 15, 30, 20, tzinfo=UTC)
    assert steady_until(parsed(text), now.timestamp(), UTC) == until.replace(tzinfo=UTC).timestamp()
