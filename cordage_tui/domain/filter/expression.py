"""Filter expressions: the tree of a filter, its canonical text, and the meaning of its values.

`docs/filter.md` is the grammar; `filter_parser` reads the text.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from math import inf
from typing import Final, TypeAlias

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.output import FileKind
from cordage_tui.domain.run import STATUS_BY_WORD, STATUS_GROUPS, Status
from cordage_tui.domain.time_span import span_s

# Nodes of the tree.


class FilterField(StrEnum):
    """Names that may stand before a colon."""

    STATUS = "status"
    WEBHOOK = "webhook"
    IS = "is"
    STARS = "stars"
    HAS = "has"
    TAG = "tag"
    AUTHOR = "author"
    PROMPT = "prompt"
    ERROR = "error"
    OUTPUTS = "outputs"
    KIND = "kind"
    TOOK = "took"
    AGE = "age"
    SINCE = "since"
    ENDED = "ended"
    BATCH = "batch"
    PARENT = "parent"
    INPUT = "input"
    """An input of the run by its own name, such as `seed:12`; `input.age:30` if the name is one of these."""


class Comparison(StrEnum):
    """Operators before a value."""

    NONE = ""
    """The field's meaning of a bare value: at least this much for stars, took and age, equal or containing it for
    others."""
    AT_LEAST = ">="
    AT_MOST = "<="
    MORE = ">"
    LESS = "<"
    EQUAL = "="


@dataclass(frozen=True, slots=True)
class Operand:
    """Value of a term."""

    text: str
    """Never blank."""
    comparison: Comparison = Comparison.NONE


@dataclass(frozen=True, slots=True)
class TextTerm:
    """A word or phrase, looked for in prompt, inputs, run id, tags, status and webhook name."""

    text: str
    """As typed, never blank."""


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """A field and its values, one of them to hold."""

    field: FilterField
    operands: tuple[Operand, ...]
    name: str = ""
    """Name of the input if the field is INPUT."""

    @property
    def is_about_output(self) -> bool:
        """True if it is a condition on a single output. Such terms of one conjunction are met by the same output."""
        if self.field is FilterField.IS:
            return all(operand.text in OUTPUT_VALUES for operand in self.operands)
        return self.field is FilterField.STARS


@dataclass(frozen=True, slots=True)
class Negation:
    """Negation: its part does not hold."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Conjunction: every part must match; without parts everything matches."""

    parts: "tuple[Expression, ...]" = ()


@dataclass(frozen=True, slots=True)
class Disjunction:
    """Disjunction: a part holds, or several."""

    parts: "tuple[Expression, ...]"


Expression: TypeAlias = TextTerm | FieldTerm | Negation | Conjunction | Disjunction

EVERYTHING: Final = Conjunction()


def all_of(parts: Iterable[Expression]) -> Expression:
    """Join parts by AND, in the one form that a text is parsed to."""
    flat: list[Expression] = []
    for part in parts:
        flat += part.parts if isinstance(part, Conjunction) else [part]
    return flat[0] if len(flat) == 1 else Conjunction(tuple(flat))


def any_of(parts: Iterable[Expression]) -> Expression:
    """Join parts by OR, in the one form that a text is parsed to; parts that match everything are left out."""
    flat: list[Expression] = []
    for part in parts:
        if part != EVERYTHING:
            flat += part.parts if isinstance(part, Disjunction) else [part]
    return EVERYTHING if not flat else flat[0] if len(flat) == 1 else Disjunction(tuple(flat))


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """Return the parts that all have to hold."""
    return expression.parts if isinstance(expression, Conjunction) else (expression,)


def steady_until(expression: Expression, now: float, zone: tzinfo | None = None) -> float:
    """Return the time until which the same runs match as long as nothing happens, epoch seconds.

    It is infinity for most, midnight for `since:today`, and `now` for a term that always changes, such as `age:2h`.
    """
    if asks_for_slow(expression):
        return now
    moving, times = (FilterField.TOOK, FilterField.AGE), (FilterField.SINCE, FilterField.ENDED)
    ends = [now for term in _field_terms(expression) if term.field in moving]
    timed = (operand for term in _field_terms(expression) if term.field in times for operand in term.operands)
    return min([*ends, *(_moment_moves_at(operand.text, now, zone) for operand in timed)], default=inf)


def statuses_of(operand: Operand) -> frozenset[Status]:
    """Return the statuses of a value of `status:`."""
    return STATUS_GROUPS.get(operand.text) or frozenset({STATUS_BY_WORD[operand.text]})


