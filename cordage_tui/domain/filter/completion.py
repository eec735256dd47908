"""Completion of a filter: the word under the cursor, what it may become, and the text once that is taken."""

from collections.abc import Mapping, Sequence

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.filter.expression import FilterField, input_name, value_text
from cordage_tui.domain.filter.parser import (
    FilterVocabulary,
    ParsedFilter,
    UnknownWord,
    ValueSpan,
    WordSpan,
    resolve_name,
)
from cordage_tui.domain.run import STATUS_GROUPS

Counts = Mapping[str, int]
"""Value → runs that have it."""


@dataclass(frozen=True, slots=True)
class FilterCompletion:
    """Completion at the cursor."""

    field: FilterField | None = None
    """Field whose value is typed; None: a name, or nothing yet."""
    name: str = ""
    """Of the input, where the field is INPUT."""
    candidates: tuple[str, ...] = ()
    """Values, or names with their colon, that begin as typed, the best first."""
    start: int = 0
    """Where in the text a candidate goes, in place of what follows."""
    ghost: str = ""
    """Rest of the best candidate; empty: there is none, or the cursor is not at the end of the text."""
    taken: str = ""
    """Text once the ghost is taken."""
    unknown: UnknownWord | None = None
    """Word under the cursor, else the first of all, that is not understood."""


def complete(
    text: str, cursor: int, parsed: ParsedFilter, vocabulary: FilterVocabulary, counts: Counts | None = None
) -> FilterCompletion:
    """Complete the word of `text` at the cursor. `counts`: of the field typed; None: not known."""
    word = next((word for word in parsed.words if word.start <= cursor <= word.end), None)
    here = next((mark for mark in parsed.unknown if mark.start <= cursor <= mark.end), None)
    if word is None:
        unknown = parsed.unknown[0] if parsed.unknown and text[cursor - 1 : cursor].isspace() else here
        return FilterCompletion(candidates=_names("", vocabulary), start=cursor, unknown=unknown)
    if word.name is None:
        return _complete_name(text, cursor, word, vocabulary, here)
    named = resolve_name(word, vocabulary)
    if named is None:
        return FilterCompletion(unknown=here)
    field, name = named
    value = next((value for value in word.values if value.start <= cursor <= value.end), word.values[-1])
    others = {other.text.casefold() for other in word.values if other is not value}
    values = (one for one in _values(field, vocabulary, counts) if one.casefold() not in others)
    candidates = tuple(one for one in values if _begins(one, value.text))
    begun = _rest(candidates, value.text) if cursor == len(text) else None
    if begun is None:
        return FilterCompletion(field, name, candidates, value.start, unknown=here)
    taken = _replaced(text, value, value_text(begun))
    return FilterCompletion(field, name, candidates, value.start, begun[len(value.text) :], taken, here)


def _complete_name(
    text: str, cursor: int, word: WordSpan, vocabulary: FilterVocabulary, unknown: UnknownWord | None
) -> FilterCompletion:
    """Complete a word without a colon to a name; a phrase is none."""
    typed = text[word.start : word.end]
    if typed.startswith('"'):
        return FilterCompletion()
    candidates = _names(typed, vocabulary)
    begun = _rest(candidates, typed) if cursor == len(text) else None
    if begun is None:
        return FilterCompletion(candidates=candidates, start=word.start, unknown=unknown)
    taken = f"{text[: word.start]}{begun}"
    return FilterCompletion(None, "", candidates, word.start, begun[len(typed) :], taken, unknown)


def _names(typed: str, vocabulary: FilterVocabulary) -> tuple[str, ...]:
    """List the names that begin so, fields first."""
    fields = (field.value for field in FilterField if field is not FilterField.INPUT)
    names = (f"{name}:" for name in (*fields, *map(input_name, vocabulary.inputs)))
    return tuple(name for name in names if _begins(name, typed))


def _values(field: FilterField, vocabulary: FilterVocabulary, counts: Counts | None) -> Sequence[str]:
    """List the values of a field, the most frequent first, words for several statuses last."""
    known = counts or {}
    if field in (FilterField.INPUT, FilterField.WEBHOOK, FilterField.HAS, FilterField.TAG, FilterField.AUTHOR):
        return sorted(dict.fromkeys((*vocabulary.values(field), *known)), key=lambda one: -known.get(one, 0))
    if field is FilterField.STATUS:
        return sorted(vocabulary.values(field), key=lambda one: (one in STATUS_GROUPS, -known.get(one, 0)))
    return vocabulary.values(field)


def _begins(candidate: str, typed: str) -> bool:
    return candidate[: len(typed)].casefold() == typed.casefold()


def _rest(candidates: Sequence[str], typed: str) -> str | None:
    """Return the best candidate that is longer than what is typed."""
    return next((one for one in candidates if len(one) > len(typed)), None)


def _replaced(text: str, value: ValueSpan, by: str) -> str:
    return f"{text[: value.start]}{by}{text[value.end :]}"
