"""The webhooks as a table: how each is read, what is known of its durations, how its last read went."""

import math
from collections.abc import Callable, Sequence
from typing import Final

from textual.content import Content

from cordage_tui.domain.fast_dataclass import dataclass, replace
from cordage_tui.domain.formatting import duration, format_age
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import DurationStats, HealthStatus, PollPlan
from cordage_tui.ui.detail.layout import wrapped
from cordage_tui.ui.ink import literal
from cordage_tui.ui.limits.account import LimitsModel, SortOrder
from cordage_tui.ui.limits.table import GAP, LimitsColumn, breadth, fitted, legend, line, titles
from cordage_tui.ui.runs.formats import steady
from cordage_tui.ui.standing import HEALTH_COLOURS, SHORT, SIGNS

NAME: Final = (8, 28)
"""Cells of the name, at least and at most."""
ANSWER: Final = 26
"""Cells of the last answer at most."""

UNTAUGHT: Final = SafeText("too few runs to know")
UNTAUGHT_SHORT: Final = SafeText("too few runs")


@dataclass(frozen=True, slots=True)
class _Now:
    """A webhook's plan under its name, at `now` in epoch seconds."""

    plan: PollPlan
    name: SafeText
    now: float


def _plain(text: str) -> Content:
    return literal(SafeText(text)) if text and text not in ("0", "—") else literal(SafeText(text), "$quiet")


def _next(row: _Now) -> Content:
    if row.plan.next_at is None:
        return _plain("—")
    wait = row.plan.next_at - row.now
    return _plain(format_age(math.ceil(wait)) if wait > 0 else "now")


def _every(row: _Now) -> Content:
    period = row.plan.period_s
    return _plain("—" if period is None else f"{period:.1f}s" if period < 10 else f"{period:.0f}s")


def _active(row: _Now) -> Content:
    return literal(SafeText(f"{row.plan.active:,}"), "$run-active" if row.plan.active else "$quiet")


def _taught(tell: Callable[[DurationStats], float | None]) -> Callable[[_Now], Content]:
    """A cell with a duration that was learned."""

    def cell(row: _Now) -> Content:
        seconds = tell(row.plan.learned) if row.plan.learned else None
        return _plain("—" if seconds is None else duration(seconds))

    return cell


def _from(row: _Now) -> Content:
    return _plain(f"{row.plan.learned.runs:,}" if row.plan.learned else "—")


def _answer(row: _Now) -> Content:
    health, ok_at = row.plan.health.health, row.plan.health.ok_at
    passed = format_age(row.now - ok_at) if ok_at is not None else None
    if health is HealthStatus.LIVE:
        words = f"{passed} ago" if passed else "live"
    elif health is HealthStatus.LOADING:
        words = f"none yet, {passed} old" if passed else "none yet"
    else:
        words = f"{SHORT[health]}, {passed} old" if passed else SHORT[health]
    return Content.assemble(literal(SafeText(SIGNS[health]), f"${HEALTH_COLOURS[health]}"), " ", _plain(words))


WEBHOOK_COLUMNS: Final[tuple[LimitsColumn[_Now], ...]] = (
    LimitsColumn(SortOrder.NAME, lambda row: literal(SafeText(steady(row.name))), NAME[0], right=False),
    LimitsColumn("active", _active, 6, "runs that may still change"),
    LimitsColumn(SortOrder.NEXT, _next, 5),
    LimitsColumn("every", _every, 5, "time between two looks", least=58),
    LimitsColumn("reads", lambda row: _plain(f"{row.plan.reads}"), 5, "what one look costs", least=96),
    LimitsColumn("queued", _taught(lambda learned: learned.queued_s), 7, "median of past runs", least=96, learned=True),
    LimitsColumn(
        "runs for", _taught(lambda learned: learned.running_s), 8, "median once running", least=72, learned=True
    ),
    LimitsColumn(
        "95 %", _taught(lambda learned: learned.slow_s), 7, "of past runs took no longer", least=72, learned=True
    ),
    LimitsColumn("from", _from, 5, "past runs learned from", least=96, learned=True),
    LimitsColumn("last answer", _answer, 11, right=False),
)


def webhook_lines(account: LimitsModel, order: SortOrder, width: int) -> list[Content]:
    """Titles, a line for each webhook, under it what went wrong, and what the titles mean."""
    named = [_Now(plan, account.names[plan.webhook_key], account.told_at) for plan in account.plans]
    rows = sorted(named, key=_by(order))
    shown = _stretched(fitted(WEBHOOK_COLUMNS, width), width, [row.name for row in rows])
    room = breadth([column for column in shown if column.learned])
    untaught = UNTAUGHT if room >= len(UNTAUGHT) else UNTAUGHT_SHORT
    lines = [titles(shown, order)]
    for row in rows:
        lines.append(line(shown, row, None if row.plan.learned or not room else untaught))
        if (words := row.plan.health.words) is not None:
            lines += [Content.assemble("  ", part) for part in wrapped(words, width - 2, "$quiet")]
    return [*lines, Content(""), *wrapped(legend(shown), width, "$quiet")]


def _by(order: SortOrder) -> Callable[[_Now], tuple[float, str]]:
    """By name, or what is read first at the top and what is not read last."""

    def key(row: _Now) -> tuple[float, str]:
        next_at = row.plan.next_at if row.plan.next_at is not None else math.inf
        return (next_at if order is SortOrder.NEXT else 0.0, row.name.casefold())

    return key


def _stretched(
    columns: Sequence[LimitsColumn[_Now]], width: int, names: Sequence[SafeText]
) -> list[LimitsColumn[_Now]]:
    """Name and last answer take what the others leave: names as long as they are, the answer the rest."""
    first, *middle, last = columns
    rest = width - breadth(middle) - 2 * GAP
    longest = max((literal(name).cell_length for name in names), default=0)
    name = max(NAME[0], min(NAME[1], longest, rest - last.width))
    return [replace(first, width=name), *middle, replace(last, width=max(1, min(ANSWER, rest - name)))]
