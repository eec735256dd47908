"""Tables of the rate limits screen."""

import math
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final, Generic, TypeVar

from textual.content import Content

from cordage_tui.domain.fast_dataclass import dataclass, replace
from cordage_tui.domain.formatting import duration, format_age
from cordage_tui.domain.rate_limit import BudgetView
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import DurationStats, HealthStatus, PollPlan, WebhookHealth
from cordage_tui.ui.main.header import BAR, bar, exact, is_short, others, waits, why
from cordage_tui.ui.run_detail.outputs import LABEL, columns, wrapped
from cordage_tui.ui.widgets.text import HEALTH_COLOURS, SHORT, SIGNS, WORDS, fit, literal, steady

# A table as lines: columns of fixed width, each one row of data, numbers at the right.

Item = TypeVar("Item")

GAP: Final = 2
"""Blank cells between two columns."""


@dataclass(frozen=True, slots=True)
class LimitsColumn(Generic[Item]):
    """One column."""

    title: str
    cell: Callable[[Item], Content]
    width: int
    """Cells."""
    meaning: str = ""
    """The title at length, for those who ask; empty where it says it all."""
    least: int = 0
    """Cells a page must have for this column to be shown."""
    right: bool = True
    """Aligned right."""
    learned: bool = False
    """It tells what past runs have taught; where they have taught nothing, its cells belong to the words that say so."""


def fitted(columns: Sequence[LimitsColumn[Item]], page: int) -> list[LimitsColumn[Item]]:
    """Those shown on a page of `page` cells."""
    return [column for column in columns if page >= column.least and column.width > 0]


def breadth(columns: Sequence[LimitsColumn[Item]]) -> int:
    """Cells they take, with the gaps between them."""
    return sum(column.width for column in columns) + GAP * max(0, len(columns) - 1)


def titles(columns: Sequence[LimitsColumn[Item]], sorted_by: str | None = None) -> Content:
    """The line above; the column the rows are sorted by has an arrow, as in the run table."""
    return _joined(
        [
            _placed(
                literal(SafeText(f"{c.title}▴"), "$accent")
                if c.title == sorted_by
                else literal(SafeText(c.title), "$quiet"),
                c,
            )
            for c in columns
        ]
    )


def legend(columns: Sequence[LimitsColumn[Item]]) -> SafeText:
    """What the titles mean, where they do not say it."""
    return SafeText(" · ".join(f"{column.title}: {column.meaning}" for column in columns if column.meaning))


def line(columns: Sequence[LimitsColumn[Item]], item: Item, untaught: SafeText | None = None) -> Content:
    """One row. `untaught`: nothing is learned of it yet, in these words, which stand in the place of what would be."""
    if untaught is None:
        return _joined([_placed(column.cell(item), column) for column in columns])
    taught = [column for column in columns if column.learned]
    cells: list[Content] = []
    for column in columns:
        if column not in taught:
            cells.append(_placed(column.cell(item), column))
        elif column is taught[0]:
            cells.append(literal(SafeText(fit(untaught, breadth(taught), right=True)), "$quiet"))
    return _joined(cells)


def _joined(cells: Sequence[Content]) -> Content:
    return Content(" " * GAP).join(cells).rstrip()


def _placed(cell: Content, column: LimitsColumn[Item]) -> Content:
    cell = cell.truncate(column.width, ellipsis=True)
    blank = column.width - cell.cell_length
    return cell.pad_left(blank) if column.right else cell.pad_right(blank)


# What the page tells of, at one moment.


class SortOrder(StrEnum):
    """What the webhooks are sorted by; values are the titles of their columns."""

    NAME = "webhook"
    NEXT = "next"

    @property
    def other(self) -> "SortOrder":
        return SortOrder.NEXT if self is SortOrder.NAME else SortOrder.NAME


@dataclass(frozen=True, slots=True)
class LimitsModel:
    """The three budgets, the key, and the plan of each webhook."""

    budgets: tuple[BudgetView, ...]
    plans: tuple[PollPlan, ...]
    names: Mapping[str, SafeText]
    """Webhook key → the name to show."""
    health: WebhookHealth
    """How it goes with all of them together."""
    refused: SafeText | None
    """Why the server refuses the key; None while it does not."""
    follows: bool
    """Another process of this machine polls."""
    told_at: float
    """When all this was so, epoch seconds."""


# The three budgets as a table, and in words who reads, whether the key works, and what waits for what.

UNKNOWN: Final = literal(SafeText("—"), "$quiet")


ANSWERED: Final = frozenset({HealthStatus.LIVE, HealthStatus.LIMITED, HealthStatus.GONE})
"""Kinds of standing in which the server has taken the key."""


def _turns(view: BudgetView) -> Content:
    left = view.reset_s or 0.0
    return literal(SafeText(f"{math.ceil(left)}s")) if left > 0 else UNKNOWN


