"""Filter expressions as SQL conditions on `runs`. Text of the user's is never part of the SQL, only a parameter."""

import json
from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Final, TypeAlias

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.filter.expression import (
    LONGEST_PHRASE,
    ME,
    OUTPUT_VALUES,
    Comparison,
    Disjunction,
    Expression,
    FieldTerm,
    FilterField,
    Negation,
    Operand,
    TextTerm,
    asks_for_slow,
    created_from,
    moment,
    number,
    statuses_found,
    statuses_of,
    steady_until,
)
from cordage_tui.domain.filter.parser import FilterVocabulary, ParsedFilter, parse_filter
from cordage_tui.domain.output import FileKind
from cordage_tui.domain.run import RunQuery, Status, status_word
from cordage_tui.domain.safe_text import folded, one_line
from cordage_tui.domain.search_text import SEARCHED_VALUE, input_mark
from cordage_tui.domain.time_span import span_s
from cordage_tui.store.file.database import AMONG, Database, TimedTable
from cordage_tui.store.runs.past_durations import SlowDurations
from cordage_tui.store.runs.run_lookup import BEGAN_AT

Params: TypeAlias = tuple[object, ...]
SqlTerm: TypeAlias = tuple[str, Params]
"""A condition that is true or false, never NULL, with its parameters."""

NEVER: Final[SqlTerm] = ("0", ())
ALWAYS: Final[SqlTerm] = ("1", ())
_INPUT_NAMES: Final = 500
_WRITTEN_OUT: Final = 1e15
"""Numbers below it have no exponent in JSON, unless they are tiny."""
_LIVES_S: Final = 20.0
"""Seconds after which a condition that speaks of time is made again."""
_NEVER_REASONED: Final = "('completed', 'pending', 'running', 'sending', 'queued', 'batch')"
"""Statuses without a reason to tell; of the others few runs have any, so that few details are read."""
_ACTIVE: Final = ", ".join(f"'{status.value}'" for status in Status if status.is_active)
_ELAPSED: Final = f"""CASE WHEN ended_at >= created_at THEN max(0.0, ended_at - coalesce(started_at, begun_at))
    WHEN ended_at IS NULL AND status IN ({_ACTIVE}) THEN max(0.0, ? - coalesce(started_at, begun_at)) END"""
"""As `domain.formatting.time_of`."""
_JUDGED: Final = "verdicts.run = runs.id AND (kept IS NOT NULL OR stars > 0)"
_IS_TAGGED: Final = "EXISTS (SELECT 1 FROM tags WHERE tags.run = runs.id)"
_TAGGED_SO: Final = "id IN (SELECT run FROM tags WHERE instr(tag, ?))"
_AUTHORS: Final = """WITH RECURSIVE found(name) AS (SELECT min(author) FROM runs WHERE author IS NOT NULL UNION ALL
    SELECT (SELECT min(author) FROM runs WHERE author > name) FROM found WHERE name IS NOT NULL)
    SELECT name FROM found WHERE name IS NOT NULL LIMIT ?"""  # reads an entry of the index for each
_BY_AUTHOR: Final = "(author IS NOT NULL AND instr(searched(CAST(author AS BLOB)), ?) > 0)"
_MINE: Final = "(author IS NULL AND EXISTS (SELECT 1 FROM outbox WHERE outbox.id = runs.id))"
_DETAIL: Final = "EXISTS (SELECT 1 FROM details WHERE details.id = runs.id AND {})"


@dataclass(frozen=True, slots=True)
class RunCondition:
    """Condition on `runs`."""

    sql: str
    params: Params
    statuses: frozenset[Status] | None = None
    """Only rows of these meet it; None: of any."""
    created_from: float | None = None
    """Only rows created since then meet it, epoch seconds; None: of any age."""
    until: float | None = None
    """Epoch seconds from which it is out of date, since it speaks of time; None: never."""


