"""Reason why a filter matches no runs: counts without each one of its words, and the nearest known word."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from textual.content import Content

from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.filter.expression import (
    Disjunction,
    Expression,
    FieldTerm,
    FilterField,
    all_of,
    filter_text,
    parts_of,
)
from cordage_tui.domain.filter.parser import nearest_value, parse_filter
from cordage_tui.domain.run import RunQuery
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.main.selection import RunSelection, unknown_words
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.text import literal

MOST_PARTS: Final = 6
"""Most words that are left out, one at a time. Each costs a search of the history."""
RECOUNTED_S: Final = 10.0
"""Seconds after which the counts of a filter without matches are made again, if something has changed."""


@dataclass(frozen=True, slots=True)
class WithoutPart:
    """Number of runs without one part of a query."""

    part: Expression | None
    """Part that is left out; None: the query's webhook."""
    count: int


def without_parts(query: RunQuery, expression: Expression) -> list[tuple[Expression | None, RunQuery]]:
    """Return each part that may be the reason, with the query without it. Empty: the filter has one part and no webhook."""
    parts = parts_of(expression)
    without = [(part, all_of(other for other in parts if other is not part)) for part in parts[:MOST_PARTS]]
    queries: list[tuple[Expression | None, RunQuery]] = [
        (part, replace(query, text=filter_text(rest), besides=())) for part, rest in without if len(parts) > 1
    ]
    if query.webhook_key is not None:
        queries.append((None, replace(query, webhook_key=None, besides=())))
    return queries


def reason_words(counts: Sequence[WithoutPart], nothing_alone: Sequence[Expression], nearest: str) -> Content:
    """Format `12 without fox · 3 in all webhooks`, and below it `did you mean webhook:Fox?`.

    `nothing_alone`: parts that match no runs even alone, as `0 with fox · 0 with owl`. They are shown if leaving out one
    part does not help.
    """
    pieces = [
        Content.assemble(
            literal(one_line(f"{without.count:,}")),
            literal(SafeText(" without " if without.part is not None else " in all webhooks"), "$quiet"),
            *([_part(without.part)] if without.part is not None else []),
        )
        for without in sorted(counts, key=lambda without: -without.count)
        if without.count
    ]
    if nothing_alone and not pieces:
        pieces += [Content.assemble("0", literal(SafeText(" with "), "$quiet"), _part(part)) for part in nothing_alone]
    lines = [literal(SafeText(" · "), "$quiet").join(pieces)] if pieces else []
    if nearest:
        question = (
            literal(SafeText("did you mean "), "$quiet"),
            literal(one_line(nearest, 40), "$accent"),
            Content("?"),
        )
        lines.append(Content.assemble(*question))
    return Content("\n").join(lines)


def _part(part: Expression) -> Content:
    text = filter_text(part)
    return literal(one_line(f"({text})" if isinstance(part, Disjunction) else text, 40), "$run-wait")


class EmptyFilter:
    """Reason why the present query matches no runs, counted in the reader's thread."""

    def __init__(self, screen: EngineScreen[None], selection: RunSelection, show: Callable[[], None]) -> None:
        """`show` is called when the reason is known."""
        self._screen = screen
        self._selection = selection
        self._show = show
        self._asked: tuple[RunQuery, int, float] | None = None
        """Query, number of changes and time of the last counts; None: nothing was counted yet."""
        self._words = Content("")

    def words(self, query: RunQuery) -> Content:
        """Return the reason as far as it is known. Begin to count if the counts are of another query or out of date."""
        changes = self._screen.reads.last_good(self._screen.store.changes.tail, 0)
        now = self._screen.clock.monotonic()
        is_same = self._asked is not None and self._asked[0] == query
        if self._asked is None or not is_same or (changes != self._asked[1] and now - self._asked[2] >= RECOUNTED_S):
            self._asked = (query, changes, now)
            self._words = self._words if is_same else self._unknown(query)
            self._screen.run_worker(self._count(query), group="empty filter", exclusive=True)
        return self._words

    def _unknown(self, query: RunQuery) -> Content:
        """Describe the first word that is not understood. Empty: there is none."""
        unknown = parse_filter(query.text, self._selection.filter_vocabulary()).unknown
        return unknown_words(query.text, unknown[0]) if unknown else Content("")

    async def _count(self, query: RunQuery) -> None:
        with suppress(StoreError):  # the reason is only a help
            alone: Sequence[Expression] = ()
            nearest, vocabulary = "", self._selection.filter_vocabulary()
            expression = parse_filter(query.text, vocabulary).expression
            left_out = without_parts(query, expression)
            counts = await self._screen.store.query.row_counts([rest for _, rest in left_out])
            without = [WithoutPart(part, n) for (part, _), n in zip(left_out, counts, strict=True)]
            guilty = [
                without_part.part
                for without_part in sorted(without, key=lambda without_part: -without_part.count)
                if without_part.count and without_part.part is not None
            ]
            parts = parts_of(expression)[:MOST_PARTS]
            if not any(counts) and len(parts) == 1:
                guilty = [*parts]
            elif not any(counts):
                alternatives = [replace(query, text=filter_text(part), besides=()) for part in parts]
                each = await self._screen.store.query.row_counts(alternatives)
                guilty = alone = [part for part, n in zip(parts, each, strict=True) if not n]
            for part in guilty:
                nearest = nearest or nearest_value(part, vocabulary, await self._values(query, part))
            reason = reason_words(without, alone, nearest)
            if self._asked is not None and self._asked[0] == query:
                self._words = Content("\n").join([text for text in (self._unknown(query), reason) if text])
                self._show()

    async def _values(self, query: RunQuery, part: Expression) -> Sequence[str]:
        """Return the known values of the input that a part names; empty if it names none."""
        if not isinstance(part, FieldTerm) or part.field is not FilterField.INPUT:
            return ()
        return tuple(await self._screen.store.query.value_counts(query, part.field, part.name))
