"""The query syntax of the prompt history is fzf's; what it finds is what a naive evaluator finds."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cordage_tui.domain.fuzzy_query import FIELD, Matcher, Term, TermKind, parse
from cordage_tui.domain.text import folded


def spelled(text: str) -> str:
    """A query as its groups, in a form that is quick to read."""
    return " & ".join(" | ".join(f"{'!' * term.inverse}{term.kind}({term.text})" for term in g) for g in parse(text))


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("", ""),
        ("  ", ""),
        ("Red  FOX", "fuzzy(red) & fuzzy(fox)"),
        ("'wild", "exact(wild)"),
        ("'wild'", "word(wild)"),
        ("^music", "prefix(music)"),
        (".mp3$", "suffix(.mp3)"),
        ("^fox$", "equal(fox)"),
        ("!fire", "!exact(fire)"),
        ("!'fire", "!fuzzy(fire)"),
        ("!^music", "!prefix(music)"),
        ("!.mp3$", "!suffix(.mp3)"),
        ("^core go$ | rb$ | py$", "prefix(core) & suffix(go) | suffix(rb) | suffix(py)"),
        ("red\\ fox 'a\\ b", "fuzzy(red fox) & exact(a b)"),
        ("| fox", "fuzzy(|) & fuzzy(fox)"),
        ("fox |", "fuzzy(fox)"),
        ("fox | !", "fuzzy(fox)"),
        ("fox | ! owl", "fuzzy(fox) | fuzzy(owl)"),
        ("! ^ ' $ ^$ !$", "fuzzy($) & !exact($)"),
        ("''", "exact(')"),
    ],
)
def test_syntax(text: str, means: str) -> None:
    """As fzf's parser reads it; a sign alone asks for nothing."""
    assert spelled(text) == means


def naive(query: str, line: str) -> bool:
    """Match as the syntax is described, one line at a time."""
    return all(any(occurs(term, line) is not term.inverse for term in group) for group in parse(query))


def occurs(term: Term, line: str) -> bool:
    fields, text = line.split(FIELD), term.text
    match term.kind:
        case TermKind.FUZZY:
            left = iter(line)
            return all(char in left for char in text)
        case TermKind.EXACT:
            return text in line
        case TermKind.PREFIX:
            return any(field.startswith(text) for field in fields)
        case TermKind.SUFFIX:
            return any(field.endswith(text) for field in fields)
        case TermKind.EQUAL:
            return text in fields
    places = [at for at in range(len(line)) if line.startswith(text, at)]
    word = re.compile(r"\w")
    return any(
        not (at and word.match(line[at - 1])) and not (at + len(text) < len(line) and word.match(line[at + len(text)]))
        for at in places
    )


LETTERS = st.sampled_from("aaaabbbb c-]^\\'ßéİ|" + FIELD)
TOKENS = st.text(alphabet=st.sampled_from("aaabbb-]^ßé'"), min_size=1, max_size=3)
QUERIES = st.lists(
    st.builds(
        "".join, st.tuples(st.sampled_from(["", "", "!", "'", "!'", "^"]), TOKENS, st.sampled_from(["", "$", "'"]))
    )
    | st.just("|"),
    max_size=4,
).map(" ".join)
LINES = st.lists(st.text(alphabet=LETTERS, max_size=12).map(folded), min_size=3, max_size=8)


def laid_out(lines: list[str]) -> tuple[str, list[int]]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    return "".join(f"{line}\n" for line in lines), starts


@settings(max_examples=600)
@given(QUERIES, LINES)
def test_it_agrees_with_a_naive_evaluator(query: str, lines: list[str]) -> None:
    """Line by line, and among many at once: nothing that matches is passed over."""
    matcher = Matcher(query)
    wanted = [n for n, line in enumerate(lines) if naive(query, line)]
    assert [n for n, line in enumerate(lines) if matcher.score(line) is not None] == wanted
    candidates = matcher.candidates(*laid_out(lines))
    assert [n for n in candidates if n in wanted] == wanted
    assert sorted(candidates) == list(candidates)