def _others(view: BudgetView) -> Content:
    spent = view.others_a_minute
    return UNKNOWN if spent is None else literal(SafeText(f"{max(0, round(spent))}/min"))


BUDGET_COLUMNS: Final[tuple[LimitsColumn[BudgetView], ...]] = (
    LimitsColumn("", lambda view: literal(SafeText(view.call_class), "$quiet"), LABEL[0], right=False),
    LimitsColumn("", lambda view: bar(exact(view), is_short(view)), BAR, least=65, right=False),
    LimitsColumn("remaining", lambda view: literal(SafeText(f"{max(0, view.remaining)}"), "bold"), 9),
    LimitsColumn("limit", lambda view: literal(SafeText(f"{view.limit}")), 6, least=55),
    LimitsColumn("local", lambda view: literal(SafeText(f"{view.ours}/min")), 6, least=73),
    LimitsColumn("other clients", _others, 13),
    LimitsColumn("resets in", _turns, 9, least=47),
)


def budget_lines(account: LimitsModel, width: int) -> list[Content]:
    """Titles, and a line for each budget."""
    shown = fitted(BUDGET_COLUMNS, width)
    return [titles(shown), *(line(shown, view) for view in account.budgets)]


def standing_lines(account: LimitsModel, width: int) -> list[Content]:
    """The key, who polls, and what waits and why."""
    waiting = [words for view in account.budgets if (words := _waiting(view))] or [SafeText("none")]
    polls = "another window on this machine" if account.follows else "this window"
    pairs = [
        (SafeText("key"), _key(account)),
        (SafeText("polled by"), SafeText(polls)),
        *((SafeText("" if index else "waiting"), words) for index, words in enumerate(waiting)),
    ]
    return columns(pairs, width)


def _key(account: LimitsModel) -> SafeText:
    whole = account.health
    if account.refused is not None:
        return SafeText(f"{SIGNS[HealthStatus.REFUSED]} rejected: {account.refused}")
    answered = any(plan.health.health in ANSWERED for plan in account.plans)
    if whole.health in ANSWERED or (whole.health is HealthStatus.LOADING and answered):
        return SafeText("accepted")
    wait = whole.next_at - account.told_at if whole.next_at is not None else 0.0
    retry = f", next try in {math.ceil(wait)}s" if wait > 0 else ""
    return SafeText(f"{SIGNS[whole.health]} {WORDS[whole.health]}{retry}")


def _waiting(view: BudgetView) -> SafeText | None:
    """How many calls wait, how long, and why; None when none do, or only for pacing's moment."""
    if not waits(view):
        return None
    time = f", {math.ceil(view.wait_s)}s" if view.wait_s > 0 else ""
    reason = why(view, others(view))
    if view.limited:
        return SafeText(f"{view.call_class} limited{time} ({reason})")
    calls = f"{view.waiting:,} {view.call_class}" if view.waiting > 1 else f"1 {view.call_class.removesuffix('s')}"
    return SafeText(f"{calls}{time} ({reason})")


# The webhooks as a table: how each is read, what is known of its durations, how its last read went.

NAME: Final = (8, 28)
"""Cells of the name, at least and at most."""
ANSWER: Final = 26
"""Cells of the last answer at most."""

UNTAUGHT: Final = SafeText("not enough runs")


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
    LimitsColumn("active", _active, 6, "runs that have not ended"),
    LimitsColumn(SortOrder.NEXT, _next, 5),
    LimitsColumn("interval", _every, 8, "time between two reads", least=58),
    LimitsColumn("cost", lambda row: _plain(f"{row.plan.reads}"), 5, "reads per poll", least=96),
    LimitsColumn(
        "queued",
        _taught(lambda learned: learned.queued_s),
        7,
        "median wait at the server",
        least=96,
        learned=True,
    ),
    LimitsColumn(
        "median", _taught(lambda learned: learned.running_s), 8, "of the running time", least=72, learned=True
    ),
    LimitsColumn(
        "p95", _taught(lambda learned: learned.slow_s), 7, "95 % of past runs were faster", least=72, learned=True
    ),
    LimitsColumn("samples", _from, 7, "past runs measured", least=96, learned=True),
    LimitsColumn("last response", _answer, 13, right=False),
)


def webhook_lines(account: LimitsModel, order: SortOrder, width: int) -> list[Content]:
    """Titles, a line for each webhook, under it what went wrong, and what the titles mean."""
    named = [_Now(plan, account.names[plan.webhook_key], account.told_at) for plan in account.plans]
    rows = sorted(named, key=_by(order))
    shown = _stretched(fitted(WEBHOOK_COLUMNS, width), width, [row.name for row in rows])
    room = breadth([column for column in shown if column.learned])
    lines = [titles(shown, order)]
    for row in rows:
        lines.append(line(shown, row, None if row.plan.learned or not room else UNTAUGHT))
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