class FilterConditions(TimedTable):
    """Compiler of filters. Methods raise StoreError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self.slow = SlowDurations(database, clock)
        self._vocabulary: tuple[object, FilterVocabulary] = (None, FilterVocabulary())
        define_searched(database)

    def vocabulary(self, names: Mapping[str, str]) -> FilterVocabulary:
        """Return the words that a filter may use, read when something was committed; `names`: of the webhooks, by key."""
        webhooks = tuple(names.values())
        version = (self._database.version(), webhooks)
        if self._vocabulary[0] != version:
            tags = tuple(self._database.column("SELECT DISTINCT tag FROM tags ORDER BY tag LIMIT ?", (_INPUT_NAMES,)))
            authors = tuple(self._database.column(_AUTHORS, (_INPUT_NAMES,)))
            self._vocabulary = (version, FilterVocabulary(webhooks, self._input_names(), tags, authors))
        return self._vocabulary[1]

    def _input_names(self) -> tuple[str, ...]:
        sql = "SELECT CAST(name AS BLOB) FROM input_names WHERE name <> 'prompt' LIMIT ?"
        known = (name.decode("utf-8", "ignore") for name in self._database.column(sql, (_INPUT_NAMES,)))
        return tuple(name for name in known if name.strip() and name.isprintable())

    def parse(self, text: str, names: Mapping[str, str]) -> ParsedFilter:
        """Parse a filter with the words known now."""
        return parse_filter(text, self.vocabulary(names))

    def condition(self, expression: Expression, profile: str, names: Mapping[str, str]) -> RunCondition:
        """Make the condition of an expression."""
        now = self._clock.wall()
        slow_s = self.slow.seconds(profile, names) if asks_for_slow(expression) else {}
        sql, params = _Compiler(profile, names, now, slow_s).term(expression)
        sql = f"{sql} AND status <> 'batch'"  # the line of a batch is no run
        steady = steady_until(expression, now)
        until = None if steady == inf else max(steady, now + _LIVES_S)
        return RunCondition(sql, params, statuses_found(expression), created_from(expression, now), until)

    def rows(self, query: RunQuery, names: Mapping[str, str]) -> RunCondition:
        """Make the condition of the rows of a query: its filter, when they ended, what it shows besides, and its webhook."""
        found = self.condition(self.parse(query.text, names).expression, query.profile, names)
        sql, params, statuses, created_from = found.sql, found.params, found.statuses, found.created_from
        if query.ended_after is not None:
            sql, params = f"{sql} AND ended_at > ? AND size = 0", (*params, query.ended_after)
        if query.ended_until is not None:
            sql, params = f"{sql} AND ended_at <= ?", (*params, query.ended_until)
        if query.besides:
            marks = ", ".join("?" * len(query.besides))
            sql, params = f"({sql} OR id IN ({marks}))", (*params, *query.besides)
            statuses = created_from = None
        if query.webhook_key:
            sql, params = f"{sql} AND webhook = ?", (*params, query.webhook_key)
        return RunCondition(sql, params, statuses, created_from, found.until)


class _Compiler:
    """Compiler of one expression at one time."""

    def __init__(self, profile: str, names: Mapping[str, str], now: float, slow_s: Mapping[str, float]) -> None:
        self._profile = profile
        self._names = names
        self._now = now
        self._slow_s = slow_s

    def term(self, expression: Expression) -> SqlTerm:
        """Compile an expression."""
        if isinstance(expression, TextTerm):
            return self._text(expression.text)
        if isinstance(expression, FieldTerm):
            if expression.is_about_output:
                return _output([expression])
            return joined("OR", (self._operand(expression, one) for one in expression.operands))
        if isinstance(expression, Negation):
            sql, params = self.term(expression.part)
            return f"(NOT ({sql}))", params
        if isinstance(expression, Disjunction):
            return joined("OR", map(self.term, expression.parts))
        about = [part for part in expression.parts if isinstance(part, FieldTerm) and part.is_about_output]
        others = [part for part in expression.parts if part not in about]
        return joined("AND", [*map(self.term, others), *([_output(about)] if about else [])])

    def _operand(self, term: FieldTerm, operand: Operand) -> SqlTerm:
        text = operand.text
        match term.field:
            case FilterField.STATUS:
                return _status(statuses_of(operand))
            case FilterField.WEBHOOK:
                return self._webhook(folded(text), operand.comparison)
            case FilterField.IS:
                return self._property(text)
            case FilterField.HAS:
                return _has(text)
            case FilterField.TAG:
                return "id IN (SELECT run FROM tags WHERE tag = ?)", (folded(text),)
            case FilterField.AUTHOR:
                return (_MINE, ()) if folded(text) == ME else (_BY_AUTHOR, (folded(text),))
            case FilterField.PROMPT:
                return _prompt(text)
            case FilterField.ERROR:
                return _reason(text)
            case FilterField.OUTPUTS:
                return _compared("output_count", operand, number(text))
            case FilterField.KIND:
                return "kinds & ? <> 0", (FileKind(text).bit,)
            case FilterField.TOOK:
                sql, params = _compared(_ELAPSED, _least(operand), span_s(text), self._now)
                return f"coalesce({sql}, 0)", params
            case FilterField.AGE:
                return _compared("? - created_at", _least(operand), span_s(text), self._now)
            case FilterField.SINCE:
                return "created_at >= ?", (moment(text, self._now),)
            case FilterField.ENDED:
                return "coalesce(ended_at >= ?, 0)", (moment(text, self._now),)
            case FilterField.BATCH:
                return self._batch(text)
            case FilterField.PARENT:
                return self._parent(text)
            case FilterField.STARS | FilterField.INPUT:
                return _input(term.name, operand)

    def _text(self, text: str) -> SqlTerm:
        searched = folded(one_line(text, LONGEST_PHRASE))
        terms: list[SqlTerm] = [("instr(search, ?)", (searched,)), (_TAGGED_SO, (searched,))]
        if statuses := frozenset(status for status in Status if status_word(searched) in status.word):
            terms.append(_status(statuses))
        terms += [term for term in [self._webhook(searched)] if term != NEVER]
        return joined("OR", terms)

    def _webhook(self, text: str, comparison: Comparison = Comparison.NONE) -> SqlTerm:
        names = {key: folded(name) for key, name in self._names.items()}
        keys = [key for key, name in names.items() if (name == text if comparison else text in name)]
        return (f"webhook {AMONG}", (json.dumps(keys),)) if keys else NEVER

    def _property(self, value: str) -> SqlTerm:
        if value in OUTPUT_VALUES:
            return _output([FieldTerm(FilterField.IS, (Operand(value),))])
        if value == "slow":
            ran = f"CASE WHEN status IN ({_ACTIVE}) THEN ? ELSE ended_at END - {BEGAN_AT}"
            least = "(SELECT value FROM json_each(?) AS slow WHERE slow.key = runs.webhook)"
            return f"coalesce({ran} > {least}, 0)", (self._now, json.dumps(self._slow_s))
        return {
            "uncertain": _status({Status.UNCERTAIN}),
            "downloaded": ("EXISTS (SELECT 1 FROM downloads WHERE downloads.run = runs.id AND state = 'done')", ()),
            "batch": ("batch IS NOT NULL", ()),
            "tagged": (_IS_TAGGED, ()),
            "unrated": (f"(output_count > 0 AND NOT EXISTS (SELECT 1 FROM verdicts WHERE {_JUDGED}))", ()),
        }[value]

    def _batch(self, text: str) -> SqlTerm:
        title = "profile = ? AND folded IN (0, 1) AND status = 'batch' AND (instr(search, ?) OR id = ?)"
        params = (self._profile, folded(one_line(text, LONGEST_PHRASE)), _row(text))
        return f"coalesce(batch IN (SELECT id FROM runs WHERE {title}), 0)", params

    def _parent(self, text: str) -> SqlTerm:
        begins = sorted({text, folded(text)})
        named = " OR ".join(["made.run_id >= ? AND made.run_id < ?"] * len(begins))
        parent = f"EXISTS (SELECT 1 FROM runs AS made WHERE made.id = runs.parent AND ({named}))"
        ends = (bound for begin in begins for bound in (begin, begin + "\U0010ffff"))
        return f"(parent IS NOT NULL AND (parent IS ? OR {parent}))", (_row(text), *ends)


def joined(operator: str, terms: Iterable[SqlTerm]) -> SqlTerm:
    """Join conditions by AND or OR, in a tree that is as flat as can be: SQLite takes only so much depth."""
    found = list(terms)
    if not found:
        return ALWAYS if operator == "AND" else NEVER
    if len(found) == 1:
        return found[0]
    middle = len(found) // 2
    (left, first), (right, second) = joined(operator, found[:middle]), joined(operator, found[middle:])
    return f"({left} {operator} {right})", (*first, *second)


# Terms.


def define_searched(database: Database) -> None:
    """Define the function that conditions call."""
    database.define("searched", 1, _searched)


def _searched(text: bytes | None) -> str | None:
    """Return what a filter searches of a reason; the id of the action that may follow it is not part of it."""
    return (
        None if text is None else folded(one_line(text.decode("utf-8", "replace").partition("\x1f")[0], LONGEST_PHRASE))
    )


def _status(statuses: Iterable[Status]) -> SqlTerm:
    values = ", ".join(f"'{status.value}'" for status in sorted(statuses))
    return f"status IN ({values})", ()


def _row(text: str) -> int | None:
    """Return the number of a row; None: it is none."""
    return int(text) if text.isascii() and text.isdigit() and text[0] != "0" and len(text) < 19 else None


def _prompt(text: str) -> SqlTerm:
    return "instr(substr(search, 1, instr(search, char(10)) - 1), ?)", (folded(one_line(text, LONGEST_PHRASE)),)


def _reason(text: str) -> SqlTerm:
    searched = folded(one_line(text, LONGEST_PHRASE))
    found = _DETAIL.format(
        "(instr(coalesce(searched(CAST(error AS BLOB)), ''), ?) OR instr(coalesce(searched(CAST(note AS BLOB)), ''), ?))"
    )
    return f"(status NOT IN {_NEVER_REASONED} AND {found})", (searched, searched)


def _has(value: str) -> SqlTerm:
    marks = [input_mark(value, is_number=is_number) for is_number in (True, False)]
    sent: list[SqlTerm] = [("instr(search, ?)", (mark,)) for mark in marks]
    others = {
        "outputs": "output_count > 0",
        "error": _DETAIL.format("error IS NOT NULL"),
        "parent": "parent IS NOT NULL",
        "tag": _IS_TAGGED,
        "author": "author IS NOT NULL",
    }
    return joined("OR", [*sent, *([(others[value], ())] if value in others else [])])


def _input(name: str, operand: Operand) -> SqlTerm:
    """Compile a condition on the value of an input, as `domain.search_text.search_text` has it. What most rows lack is looked for
    first."""
    terms: list[SqlTerm] = []
    figure, comparison = number(operand.text), operand.comparison
    if figure is not None:
        mark, sign = input_mark(name, is_number=True), comparison or Comparison.EQUAL
        value = f"CAST(substr(search, nullif(instr(search, ?), 0) + {len(mark)}, {SEARCHED_VALUE}) AS NUMERIC)"
        terms.append((f"coalesce({value} {sign.value} ?, 0)", (mark, figure)))
    mark, text = input_mark(name, is_number=False), folded(one_line(operand.text, LONGEST_PHRASE))
    if comparison is Comparison.EQUAL:
        terms.append(("instr(search, ?)", (f"{mark}{text}\n",)))
    elif comparison is Comparison.NONE:
        rest = "substr(search, instr(search, ?))"
        value = f"substr({rest}, 1, instr({rest}, char(10)))"
        inside = f"(instr(search, ?) OR (instr(search, ?) AND instr({value}, ?)))"
        terms.append((f"(instr(search, ?) AND {inside})", (text, mark + text, mark, mark, mark, text)))
    sql, params = joined("OR", terms)
    digits = None if figure is None or comparison not in (Comparison.NONE, Comparison.EQUAL) else _digits(figure)
    return (sql, params) if digits is None else (f"(instr(search, ?) AND {sql})", (digits, *params))


def _digits(figure: float) -> str | None:
    """Return what is in the JSON text of every number that is equal to this one, if it is long enough to be rare."""
    whole = int(figure) if abs(figure) < _WRITTEN_OUT else figure
    text = str(whole if whole == figure else figure)
    return None if "e" in text or len(text) < len("12") else text


def _least(operand: Operand) -> Operand:
    """Return the operand with the comparison meant by a bare value."""
    return Operand(operand.text, operand.comparison or Comparison.AT_LEAST)


def _compared(sql: str, operand: Operand, value: float | None, *before: object) -> SqlTerm:
    """Compare; a bare value means the same value. `before`: parameters of `sql`."""
    return f"{sql} {(operand.comparison or Comparison.EQUAL).value} ?", (*before, value)


def _output(terms: Sequence[FieldTerm]) -> SqlTerm:
    """Compile conditions on an output, that one output meets all of; one that nobody has judged has no verdict."""
    sql, params = joined(
        "AND", (joined("OR", map(_verdict, [term] * len(term.operands), term.operands)) for term in terms)
    )
    judged = f"EXISTS (SELECT 1 FROM verdicts WHERE verdicts.run = runs.id AND {sql})"
    undecided = Operand("undecided")
    if all(undecided in term.operands for term in terms):
        verdicts = "SELECT count(*) FROM verdicts WHERE verdicts.run = runs.id"
        return f"(output_count > 0 AND (output_count > ({verdicts}) OR {judged}))", params
    return judged, params


def _verdict(term: FieldTerm, operand: Operand) -> SqlTerm:
    if term.field is FilterField.IS:
        return {"kept": "kept IS 1", "rejected": "kept IS 0", "undecided": "kept IS NULL"}[operand.text], ()
    sql, params = _compared("stars", _least(operand), number(operand.text))
    return f"(stars > 0 AND {sql})", params