def statuses_found(expression: Expression) -> frozenset[Status] | None:
    """Return the statuses that a run can have that matches; None: any."""
    if isinstance(expression, FieldTerm) and expression.field is FilterField.STATUS:
        return frozenset[Status]().union(*map(statuses_of, expression.operands))
    if expression == FieldTerm(FilterField.IS, (Operand("uncertain"),)):
        return frozenset({Status.UNCERTAIN})
    if isinstance(expression, Conjunction):
        limited = [statuses for part in expression.parts if (statuses := statuses_found(part)) is not None]
        return frozenset(Status).intersection(*limited) if limited else None
    if isinstance(expression, Disjunction):
        per_part = [statuses_found(part) for part in expression.parts]
        return (
            None
            if None in per_part
            else frozenset[Status]().union(*(statuses for statuses in per_part if statuses is not None))
        )
    return None


def created_from(expression: Expression, now: float) -> float | None:
    """Return the time before which no matching row was created, epoch seconds; None: there is none."""
    if isinstance(expression, FieldTerm) and expression.field is FilterField.SINCE:
        return min(moment(operand.text, now) or 0.0 for operand in expression.operands)
    if isinstance(expression, Conjunction):
        return max((at for part in expression.parts if (at := created_from(part, now)) is not None), default=None)
    if isinstance(expression, Disjunction):
        starts = [created_from(part, now) for part in expression.parts]
        return None if None in starts else min(at for at in starts if at is not None)
    return None


def asks_for_slow(expression: Expression) -> bool:
    """Return whether `is:slow` is part of it."""
    slow = Operand("slow")
    return any(term.field is FilterField.IS and slow in term.operands for term in _field_terms(expression))


def _field_terms(expression: Expression) -> Iterator[FieldTerm]:
    if isinstance(expression, Conjunction | Disjunction):
        for part in expression.parts:
            yield from _field_terms(part)
    elif isinstance(expression, Negation):
        yield from _field_terms(expression.part)
    elif isinstance(expression, FieldTerm):
        yield expression


# Fields and their values.

OUTPUT_VALUES: Final = ("kept", "rejected", "undecided")
"""Values of `is` that are the user's decision about an output."""
IS_VALUES: Final = (*OUTPUT_VALUES, "unrated", "tagged", "slow", "uncertain", "downloaded", "batch")
HAS_VALUES: Final = ("outputs", "error", "parent", "tag", "author")
"""Values of `has` besides the names of inputs."""
STATUS_VALUES: Final = (*STATUS_GROUPS, *STATUS_BY_WORD)
KIND_VALUES: Final = tuple(kind.value for kind in FileKind)
STAR_VALUES: Final = ("1", "2", "3", "4", "5")
ME: Final = "@me"  # value of `author`: submissions of the user on this machine

MEANINGS: Final = {
    FilterField.STATUS: "active, waiting, ended, or one status",
    FilterField.WEBHOOK: "part of a webhook's name",
    FilterField.IS: "what you decided, or a property",
    FilterField.STARS: "3: three or more on an output; =3, <3",
    FilterField.HAS: "an input that was sent, outputs, error, parent, tag, author",
    FilterField.TAG: "a tag of yours, whole",
    FilterField.AUTHOR: "part of who submitted it; @me: you, from here",
    FilterField.PROMPT: "part of the prompt",
    FilterField.ERROR: "part of the reason",
    FilterField.OUTPUTS: "how many: 0, >3",
    FilterField.KIND: "an output of this kind, by the name of its file",
    FilterField.TOOK: "2m: two minutes or longer; <30s",
    FilterField.AGE: "2h: two hours or older; <1d",
    FilterField.SINCE: "today, yesterday, monday, 14:30, 2026-11-01, 2h",
    FilterField.ENDED: "since today, yesterday, monday, 14:30, 2026-11-01, 2h",
    FilterField.BATCH: "part of a batch's title",
    FilterField.PARENT: "first characters of a run's id",
    FilterField.INPUT: "12, >30, or part of the text",
}
"""Meaning of the values of a field."""

COMPARABLE: Final = frozenset(
    {FilterField.STARS, FilterField.OUTPUTS, FilterField.TOOK, FilterField.AGE, FilterField.INPUT}
)
"""Fields that take a comparison."""

LONGEST_PHRASE: Final = 10_000
"""Characters of a word or phrase that are searched for."""

_NUMBER: Final = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?", re.ASCII)
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SINCE_VALUES: Final = ("today", "yesterday", *_WEEKDAYS)
_LARGEST_INTEGER: Final = 2**63 - 1


def number(text: str) -> int | float | None:
    """Parse `12`, `-3` or `7.5`; None: it is not a number. An integer too large for the database becomes a float."""
    if _NUMBER.fullmatch(text) is None:
        return None
    if "." in text:
        return float(text)
    whole = int(text)
    return whole if abs(whole) <= _LARGEST_INTEGER else float(whole)


