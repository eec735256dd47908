"""Completion of a filter: the word under the cursor, its candidates, and the text once one is accepted."""

from collections.abc import Mapping, Sequence

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.filter.expression import DAYS, FilterField, input_name, value_text
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
    """Name of the input if the field is INPUT."""
    candidates: tuple[str, ...] = ()
    """Values, or names with their colon, that begin as typed, the best first."""
    start: int = 0
    """Where in the text a candidate is inserted, in place of the text after it."""
    ghost: str = ""
    """Rest of the best candidate; empty: there is none, or the cursor is not at the end of the text."""
    taken: str = ""
    """Text once the ghost is taken, or the nearest known word in the place of `unknown`; empty: there is neither."""
    unknown: UnknownWord | None = None
    """Word under the cursor that is not understood, or the first such word of all."""


def complete(
    text: str, cursor: int, parsed: ParsedFilter, vocabulary: FilterVocabulary, counts: Counts | None = None
) -> FilterCompletion:
    """Complete the word of `text` at the cursor. `counts`: of the field typed; None: not known."""
    word = next((word for word in parsed.words if word.start <= cursor <= word.end), None)
    marked = next((mark for mark in parsed.unknown if mark.start <= cursor <= mark.end), None)
    if word is None:
        unknown = parsed.unknown[0] if parsed.unknown and text[cursor - 1 : cursor].isspace() else marked
        return FilterCompletion(candidates=_names("", vocabulary), start=cursor, unknown=unknown)
    if word.name is None:
        return _complete_name(text, cursor, word, vocabulary, marked)
    named = resolve_name(word, vocabulary)
    if named is None:
        return FilterCompletion(unknown=marked, taken=_corrected(text, marked))
    field, name = named
    value = next((value for value in word.values if value.start <= cursor <= value.end), word.values[-1])
    used_values = {other.text.casefold() for other in word.values if other is not value}
    values = (
        value_name for value_name in _values(field, vocabulary, counts) if value_name.casefold() not in used_values
    )
    candidates = tuple(value_name for value_name in values if _begins(value_name, value.text))
    begun = _rest(candidates, value.text) if cursor == len(text) else None
    if begun is None:
        taken = _corrected(text, marked)
        return FilterCompletion(field, name, candidates, value.start, taken=taken, unknown=marked)
    completed = _replaced(text, value, value_text(begun))
    return FilterCompletion(field, name, candidates, value.start, begun[len(value.text) :], completed, marked)


def _corrected(text: str, unknown: UnknownWord | None) -> str:
    """Return the text with the nearest known word in the place of one that is not understood; empty: none is near."""
    if unknown is None or not unknown.nearest:
        return ""
    return f"{text[: unknown.start]}{unknown.nearest}{text[unknown.end :]}"


def _complete_name(
    text: str, cursor: int, word: WordSpan, vocabulary: FilterVocabulary, unknown: UnknownWord | None
) -> FilterCompletion:
    """Complete a word without a colon to a name; a phrase has no completion."""
    typed = text[word.start : word.end]
    if typed.startswith('"'):
        return FilterCompletion()
    candidates = _names(typed, vocabulary)
    begun = _rest(candidates, typed) if cursor == len(text) else None
    if begun is None:
        return FilterCompletion(candidates=candidates, start=word.start, unknown=unknown)
    completed = f"{text[: word.start]}{begun}"
    return FilterCompletion(None, "", candidates, word.start, begun[len(typed) :], completed, unknown)


def _names(typed: str, vocabulary: FilterVocabulary) -> tuple[str, ...]:
    """List the names that begin so, fields first, and the days that need none."""
    fields = (field.value for field in FilterField if field is not FilterField.INPUT)
    names = (*(f"{name}:" for name in (*fields, *map(input_name, vocabulary.inputs))), *DAYS)
    return tuple(name for name in names if _begins(name, typed))


def _values(field: FilterField, vocabulary: FilterVocabulary, counts: Counts | None) -> Sequence[str]:
    """List the values of a field, the most frequent first, words for several statuses last."""
    known_counts = counts or {}
    if field in (FilterField.INPUT, FilterField.WEBHOOK, FilterField.HAS, FilterField.TAG, FilterField.AUTHOR):
        return sorted(
            dict.fromkeys((*vocabulary.values(field), *known_counts)), key=lambda choice: -known_counts.get(choice, 0)
        )
    if field is FilterField.STATUS:
        return sorted(
            vocabulary.values(field), key=lambda choice: (choice in STATUS_GROUPS, -known_counts.get(choice, 0))
        )
    return vocabulary.values(field)


def _begins(candidate: str, typed: str) -> bool:
    return candidate[: len(typed)].casefold() == typed.casefold()


def _rest(candidates: Sequence[str], typed: str) -> str | None:
    """Return the best candidate that is longer than the typed text."""
    return next((candidate for candidate in candidates if len(candidate) > len(typed)), None)


def _replaced(text: str, value: ValueSpan, by: str) -> str:
    return f"{text[: value.start]}{by}{text[value.end :]}"
