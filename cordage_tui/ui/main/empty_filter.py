"""Reason why a filter leaves no runs: what there would be without one of its words, and the nearest known word."""

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
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.main.selection import RunSelection, unknown_words
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.text import literal

MOST_PARTS: Final = 6
"""Words that are left out in turn; each costs a search of the history."""
RECOUNTED_S: Final = 10.0
"""Seconds after which the counts of a filter that still leaves nothing are made again, where something has changed."""


@dataclass(frozen=True, slots=True)
class WithoutPart:
    """Number of runs without one part of a query."""

    part: Expression | None
    """None: its webhook."""
    count: int


def without_parts(query: RunQuery, expression: Expression) -> list[tuple[Expression | None, RunQuery]]:
    """Return each part that may empty a query, with the query without it; none where the filter is the only one."""
    parts = parts_of(expression)
    others = [(part, all_of(other for other in parts if other is not part)) for part in parts[:MOST_PARTS]]
    found: list[tuple[Expression | None, RunQuery]] = [
        (part, replace(query, text=filter_text(rest), besides=())) for part, rest in others if len(parts) > 1
    ]
    if query.webhook_key is not None:
        found.append((None, replace(query, webhook_key=None, besides=())))
    return found


def reason_words(found: Sequence[WithoutPart], nothing_alone: Sequence[Expression], nearest: str) -> Content:
    """Format `12 without fox · 3 in all webhooks`, and below `did you mean webhook:Fox?`; `nothing_alone`: parts that match nothing by
    themselves, `0 with fox · 0 with owl`, where no single one can be left out."""
    said = [
        Content.assemble(
            literal(one_line(f"{one.count:,}")),
            literal(SafeText(" without " if one.part is not None else " in all webhooks"), "$quiet"),
            *([_part(one.part)] if one.part is not None else []),
        )
        for one in sorted(found, key=lambda one: -one.count)
        if one.count
    ]
    if nothing_alone and not said:
        said += [Content.assemble("0", literal(SafeText(" with "), "$quiet"), _part(part)) for part in nothing_alone]
    lines = [literal(SafeText(" · "), "$quiet").join(said)] if said else []
    if nearest:
        asked = (literal(SafeText("did you mean "), "$quiet"), literal(one_line(nearest, 40), "$accent"), Content("?"))
        lines.append(Content.assemble(*asked))
    return Content("\n").join(lines)


def _part(part: Expression) -> Content:
    text = filter_text(part)
    return literal(one_line(f"({text})" if isinstance(part, Disjunction) else text, 40), "$run-wait")


class EmptyFilter:
    """Reason of the present query, counted in the reader's thread."""

    def __init__(self, screen: EngineScreen[None], selection: RunSelection, show: Callable[[], None]) -> None:
        """`show` is called when more is known."""
        self._screen = screen
        self._selection = selection
        self._show = show
        self._asked: tuple[RunQuery, int, float] | None = None
        """Query, its number of changes and the time of its counts."""
        self._words = Content("")

    def words(self, query: RunQuery) -> Content:
        """Return what is known of the reason so far; counting begins where it is not that of `query`."""
        changes = self._screen.reads.last_good(self._screen.store.changes.tail, 0)
        now = self._screen.clock.monotonic()
        same = self._asked is not None and self._asked[0] == query
        if self._asked is None or not same or (changes != self._asked[1] and now - self._asked[2] >= RECOUNTED_S):
            self._asked = (query, changes, now)
            self._words = self._words if same else self._unknown(query)
            self._screen.run_worker(self._count(query), group="empty filter", exclusive=True)
        return self._words

    def _unknown(self, query: RunQuery) -> Content:
        """Describe the first word that is not understood; empty: there is none."""
        unknown = parse_filter(query.text, self._selection.filter_vocabulary()).unknown
        return unknown_words(query.text, unknown[0]) if unknown else Content("")

    async def _count(self, query: RunQuery) -> None:
        with suppress(StoreError):  # the reason is no more than a help
            alone: Sequence[Expression] = ()
            nearest, vocabulary = "", self._selection.filter_vocabulary()
            expression = parse_filter(query.text, vocabulary).expression
            left_out = without_parts(query, expression)
            counts = await self._screen.store.query.row_counts([rest for _, rest in left_out])
            found = [WithoutPart(part, n) for (part, _), n in zip(left_out, counts, strict=True)]
            guilty = [
                one.part for one in sorted(found, key=lambda one: -one.count) if one.count and one.part is not None
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
            reason = reason_words(found, alone, nearest)
            if self._asked is not None and self._asked[0] == query:
                self._words = Content("\n").join([words for words in (self._unknown(query), reason) if words])
                self._show()

    async def _values(self, query: RunQuery, part: Expression) -> Sequence[str]:
        """List the values of the input that a part asks for."""
        if not isinstance(part, FieldTerm) or part.field is not FilterField.INPUT:
            return ()
        return tuple(await self._screen.store.query.value_counts(query, part.field, part.name))