def moment(text: str, now: float, zone: tzinfo | None = None) -> float | None:
    """Parse the time of `since:` and `ended:` to epoch seconds; None: it is not a time.

    It is `today`, `yesterday`, a weekday (the last one, from midnight) or `14:30` (the last one). A date, a date with
    `T` and a time, or a duration before `now` (epoch seconds) also works. Times are local, or in `zone`.
    """
    if (span := span_s(text)) is not None:
        return now - span
    try:
        local_now = datetime.fromtimestamp(now, zone)
        midnight = local_now.replace(hour=0, minute=0, second=0, microsecond=0)
        if clock := _CLOCK.fullmatch(text):
            at = midnight.replace(hour=int(clock[1]), minute=int(clock[2]))
            return (at if at <= local_now else at - timedelta(days=1)).timestamp()
        if text == "today":
            return midnight.timestamp()
        if text == "yesterday":
            return (midnight - timedelta(days=1)).timestamp()
        if text in _WEEKDAYS:
            return (midnight - timedelta(days=(local_now.weekday() - _WEEKDAYS.index(text)) % 7)).timestamp()
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=at.tzinfo or zone).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _moment_moves_at(text: str, now: float, zone: tzinfo | None) -> float:
    """Return when `moment` has another answer, epoch seconds: `now` for a duration, infinity for a date."""
    if span_s(text) is not None:
        return now
    local_now = datetime.fromtimestamp(now, zone)
    at = _CLOCK.fullmatch(text)
    if at is None and text not in SINCE_VALUES:
        return inf
    hour, minute = (int(at[1]), int(at[2])) if at else (0, 0)
    moves = local_now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (moves if moves > local_now else moves + timedelta(days=1)).timestamp()


# Canonical text.

NAME: Final = re.compile(
    r'(?:input\.(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<own>[^\s:"|(),]+))|(?P<plain>[^\s:"|(),]+)):', re.DOTALL
)
"""Beginning of a term: the name of a field or an input; after `input.` it is that of an input."""
NAME_AND_COMPARISON: Final = re.compile(r"(?P<plain>[\w.-]+)(?P<not>!(?==))?(?=[<>=])")
"""Beginning of a term as many other languages write it, such as `seed=7` and `steps>20`."""
OPERATORS: Final = ("and", "or", "not")
"""Words that join others; in quotes they are text."""
DAYS: Final = ("today", "yesterday")
"""Words that alone mean the runs of that day; in quotes they are text."""
_PLAIN_TEXT: Final = re.compile(r'[^\s|()"!-][^\s|()]*')
_PLAIN_VALUE: Final = re.compile(r'[^\s|(),"<>=][^\s|(),]*')
_PLAIN_NAME: Final = re.compile(r'(?!input\.)[^\s:"|(),!<>=\-][^\s:"|(),<>=]*')


def filter_text(expression: Expression) -> str:
    """Write an expression as text that is parsed to it again."""
    if isinstance(expression, TextTerm):
        return expression.text if _is_plain(expression.text) else quoted(expression.text)
    if isinstance(expression, FieldTerm):
        name = expression.field.value if expression.field is not FilterField.INPUT else input_name(expression.name)
        return f"{name}:{','.join(map(_operand_text, expression.operands))}"
    if isinstance(expression, Negation):
        return f"-{_in_parentheses(expression.part, Negation | Conjunction | Disjunction)}"
    if isinstance(expression, Disjunction):
        return " | ".join(map(filter_text, expression.parts))
    return " ".join(_in_parentheses(part, Disjunction) for part in expression.parts)


def _is_plain(text: str) -> bool:
    """Return whether a text means itself without quotation marks."""
    if text.casefold() in (*OPERATORS, *DAYS, *OUTPUT_VALUES):
        return False
    is_term = NAME.match(text) or NAME_AND_COMPARISON.match(text)
    return bool(_PLAIN_TEXT.fullmatch(text)) and not is_term


def input_name(name: str) -> str:
    """Write the name of an input for the place before the colon."""
    if name.casefold() not in list(FilterField) and _PLAIN_NAME.fullmatch(name):
        return name
    return f"input.{name if _PLAIN_NAME.fullmatch(name) else quoted(name)}"


def quoted(text: str) -> str:
    """Write text in quotation marks."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def value_text(text: str) -> str:
    """Write a value for the place after the colon."""
    return text if _PLAIN_VALUE.fullmatch(text) else quoted(text)


def _operand_text(operand: Operand) -> str:
    return f"{operand.comparison.value}{value_text(operand.text)}"


def _in_parentheses(part: Expression, kinds: "type | object") -> str:
    return f"({filter_text(part)})" if isinstance(part, kinds) else filter_text(part)  # type: ignore[arg-type]
