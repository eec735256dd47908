"""Tables of the rate limits screen."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, Generic, TypeAlias, TypeVar

from textual.content import Content

from cordage_tui.domain.base.clock import is_ahead
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.formatting import duration, format_age
from cordage_tui.domain.rate_limit import BudgetView
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import DurationStats, HealthStatus, PollPlan, WebhookHealth
from cordage_tui.ui.run_detail.text_layout import LABEL, columns, wrapped
from cordage_tui.ui.widgets.rate_budget import BAR, bar, exact, is_short, others, waits, why
from cordage_tui.ui.widgets.status_signs import HEALTH_LABELS
from cordage_tui.ui.widgets.tables import ColumnPosition, place_columns
from cordage_tui.ui.widgets.text import literal, steady

# A table drawn as lines. Its columns are data; numbers are aligned right.

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class LimitsColumn(Generic[Item]):
    """Column of a table."""

    title: str
    cell: Callable[[Item], Content]
    widths: tuple[tuple[int, int], ...]
    """Widths as in `tables.Column`."""
    meaning: str = ""
    """Meaning of the title; empty if the title says enough."""
    right: bool = True
    """True if aligned right."""
    learned: bool = False
    """True if the value is learned from past runs. A webhook without past runs has one message across all such columns."""
    gap: int = 2
    """Blank cells after the column."""


Columns: TypeAlias = Sequence[ColumnPosition[LimitsColumn[Item]]]


def titles(columns: Columns[Item], sorted_by: str | None = None) -> Content:
    """Return the line of titles. The title of the column that the rows are sorted by has an arrow, as in the run table."""
    labels = ((c.title, "$quiet") if c.title != sorted_by else (f"{c.title}▴", "$accent") for c, _, _ in columns)
    return _joined([literal(SafeText(label), style) for label, style in labels], columns)


def legend(columns: Columns[Item]) -> SafeText:
    """Return the meanings of the titles that do not say enough."""
    return SafeText(" · ".join(f"{column.title}: {column.meaning}" for column, _, _ in columns if column.meaning))


def line(columns: Columns[Item], item: Item, untaught: SafeText | None = None) -> Content:
    """Return one row. `untaught` replaces the learned values if there are none."""
    if untaught is None:
        return _joined([column.cell(item) for column, _, _ in columns], columns)
    learned = [position for position in columns if position.column.learned]
    span = learned[-1].x + learned[-1].width - learned[0].x
    merged = learned[0]._replace(width=span)
    positions = [merged if position is learned[0] else position for position in columns if position not in learned[1:]]
    message = literal(untaught, "$quiet")
    return _joined([message if position is merged else position.column.cell(item) for position in positions], positions)


def _joined(cells: Sequence[Content], columns: Columns[Item]) -> Content:
    """Join the cells of a row, each one cut and aligned in its column."""
    parts: list[Content] = []
    for cell, (column, _, width) in zip(cells, columns, strict=True):
        cut = cell.truncate(width, ellipsis=True)
        blank = width - cut.cell_length
        parts += [cut.pad_left(blank) if column.right else cut.pad_right(blank), Content(" " * column.gap)]
    return Content.assemble(*parts).rstrip()


# State shown by the page.


class SortOrder(StrEnum):
    """Sort order of the webhooks; values are the titles of their columns."""

    NAME = "webhook"
    NEXT = "next"

    @property
    def other(self) -> "SortOrder":
        return SortOrder.NEXT if self is SortOrder.NAME else SortOrder.NAME


@dataclass(frozen=True, slots=True)
class LimitsModel:
    """Budgets, the API key, and the plan of each webhook, at one moment."""

    budgets: tuple[BudgetView, ...]
    plans: tuple[PollPlan, ...]
    names: Mapping[str, SafeText]
    """Names of the webhooks, by webhook key."""
    health: WebhookHealth
    """Health of all webhooks together."""
    refused: SafeText | None
    """Why the server refuses the API key; None if it does not."""
    follows: bool
    """True if another process on this machine polls."""
    told_at: float
    """Time of this state, epoch seconds."""
    spending: tuple[tuple[SafeText, SafeText], ...] = ()
    """Name of each account of the run limits, and what is spent; empty if there are neither limits nor prices."""


# Budgets as a table; key, polling process and waiting calls in words.

UNKNOWN: Final = literal(SafeText("—"), "$quiet")


ANSWERED: Final = frozenset({HealthStatus.LIVE, HealthStatus.LIMITED, HealthStatus.GONE})
"""Health states in which the server has accepted the key."""


def _turns(view: BudgetView) -> Content:
    seconds = view.reset_s or 0.0
    return literal(SafeText(f"{math.ceil(seconds)}s")) if seconds > 0 else UNKNOWN


def _others(view: BudgetView) -> Content:
    rate = view.others_a_minute
    return UNKNOWN if rate is None else literal(SafeText(f"{max(0, round(rate))}/min"))


BUDGET_COLUMNS: Final[tuple[LimitsColumn[BudgetView], ...]] = (
    LimitsColumn("", lambda view: literal(SafeText(view.call_class), "$quiet"), ((0, LABEL[0]),), right=False),
    LimitsColumn("", lambda view: bar(exact(view), is_short(view)), ((65, BAR),), right=False),
    LimitsColumn("remaining", lambda view: literal(SafeText(f"{max(0, view.remaining)}"), "bold"), ((0, 9),)),
    LimitsColumn("limit", lambda view: literal(SafeText(f"{view.limit}")), ((55, 6),)),
    LimitsColumn("local", lambda view: literal(SafeText(f"{view.ours}/min")), ((73, 6),)),
    LimitsColumn("other clients", _others, ((0, 13),)),
    LimitsColumn("resets in", _turns, ((47, 9),)),
)


def budget_lines(account: LimitsModel, width: int) -> list[Content]:
    """Return the line of titles, and a line for each budget."""
    positions = place_columns(BUDGET_COLUMNS, width, width)
    return [titles(positions), *(line(positions, view) for view in account.budgets)]


def standing_lines(account: LimitsModel, width: int) -> list[Content]:
    """Return the state of the API key, which process polls, and which calls wait and why."""
    waiting = [reason for view in account.budgets if (reason := _waiting(view))] or [SafeText("none")]
    polls = "another window on this machine" if account.follows else "this window"
    pairs = [
        (SafeText("key"), _key(account)),
        (SafeText("read by"), SafeText(polls)),
        *((SafeText("" if index else "waiting"), reason) for index, reason in enumerate(waiting)),
    ]
    return columns(pairs, width)


SPENDING_NOTE: Final = SafeText(
    "Counts runs sent from this machine, including uncertain ones. Runs started elsewhere are not counted. Prices are your own."
)


def spending_lines(account: LimitsModel, width: int) -> list[Content]:
    """Return what is spent, a line for each account, and a note on what is counted."""
    return [*columns(account.spending, width), *wrapped(SPENDING_NOTE, width, "$quiet")]


def _key(account: LimitsModel) -> SafeText:
    overall = account.health
    if account.refused is not None:
        return SafeText(f"{HEALTH_LABELS[HealthStatus.REFUSED].sign} refused: {account.refused}")
    answered = any(plan.health.health in ANSWERED for plan in account.plans)
    if overall.health in ANSWERED or (overall.health is HealthStatus.LOADING and answered):
        return SafeText("accepted")
    wait = overall.next_at - account.told_at if overall.next_at is not None else 0.0
    retry = f", next try in {math.ceil(wait)}s" if wait > 0 else ""
    label = HEALTH_LABELS[overall.health]
    return SafeText(f"{label.sign} {label.words}{retry}")


def _waiting(view: BudgetView) -> SafeText | None:
    """Return how many calls wait, how long, and why; None if no call waits, or only for the moment between two calls."""
    if not waits(view):
        return None
    time = f", {math.ceil(view.wait_s)}s" if view.wait_s > 0 else ""
    reason = why(view, others(view))
    if view.limited:
        return SafeText(f"{view.call_class} limited{time} ({reason})")
    calls = f"{view.waiting:,} {view.call_class}" if view.waiting > 1 else f"1 {view.call_class.removesuffix('s')}"
    return SafeText(f"{calls}{time} ({reason})")


# Table of the webhooks: polling, learned durations, last response.

NAME: Final = (8, 28)
"""Least and largest width of the name, in cells."""

UNTAUGHT: Final = SafeText("not enough runs")


@dataclass(frozen=True, slots=True)
class _Now:
    """Plan and name of a webhook at `now`, in epoch seconds."""

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


def _learned(seconds_of: Callable[[DurationStats], float | None]) -> Callable[[_Now], Content]:
    """Create a function that draws a cell with a learned duration."""

    def cell(row: _Now) -> Content:
        seconds = seconds_of(row.plan.learned) if row.plan.learned else None
        return _plain("—" if seconds is None else duration(seconds))

    return cell


def _from(row: _Now) -> Content:
    return _plain(f"{row.plan.learned.runs:,}" if row.plan.learned else "—")


def _answer(row: _Now) -> Content:
    health, ok_at = row.plan.health.health, row.plan.health.ok_at
    label = HEALTH_LABELS[health]
    age = None if ok_at is None or is_ahead(ok_at, row.now) else format_age(row.now - ok_at)
    if health is HealthStatus.LIVE:
        response = f"{age} ago" if age else "live"
    elif health is HealthStatus.LOADING:
        response = f"none yet, {age} old" if age else "none yet"
    else:
        response = f"{label.short}, {age} old" if age else label.short
    return Content.assemble(literal(SafeText(label.sign), label.colour), " ", _plain(response))


WEBHOOK_COLUMNS: Final[tuple[LimitsColumn[_Now], ...]] = (
    LimitsColumn("active", _active, ((0, 6),), "runs that have not ended"),
    LimitsColumn(SortOrder.NEXT, _next, ((0, 5),)),
    LimitsColumn("interval", _every, ((58, 8),), "time between two reads"),
    LimitsColumn("reads", lambda row: _plain(f"{row.plan.reads}"), ((96, 5),), "requests per look"),
    LimitsColumn("waiting", _learned(lambda it: it.queued_s), ((96, 7),), "median wait at Cordage", learned=True),
    LimitsColumn("median", _learned(lambda it: it.running_s), ((72, 8),), "of the running time", learned=True),
    LimitsColumn("p95", _learned(lambda it: it.slow_s), ((72, 7),), "95 % of past runs were faster", learned=True),
    LimitsColumn("samples", _from, ((96, 7),), "past runs measured", learned=True),
    LimitsColumn("last response", _answer, (), right=False),
)


def _name_column(names: Iterable[SafeText], width: int) -> LimitsColumn[_Now]:
    """Create a column as wide as the longest name, but leave enough room for the title of the last response."""
    used = place_columns(WEBHOOK_COLUMNS, width, width)[-1].x
    longest = max((literal(name).cell_length for name in names), default=0)
    cells = max(NAME[0], min(NAME[1], longest, width - used - len("last response") - 2))
    return LimitsColumn(SortOrder.NAME, lambda row: literal(SafeText(steady(row.name))), ((0, cells),), right=False)


def webhook_lines(account: LimitsModel, order: SortOrder, width: int) -> list[Content]:
    """Return the line of titles, a line for each webhook with its problem below it, and the meanings of the titles."""
    plans = [_Now(plan, account.names[plan.webhook_key], account.told_at) for plan in account.plans]
    rows = sorted(plans, key=_by(order))
    name = _name_column((row.name for row in rows), width)
    positions = place_columns([name, *WEBHOOK_COLUMNS], width, width)
    learned = any(position.column.learned for position in positions)
    lines = [titles(positions, order)]
    for row in rows:
        lines.append(line(positions, row, None if row.plan.learned or not learned else UNTAUGHT))
        if (problem := row.plan.health.words) is not None:
            lines += [Content.assemble("  ", part) for part in wrapped(problem, width - 2, "$quiet")]
    return [*lines, Content(""), *wrapped(legend(positions), width, "$quiet")]


def _by(order: SortOrder) -> Callable[[_Now], tuple[float, str]]:
    """Return a sort key for the webhooks. By the next read, webhooks that are not read come last."""

    def key(row: _Now) -> tuple[float, str]:
        next_at = row.plan.next_at if row.plan.next_at is not None else math.inf
        return (next_at if order is SortOrder.NEXT else 0.0, row.name.casefold())

    return key
