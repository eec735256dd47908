"""Parser of filter expressions. Any text is one: a word that is not understood is searched as text, and is marked."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.filter.expression import (
    COMPARABLE,
    DAYS,
    EVERYTHING,
    HAS_VALUES,
    IS_VALUES,
    KIND_VALUES,
    ME,
    NAME,
    NAME_AND_COMPARISON,
    OPERATORS,
    OUTPUT_VALUES,
    SINCE_VALUES,
    STAR_VALUES,
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
    input_name,
    moment,
    number,
)
from cordage_tui.domain.run import status_word
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
_SKIPPED: Final = re.compile(r"(?:\s|[-!](?=[\s|)]|$))+")
"""Blanks, and a sign of negation that is half a word yet."""
_SIGNS: Final = ("-", "!")
"""Signs that negate what follows them without a blank."""
_BEFORE_TERM: Final = re.compile(r"\s*(?:[-!]|not\s+)?", re.IGNORECASE)
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
            FilterField.KIND: KIND_VALUES,
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
    has_colon: bool = True
    """False for a term such as `seed=7`, whose comparison stands in the place of the colon."""
    is_unequal: bool = False
    """True for `seed!=7`."""


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
        while operator := "|" if self._next() == "|" else self._operator("OR", parts[-1]):
            self._at += len(operator)
            parts.append(self._conjunction(depth))
        return any_of(parts)

    def _next(self) -> str:
        """Skip blanks, and return the next character; empty at the end."""
        if blank := _SKIPPED.match(self._text, self._at):
            self._at = blank.end()
        return self._text[self._at : self._at + 1]

    def _operator(self, word: str, before: Expression) -> str:
        """Return the operator that is next, as it is typed; empty: it is another word.

        In small letters it is an operator only between terms, because a prompt may have the word. `before`: what it
        follows.
        """
        bare = _TEXT.match(self._text, self._at)
        if bare is None or bare[0].upper() != word:
            return ""
        is_operator = bare[0] == word or (_is_term(before) and self._is_term_at(bare.end()))
        return bare[0] if is_operator else ""

    def _is_term_at(self, at: int) -> bool:
        """Return whether a term or a group is next, perhaps after a negation."""
        before = _BEFORE_TERM.match(self._text, at)
        start = before.end() if before else at
        if self._text[start : start + 1] in ("", "|", ")", '"', "("):
            return self._text[start : start + 1] == "("
        word = _scanned(self._text, start)
        if word.name is None:
            return _is_term(_meaning(word.values[0].text))
        return resolve_name(word, self._vocabulary) is not None

    def _ends(self, depth: int) -> bool:
        """Return whether the conjunction ends here."""
        char = self._next()
        return char in ("", "|") or (char == ")" and depth > 0)

    def _conjunction(self, depth: int) -> Expression:
        parts: list[Expression] = []
        before: Expression = EVERYTHING
        while not self._ends(depth) and not self._operator("OR", before):
            if operator := self._operator("AND", before):
                self._at += len(operator)
            else:
                before = self._factor(depth)
                parts.append(before)
        return all_of(parts)

    def _factor(self, depth: int) -> Expression:
        """Parse a word, a term or a group, with what negates it. Two negations cancel out."""
        is_negative = False
        while operator := self._operator("NOT", _ANY_TERM):
            self._at += len(operator)
            is_negative = not is_negative
            if self._ends(depth) or self._operator("OR", EVERYTHING) or self._operator("AND", EVERYTHING):
                return EVERYTHING
        return _negated(self._signed(depth)) if is_negative else self._signed(depth)

    def _signed(self, depth: int) -> Expression:
        if self._text[self._at] not in _SIGNS:
            return self._part(depth)
        self._at += 1
        return _negated(self._word() if self._text[self._at] in _SIGNS else self._part(depth))

    def _part(self, depth: int) -> Expression:
        char = self._text[self._at]
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
            is_quoted = self._text[word.start] == '"'
            return EVERYTHING if not text.strip() else TextTerm(text) if is_quoted else _meaning(text)
        term = self._term(word)
        if isinstance(term, str):
            self.unknown.append(UnknownWord(word.start, word.end, term))
            name = self._text[word.start : word.values[0].start - len(word.values[0].comparison)]
            return TextTerm(name + ",".join(f"{value.comparison}{value.text}" for value in word.values))
        return _negated(term) if word.is_unequal else term

    def _term(self, word: WordSpan) -> Expression | str:
        """Return the expression of a term, or the nearest known word if it is not understood."""
        named = resolve_name(word, self._vocabulary)
        if named is None:
            nearest = _nearest_name(word.name or "", self._vocabulary)
            written = self._text[word.values[0].start - len(word.values[0].comparison) : word.end]
            return f"{'-' if word.is_unequal else ''}{nearest}{written}" if nearest else ""
        field, name = named
        operands: list[Operand] = []
        for value in _compared_values(word, field, self._vocabulary):
            value_operands = _operands(field, value, self._vocabulary) if value.text.strip() else ()
            if value_operands is None:
                return _nearest_term(field, name, value.text, self._vocabulary)
            operands += value_operands
        return FieldTerm(field, tuple(dict.fromkeys(operands)), name) if operands else EVERYTHING


def _negated(part: Expression) -> Expression:
    return EVERYTHING if part == EVERYTHING else Negation(part)


def _meaning(text: str) -> Expression:
    """Return what a bare word means: the runs of a day, a decision about an output, or text."""
    folded = text.casefold()
    if folded in DAYS:
        since = [FieldTerm(FilterField.SINCE, (Operand(day),)) for day in DAYS]
        return since[0] if folded == DAYS[0] else Conjunction((since[1], Negation(since[0])))
    if folded not in OUTPUT_VALUES:
        return TextTerm(text)
    decision = FieldTerm(FilterField.IS, (Operand(folded),))
    is_status = folded in STATUS_VALUES
    return Disjunction((decision, FieldTerm(FilterField.STATUS, (Operand(folded),)))) if is_status else decision


def _is_term(expression: Expression) -> bool:
    """Return whether it is more than a word of a prompt: a term, a group, or the name of a status."""
    if isinstance(expression, TextTerm):
        return status_word(expression.text) in STATUS_VALUES
    return expression != EVERYTHING


_ANY_TERM: Final = Negation(EVERYTHING)


# Words.


def _scanned(text: str, start: int) -> WordSpan:
    """Scan the word that begins at `start`, which is not a blank, bar or parenthesis."""
    compared = NAME_AND_COMPARISON.match(text, start)
    named = compared or NAME.match(text, start)
    if named is None:
        value = _quoted(text, start) if text[start] == '"' else _plain(text, start, _TEXT)
        return WordSpan(start, value.end, None, False, (value,))
    values, at = _scanned_values(text, named.end())
    if compared is not None:
        name = compared["plain"].removeprefix(_OF_INPUT)
        is_input = len(name) < len(compared["plain"])
        return WordSpan(start, at, name, is_input, values, has_colon=False, is_unequal=bool(compared["not"]))
    input_name_only = named["own"] if named["quoted"] is None else _unescaped(named["quoted"])
    name = named["plain"] if input_name_only is None else input_name_only
    return WordSpan(start, at, name, input_name_only is not None, values)


def _scanned_values(text: str, at: int) -> tuple[tuple[ValueSpan, ...], int]:
    """Scan the values of a term; return them and where they end."""
    values: list[ValueSpan] = []
    while True:
        operator = _COMPARISON.match(text, at)
        comparison = Comparison(operator.group()) if operator else Comparison.NONE
        at += len(comparison)
        value = _quoted(text, at, comparison) if text[at : at + 1] == '"' else _plain(text, at, _VALUE, comparison)
        values.append(value)
        at = value.end
        if text[at : at + 1] != ",":
            return tuple(values), at
        at += 1


_OF_INPUT: Final = "input."


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


def _compared_values(word: WordSpan, field: FilterField, vocabulary: FilterVocabulary) -> Iterable[ValueSpan]:
    """Return the values with the comparison that is meant: in `seed=7,8` it stands before both.

    Fields that take no comparison are only named by `status=failed`, and a webhook by `webhook=Sun` unless one is called so.
    """
    if word.has_colon:
        return word.values
    first, names = word.values[0].comparison, [name.casefold() for name in vocabulary.webhooks]
    compared_values = []
    for value in word.values:
        comparison = value.comparison or first
        takes_it = field in COMPARABLE or (field is FilterField.WEBHOOK and value.text.casefold() in names)
        is_dropped = comparison is Comparison.EQUAL and not takes_it
        compared_values.append(replace(value, comparison=Comparison.NONE if is_dropped else comparison))
    return compared_values


def _operands(field: FilterField, value: ValueSpan, vocabulary: FilterVocabulary) -> Sequence[Operand] | None:
    """Return the operands of a value; a choice half typed has several. None: the value is not understood."""
    text, comparison = value.text.strip(), value.comparison
    if comparison and field not in COMPARABLE and (field, comparison) != (FilterField.WEBHOOK, Comparison.EQUAL):
        return None
    folded = text.casefold()
    if field is FilterField.STATUS:
        folded = text = status_word(folded)
    if field in (FilterField.STATUS, FilterField.IS, FilterField.HAS, FilterField.KIND):
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

_MEANT_NAMES: Final[Mapping[str, str]] = {
    name: meant
    for meant, names in {
        "took:": ("duration", "runtime", "length", "lasted", "elapsed"),
        "since:": ("created", "date", "after", "from", "newer", "started", "submitted", "day"),
        "-since:": ("before", "until"),
        "age:": ("older",),
        "ended:": ("finished", "completed"),
        "kind:": ("type", "format", "media", "output", "file"),
        "outputs:": ("images", "pictures", "files"),
        "stars:": ("rating", "rated", "score", "star"),
        "is:": ("decision",),
        "status:": ("state",),
        "webhook:": ("workflow", "hook"),
        "tag:": ("tags", "label", "labels"),
        "author:": ("user", "by", "owner"),
        "prompt:": ("text",),
        "error:": ("reason", "message"),
    }.items()
    for name in names
}
"""Name that other programs have → term with this meaning."""
_MEANT_VALUES: Final[Mapping[FilterField, Mapping[str, str]]] = {
    FilterField.KIND: {
        **dict.fromkeys(("picture", "photo", "png", "jpg", "jpeg", "webp", "gif"), "image"),
        **dict.fromkeys(("movie", "clip", "mp4", "mov", "webm"), "video"),
        **dict.fromkeys(("sound", "music", "mp3", "wav"), "audio"),
        **dict.fromkeys(("txt", "md", "markdown"), "text"),
    },
    FilterField.STATUS: {
        **dict.fromkeys(("done", "success", "succeeded", "successful", "finished", "ok"), "completed"),
        **dict.fromkeys(("error", "errored", "broken"), "failed"),
    },
    FilterField.IS: dict.fromkeys(("favourite", "favorite", "good"), "kept") | {"bad": "rejected"},
}
"""Value that other programs have → value with this meaning."""


def _nearest_name(name: str, vocabulary: FilterVocabulary) -> str:
    if meant := _MEANT_NAMES.get(name.casefold()):
        return meant
    fields = {field.value: f"{field.value}:" for field in FilterField if field is not FilterField.INPUT}
    candidates = {name: f"{input_name(name)}:" for name in vocabulary.inputs} | fields
    near = closest(name, tuple(candidates), _ALIKE)
    return candidates[near] if near else ""


def _nearest_term(field: FilterField, name: str, typed: str, vocabulary: FilterVocabulary) -> str:
    """Return the term nearest to a value that the field does not have; empty: none is near."""
    folded = typed.casefold()
    other = {FilterField.IS: FilterField.STATUS, FilterField.STATUS: FilterField.IS}.get(field)
    if other is not None and folded in vocabulary.values(other):
        return filter_text(FieldTerm(other, (Operand(folded),)))
    near = _MEANT_VALUES.get(field, {}).get(folded) or closest(typed, vocabulary.values(field), _ALIKE)
    return filter_text(FieldTerm(field, (Operand(near),), name)) if near else ""


def nearest_value(part: Expression, vocabulary: FilterVocabulary, values: Collection[str] = ()) -> str:
    """Return the known term nearest to a word of text or to an input's value, such as `status:failed` for `faild`.

    Empty: none is near. `values`: known values of the input.
    """
    if isinstance(part, TextTerm) and part.text in OPERATORS:
        return part.text.upper()
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
