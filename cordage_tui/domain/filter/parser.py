"""Parser of filter expressions. Any text is one: a word that is not understood is searched as text, and is marked."""

import re
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.filter.expression import (
    COMPARABLE,
    EVERYTHING,
    HAS_VALUES,
    IS_VALUES,
    ME,
    NAME,
    SINCE_VALUES,
    STAR_VALUES,
    STATUS_VALUES,
    Comparison,
    Expression,
    FieldTerm,
    FilterField,
    Negation,
    Operand,
    TextTerm,
    all_of,
    any_of,
    filter_text,
    input_name,
    moment,
    number,
)
from cordage_tui.domain.run import EARLIER_STATUS_WORDS
from cordage_tui.domain.safe_text import closest
from cordage_tui.domain.time_span import span_s

MAX_CHARACTERS: Final = 2_000
"""Length of text that is read; people type less, and SQLite limits the number of parameters."""
TAG_ALIAS: Final = "t"
"""Short name of the field `tag`, unless an input has it."""
_ALIKE: Final = 0.7
"""Similarity from which on a known word is suggested, from 0 to 1."""
MAX_DEPTH: Final = 20
"""Parentheses within each other."""
_SKIPPED: Final = re.compile(r"(?:\s|-(?=[\s|)]|$))+")
"""Blanks, and a minus sign that is half a word yet."""
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|\\?$)', re.DOTALL)
_COMPARISON: Final = re.compile(r"[<>]=?|=|")
_TEXT: Final = re.compile(r"[^\s|()]+")
_VALUE: Final = re.compile(r"[^\s|(),]*")


# The known names and the result of parsing.


@dataclass(frozen=True, slots=True)
class FilterVocabulary:
    """Names that a filter may use besides those of its fields."""

    webhooks: tuple[str, ...] = ()
    """The user's names of the webhooks."""
    inputs: tuple[str, ...] = ()
    """Names of inputs that have been sent."""
    tags: tuple[str, ...] = ()
    """Tags of runs."""
    authors: tuple[str, ...] = ()
    """Names of who submitted runs, besides the user."""

    def values(self, field: FilterField) -> tuple[str, ...]:
        """List the values that a field is chosen from; empty: any text or figure."""
        fixed = {
            FilterField.STATUS: STATUS_VALUES,
            FilterField.IS: IS_VALUES,
            FilterField.STARS: STAR_VALUES,
            FilterField.SINCE: SINCE_VALUES,
            FilterField.ENDED: SINCE_VALUES,
            FilterField.HAS: (*HAS_VALUES, *self.inputs),
            FilterField.WEBHOOK: self.webhooks,
            FilterField.TAG: self.tags,
            FilterField.AUTHOR: (ME, *self.authors),
        }
        return fixed.get(field, ())


@dataclass(frozen=True, slots=True)
class ValueSpan:
    """Value of a word, and its place in the text."""

    start: int
    """Start of its text or quotation mark, after the comparison."""
    end: int
    text: str
    comparison: Comparison = Comparison.NONE


