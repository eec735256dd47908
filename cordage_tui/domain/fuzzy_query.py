"""Fuzzy query in fzf's syntax: parsing, matching, scores, and what to highlight. Pure."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final, TypeAlias

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.text import folded

# Syntax: words are ANDed, `|` between two is OR and binds tighter; `'exact`, `'word'`, `^prefix`, `suffix$`, `!not`.

FIELD: Final = "\x1f"
"""Between the fields of a line, such as prompt and inputs: `^` and `$` mean the edges of any field."""


class TermKind(StrEnum):
    """Kind of a term: how its text must occur in a line."""

    FUZZY = "fuzzy"
    """Its characters in this order, with anything between them."""
    EXACT = "exact"
    WORD = "word"
    """Exactly, and not as a part of a longer word."""
    PREFIX = "prefix"
    SUFFIX = "suffix"
    EQUAL = "equal"
    """A field is nothing else."""


@dataclass(frozen=True, slots=True)
class Term:
    """Word of a query."""

    kind: TermKind
    text: str
    """Folded, not empty."""
    inverse: bool = False
    """It must not occur."""

    def implies(self, other: "Term") -> bool:
        """Return whether each line that matches this term surely matches the `other`."""
        if self == other:
            return True
        grows = self.kind is other.kind and self.kind in (TermKind.FUZZY, TermKind.EXACT, TermKind.PREFIX)
        return grows and not (self.inverse or other.inverse) and self.text.startswith(other.text)


Group: TypeAlias = tuple[Term, ...]
"""Terms of which one must match."""


def parse(text: str) -> tuple[Group, ...]:
    """Parse a query as fzf does, without its smart case; a backslash before a blank makes it part of a word. No text is an
    error: what has no meaning is searched for as it is, or left out where nothing remains of it."""
    groups: list[list[Term]] = []
    joins = False  # a bar came last
    for token in re.split("[ \t\n\x1f]+", text.replace("\\ ", "\0")):
        if token == "|" and groups and not joins:
            joins = True
            continue
        if (term := _term(folded(token.replace("\0", " ")))) is not None:
            if joins:
                groups[-1].append(term)
            else:
                groups.append([term])
            joins = False
    return tuple(map(tuple, groups))


def _term(token: str) -> Term | None:
    kind, inverse = TermKind.FUZZY, token.startswith("!")
    if inverse:
        kind, token = TermKind.EXACT, token[1:]
    if token != "$" and token.endswith("$"):
        kind, token = TermKind.SUFFIX, token[:-1]
    if len(token) > 2 and token[0] == token[-1] == "'":
        kind, token = TermKind.WORD, token[1:-1]
    elif token.startswith("'"):
        kind, token = TermKind.FUZZY if inverse else TermKind.EXACT, token[1:]
    elif token.startswith("^"):
        kind, token = TermKind.EQUAL if kind is TermKind.SUFFIX else TermKind.PREFIX, token[1:]
    return Term(kind, token, inverse) if token else None


# Scores, like fzf's, but characters that are together always beat scattered ones: prompts are sentences, in which any three
# letters begin some words.

_MATCH: Final = 16
"""Points of a character that matches."""
_GAP: Final = 10
"""Taken off for the first character of a gap; one for each further one."""
_AT_WORD: Final = 8
"""Points of a match that begins at the beginning of a word, for each character up to the first gap; twice for the first."""
_TOGETHER: Final = 4
"""Points of each further character without a gap within a word, where not all are together."""

Span: TypeAlias = tuple[int, int]


class Matcher:
    """Compiled query. A line is folded, its fields separated by `FIELD`; it has no newlines."""

    def __init__(self, text: str) -> None:
        self.groups = parse(text)
        self._find = {term: _finder(term) for group in self.groups for term in group}
        self._pattern = {
            term: re.compile(_line_pattern(term.text)) for term in self._find if term.kind is TermKind.FUZZY
        }
        self._scores = [[(term, self._find[term], _score_of(term)) for term in group] for group in self.groups]

    def narrows(self, other: "Matcher") -> bool:
        """Return whether each line that matches surely matches the `other`, so that only those need to be looked at."""
        return all(any(_implies(mine, its) for mine in self.groups) for its in other.groups)

    def candidates(
        self, lines: str, starts: Sequence[int], known: "tuple[Matcher, Iterable[int]] | None" = None
    ) -> Sequence[int]:
        """Return the numbers of the lines that may match, in order, without the trouble of looking at each one.

        `lines`: all lines, each ended by a newline; `starts`: where each begins, and the end of the last. `known`: a matcher
        that this one narrows, and the lines that match it.
        """
        before, matching = known or (None, range(len(starts) - 1))
        found: set[int] | None = None
        for group in self.groups:
            if before is not None and group in before.groups:
                continue
            if not any(term.inverse for term in group):
                mine = {n for term in group for n in self._with_term(term, lines, starts)}
                found = mine if found is None else found & mine
                if not found:
                    return ()
        return [*matching] if found is None else [n for n in matching if n in found]

    def score(self, line: str) -> int | None:
        """Score a line; None: it does not match."""
        total = 0
        for group in self._scores:
            for term, find, score in group:
                span = find(line)
                if (span is None) is term.inverse:
                    if span is not None:
                        total += score(line, span)
                    break
            else:
                return None
        return total

    def positions(self, line: str) -> frozenset[int]:
        """Return the places of the characters that match; none where the line does not match."""
        found: set[int] = set()
        for group in self.groups:
            for term in group:
                span = self._find[term](line)
                if span is not None and not term.inverse:
                    found.update(_places(term, line, span))
                    break
        return frozenset(found) if self.score(line) is not None else frozenset()

    def _with_term(self, term: Term, lines: str, starts: Sequence[int]) -> Iterator[int]:
        """Lines that have at least the characters of the term, as `term.kind` has them together or not."""
        if term.kind is TermKind.FUZZY:
            hits = self._pattern[term].findall(lines)
            return (n for n, hit in enumerate(hits) if hit)
        return _lines_with(term.text, lines, starts)


def _lines_with(text: str, lines: str, starts: Sequence[int]) -> Iterator[int]:
    at = lines.find(text)
    while at >= 0:
        line = bisect_right(starts, at) - 1
        yield line
        at = lines.find(text, starts[line + 1])


def _implies(mine: Group, its: Group) -> bool:
    return all(any(term.implies(other) for other in its) for term in mine)


def _line_pattern(text: str) -> str:
    """Pattern that matches one whole line after the other, with a group that has matched where the characters of `text`
    occur in this order: so no place of a line is looked at twice."""
    *before, last = ("\\n" if char == "\n" else re.escape(char) for char in text)
    gaps = "".join(f"[^{char}\\n]*{char}" for char in before)
    return f"(?:{gaps}[^{last}\\n]*({last}))?[^\\n]*\\n"


def _finder(term: Term) -> Callable[[str], Span | None]:
    """Function that finds the best place of a term in a line."""
    text = term.text
    match term.kind:
        case TermKind.FUZZY:
            return lambda line: _exact(text, line) or _fuzzy(text, line)
        case TermKind.EXACT:
            return lambda line: _exact(text, line)
        case TermKind.WORD:
            before, after = r"(?<!\w)", r"(?!\w)"
        case TermKind.PREFIX:
            before, after = rf"(?<![^{FIELD}])", ""
        case TermKind.SUFFIX:
            before, after = "", rf"(?![^{FIELD}])"
        case TermKind.EQUAL:
            before, after = rf"(?<![^{FIELD}])", rf"(?![^{FIELD}])"
    search = re.compile(before + re.escape(text) + after).search

    def find(line: str) -> Span | None:
        found = search(line)
        return found.span() if found else None

    return find


def _exact(text: str, line: str) -> Span | None:
    """The first place where `text` begins a word, else the first one."""
    first = at = line.find(text)
    while at > 0 and line[at - 1].isalnum():
        at = line.find(text, at + 1)
    at = first if at < 0 else at
    return None if at < 0 else (at, at + len(text))


def _fuzzy(text: str, line: str) -> Span | None:
    """The shortest stretch that ends where the characters of `text` can first end."""
    end = -1
    for char in text:
        end = line.find(char, end + 1)
        if end < 0:
            return None
    begin = end + 1
    for char in reversed(text):
        begin = line.rfind(char, 0, begin)
    return begin, end + 1


def _score_of(term: Term) -> Callable[[str, Span], int]:
    size = len(term.text)
    inside = (_MATCH + _AT_WORD) * size
    at_word = _MATCH * size + _AT_WORD * (size + 1)

    def score(line: str, span: Span) -> int:
        begin, end = span
        if end - begin == size:
            return inside if begin and line[begin - 1].isalnum() else at_word
        return _gapped(line, _places(term, line, span))

    return score


def _gapped(line: str, places: Sequence[int]) -> int:
    """Score of characters that are not all together."""
    total, before, bonus = _MATCH * len(places), -2, 0
    for place in places:
        gap = place - before - 1
        if gap:
            begins = not (place and line[place - 1].isalnum())
            bonus = _AT_WORD if begins else 0
            total += 2 * bonus if before < 0 else bonus - _GAP - (gap - 1)
        else:
            total += bonus or _TOGETHER
        before = place
    return total


def _places(term: Term, line: str, span: Span) -> Sequence[int]:
    begin, end = span
    if end - begin == len(term.text):
        return range(begin, end)
    places = []
    for char in term.text:
        begin = line.index(char, begin) + 1
        places.append(begin - 1)
    return places