@settings(max_examples=600)
@given(QUERIES, QUERIES | st.text(alphabet="ab ", max_size=3), LINES)
def test_what_narrows_a_query_finds_only_what_that_finds(query: str, more: str, lines: list[str]) -> None:
    """So the lines that are known need not be looked for again; also where a letter is typed or taken back."""
    before = Matcher(query)
    matching = [n for n, line in enumerate(lines) if before.score(line) is not None]
    for longer in (query + more, f"{query} {more}", query[:-1], more):
        matcher = Matcher(longer)
        if matcher.narrows(before):
            found = [n for n, line in enumerate(lines) if matcher.score(line) is not None]
            assert set(found) <= set(matching)
            among = matcher.candidates(*laid_out(lines), (before, matching))
            assert set(found) <= set(among) <= set(matching)


@pytest.mark.parametrize("typed", ["red fox", "'red fox", "^red", "fox !snow"])
def test_each_letter_typed_narrows(typed: str) -> None:
    """Else a long history would be searched whole for each key."""
    for end in range(1, len(typed)):
        shorter, longer = Matcher(typed[:end]), Matcher(typed[: end + 1])
        if not typed[: end + 1].rpartition(" ")[2].startswith("!"):
            assert longer.narrows(shorter), typed[: end + 1]
    assert not Matcher("fox !sn").narrows(Matcher("fox !s"))
    assert not Matcher("fo$").narrows(Matcher("f$"))
    assert not Matcher("a | b").narrows(Matcher("a"))


@settings(max_examples=300)
@given(QUERIES, LINES)
def test_positions_are_in_the_line_and_spell_the_words(query: str, lines: list[str]) -> None:
    for line in lines:
        matcher = Matcher(query)
        places = matcher.positions(line)
        assert all(0 <= place < len(line) for place in places)
        if matcher.score(line) is None:
            assert not places
        elif len(matcher.groups) == len(matcher.groups and matcher.groups[0]) == 1 and not matcher.groups[0][0].inverse:
            assert "".join(line[place] for place in sorted(places)) == matcher.groups[0][0].text


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("fox", ["a red fox", "a firefox", "a fo x", "f o x", "f far away o and x"]),
        ("fox", ["the (fox) runs", "firefox"]),
        ("rf", ["surf", "red fox", "a raft"]),
        ("red fox", ["a fox, red", "a fox and a bored cat", "a fox in a reed bed"]),
        ("noir", [f"a fox{FIELD}style noir", "a renoir"]),
    ],
)
def test_what_is_together_and_begins_a_word_comes_first(query: str, lines: list[str]) -> None:
    scores = [Matcher(query).score(line) for line in lines]
    assert None not in scores
    assert scores == sorted(scores, reverse=True) and len(set(scores)) == len(scores)  # type: ignore[type-var]


@settings(max_examples=300)
@given(st.text(alphabet="abc", min_size=2, max_size=4), LINES, LINES)
def test_letters_together_beat_scattered_ones(text: str, some: list[str], others: list[str]) -> None:
    """Prompts are sentences: in a long one any few letters begin some words."""
    together = [Matcher(text).score(line) for line in (*some, *others) if text in line]
    scattered = [Matcher(text).score(line) for line in (*some, *others) if text not in line and naive(text, line)]
    assert min(together, default=999) > max(scattered, default=0)  # type: ignore[type-var]


def test_where_in_a_line_a_word_stands_makes_no_difference() -> None:
    """Then what was sent lately and often decides."""
    assert len({Matcher("fox").score(line) for line in ("fox", "a fox in snow", f"x{FIELD}y fox", "foxes")}) == 1
    long = "e" * 20_000
    assert Matcher("eq").score(long) is None