@dataclass(frozen=True, slots=True)
class WordSpan:
    """A word of the text, without the minus sign before it."""

    start: int
    end: int
    name: str | None
    """Text before the colon; None: the word is not a term."""
    is_input: bool
    """The name follows `input.`."""
    values: tuple[ValueSpan, ...]


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A word that is searched for as text although it looks like more."""

    start: int
    end: int
    nearest: str
    """The nearest known word, with the value of this one; empty: none is near."""


@dataclass(frozen=True, slots=True)
class ParsedFilter:
    """Meaning of a text."""

    expression: Expression
    words: tuple[WordSpan, ...]
    unknown: tuple[UnknownWord, ...]


@lru_cache(8)  # the typed text is parsed by the field, its rows and its title
def parse_filter(text: str, vocabulary: FilterVocabulary) -> ParsedFilter:
    """Parse a filter. Never raises; a word half typed, such as `is:`, asks for nothing yet."""
    parser = _Parser(text[:MAX_CHARACTERS], vocabulary)
    expression = parser.alternatives(0)
    if len(text) > MAX_CHARACTERS:
        parser.unknown.append(UnknownWord(MAX_CHARACTERS, len(text), ""))
    return ParsedFilter(expression, tuple(parser.words), tuple(parser.unknown))


class _Parser:
    """Recursive descent: alternatives of conjunctions of words, phrases, terms and groups."""

    def __init__(self, text: str, vocabulary: FilterVocabulary) -> None:
        self._text = text
        self._vocabulary = vocabulary
        self._at = 0
        self.words: list[WordSpan] = []
        self.unknown: list[UnknownWord] = []

    def alternatives(self, depth: int) -> Expression:
        """Parse up to the end of the text, or of the group `depth` parentheses deep."""
        parts = [self._conjunction(depth)]
        while self._next() == "|":
            self._at += 1
            parts.append(self._conjunction(depth))
        return any_of(parts)

    def _next(self) -> str:
        """Skip blanks, and return the next character; empty at the end."""
        if blank := _SKIPPED.match(self._text, self._at):
            self._at = blank.end()
        return self._text[self._at : self._at + 1]

    def _conjunction(self, depth: int) -> Expression:
        parts = []
        while (char := self._next()) and char != "|" and not (char == ")" and depth):
            parts.append(self._factor(char, depth))
        return all_of(parts)

    def _factor(self, char: str, depth: int) -> Expression:
        if char == "-":
            self._at += 1
            part = self._factor(self._text[self._at], depth) if self._text[self._at] != "-" else self._word()
            return EVERYTHING if part == EVERYTHING else Negation(part)
        if char == "(" and depth < MAX_DEPTH:
            self._at += 1
            group = self.alternatives(depth + 1)
            self._at += self._text[self._at : self._at + 1] == ")"
            return group
        if char in "()":
            self._at += 1
            self.unknown.append(UnknownWord(self._at - 1, self._at, ""))
            return TextTerm(char)
        return self._word()

    def _word(self) -> Expression:
        word = _scanned(self._text, self._at)
        self._at = word.end
        self.words.append(word)
        if word.name is None:
            text = word.values[0].text
            return TextTerm(text) if text.strip() else EVERYTHING
        term = self._term(word)
        if isinstance(term, str):
            self.unknown.append(UnknownWord(word.start, word.end, term))
            name = self._text[word.start : word.values[0].start - len(word.values[0].comparison)]
            return TextTerm(name + ",".join(f"{value.comparison}{value.text}" for value in word.values))
        return term

    def _term(self, word: WordSpan) -> Expression | str:
        """Return the expression of a term, or the nearest known word if it is not understood."""
        named = resolve_name(word, self._vocabulary)
        if named is None:
            nearest = _nearest_name(word.name or "", self._vocabulary)
            written = self._text[word.values[0].start - len(word.values[0].comparison) : word.end]
            return f"{nearest}{written}" if nearest else ""
        field, name = named
        operands: list[Operand] = []
        for value in word.values:
            value_operands = _operands(field, value, self._vocabulary) if value.text.strip() else ()
            if value_operands is None:
                near = closest(value.text, self._vocabulary.values(field), _ALIKE)
                return filter_text(FieldTerm(field, (Operand(near),), name)) if near else ""
            operands += value_operands
        return FieldTerm(field, tuple(dict.fromkeys(operands)), name) if operands else EVERYTHING


# Words.


def _scanned(text: str, start: int) -> WordSpan:
    """Scan the word that begins at `start`, which is not a blank, bar or parenthesis."""
    named = NAME.match(text, start)
    if named is None:
        value = _quoted(text, start) if text[start] == '"' else _plain(text, start, _TEXT)
        return WordSpan(start, value.end, None, False, (value,))
    at, values = named.end(), []
    while True:
        operator = _COMPARISON.match(text, at)
        comparison = Comparison(operator.group()) if operator else Comparison.NONE
        at += len(comparison)
        value = _quoted(text, at, comparison) if text[at : at + 1] == '"' else _plain(text, at, _VALUE, comparison)
        values.append(value)
        at = value.end
        if text[at : at + 1] != ",":
            break
        at += 1
    input_name_only = named["own"] if named["quoted"] is None else _unescaped(named["quoted"])
    name = named["plain"] if input_name_only is None else input_name_only
    return WordSpan(start, at, name, input_name_only is not None, tuple(values))


def _quoted(text: str, start: int, comparison: Comparison = Comparison.NONE) -> ValueSpan:
    """Scan a quoted value; without its second quotation mark it extends to the end of the text."""
    quotation = _QUOTED.match(text, start)
    assert quotation is not None
    return ValueSpan(start, quotation.end(), _unescaped(quotation[1]), comparison)


def _plain(text: str, start: int, pattern: re.Pattern[str], comparison: Comparison = Comparison.NONE) -> ValueSpan:
    match = pattern.match(text, start)
    end = match.end() if match else start
    return ValueSpan(start, end, text[start:end], comparison)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def resolve_name(word: WordSpan, vocabulary: FilterVocabulary) -> tuple[FilterField, str] | None:
    """Return the field that a word names, and the input; None: neither is known."""
    name = word.name or ""
    folded = name.casefold()
    if not word.is_input and folded in list(FilterField) and folded != FilterField.INPUT:
        return FilterField(folded), ""
    same = name if name in vocabulary.inputs else None
    if name == TAG_ALIAS and same is None and not word.is_input:
        return FilterField.TAG, ""
    input_name_found = same or next(
        (known_input for known_input in vocabulary.inputs if known_input.casefold() == folded), None
    )
    return None if input_name_found is None else (FilterField.INPUT, input_name_found)


def _operands(field: FilterField, value: ValueSpan, vocabulary: FilterVocabulary) -> Sequence[Operand] | None:
    """Return the operands of a value; a choice half typed has several. None: the value is not understood."""
    text, comparison = value.text.strip(), value.comparison
    if comparison and field not in COMPARABLE and (field, comparison) != (FilterField.WEBHOOK, Comparison.EQUAL):
        return None
    folded = text.casefold()
    if field is FilterField.STATUS:
        text = folded = EARLIER_STATUS_WORDS.get(folded, folded)
    if field in (FilterField.STATUS, FilterField.IS, FilterField.HAS):
        choices = vocabulary.values(field)
        exact = [choice for choice in choices if choice == text] or [
            choice for choice in choices if choice.casefold() == folded
        ]
        chosen = exact[:1] or [choice for choice in choices if choice.casefold().startswith(folded)]
        return [Operand(choice) for choice in chosen] or None
    if field is FilterField.WEBHOOK:
        names = [name.casefold() for name in vocabulary.webhooks]
        is_known = folded in names if comparison else any(folded in name for name in names)
        return [Operand(text, comparison)] if is_known else None
    if field in (FilterField.SINCE, FilterField.ENDED):
        whole = [choice for choice in SINCE_VALUES if choice.startswith(folded)]
        return [Operand(whole[0])] if whole else [Operand(folded)] if moment(folded, 0.0) is not None else None
    if field is FilterField.STARS:
        if text == "0" and not comparison:
            return ()
        return [Operand(text, comparison)] if text in ("0", *STAR_VALUES) else None
    if reads := _FIGURES.get(field):
        return [Operand(folded, comparison)] if reads(folded) is not None else None
    if field is FilterField.INPUT and comparison not in (Comparison.NONE, Comparison.EQUAL) and number(text) is None:
        return None
    return [Operand(text, comparison)]


_FIGURES: Final[dict[FilterField, Callable[[str], float | None]]] = {
    FilterField.OUTPUTS: number,
    FilterField.TOOK: span_s,
    FilterField.AGE: span_s,
}


# The nearest known word.


def _nearest_name(name: str, vocabulary: FilterVocabulary) -> str:
    fields = {field.value: f"{field.value}:" for field in FilterField if field is not FilterField.INPUT}
    candidates = {name: f"{input_name(name)}:" for name in vocabulary.inputs} | fields
    near = closest(name, tuple(candidates), _ALIKE)
    return candidates[near] if near else ""


def nearest_value(part: Expression, vocabulary: FilterVocabulary, values: Collection[str] = ()) -> str:
    """Return the known term nearest to a word of text or to an input's value, such as `status:failed` for `faild`.

    Empty: none is near. `values`: known values of the input.
    """
    if isinstance(part, TextTerm):
        fields = (FilterField.STATUS, FilterField.IS, FilterField.WEBHOOK)
        candidates = {
            value: FieldTerm(field, (Operand(value),)) for field in fields for value in vocabulary.values(field)
        }
        text = part.text
    elif isinstance(part, FieldTerm) and part.field is FilterField.INPUT and len(part.operands) == 1:
        candidates = {value: FieldTerm(part.field, (Operand(value),), part.name) for value in values}
        text = part.operands[0].text
    else:
        return ""
    near = closest(text, tuple(candidates), _ALIKE) or ""
    return filter_text(candidates[near]) if near and near.casefold() != text.casefold() else ""
