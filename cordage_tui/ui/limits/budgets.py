"""The three budgets as a table, and in words who reads, whether the key works, and what waits for what."""

import math
from typing import Final

from textual.content import Content

from cordage_tui.domain.rate_limit import BudgetView
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.ui.detail.layout import LABEL, columns
from cordage_tui.ui.header.bar import BAR, bar, exact, is_short
from cordage_tui.ui.header.waiting import others, waits, why
from cordage_tui.ui.ink import literal
from cordage_tui.ui.limits.account import LimitsModel
from cordage_tui.ui.limits.table import LimitsColumn, fitted, line, titles
from cordage_tui.ui.standing import SIGNS, WORDS

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
    LimitsColumn("", lambda view: bar(exact(view), is_short(view)), BAR, least=55, right=False),
    LimitsColumn("left", lambda view: literal(SafeText(f"{max(0, view.remaining)}"), "bold"), 5),
    LimitsColumn("limit", lambda view: literal(SafeText(f"{view.limit}")), 6, least=45),
    LimitsColumn("this machine", lambda view: literal(SafeText(f"{view.ours}/min")), 12, least=69),
    LimitsColumn("others", _others, 8),
    LimitsColumn("turns in", _turns, 8),
)


def budget_lines(account: LimitsModel, width: int) -> list[Content]:
    """Titles, and a line for each budget."""
    shown = fitted(BUDGET_COLUMNS, width)
    return [titles(shown), *(line(shown, view) for view in account.budgets)]


def standing_lines(account: LimitsModel, width: int) -> list[Content]:
    """The key, who polls, and what waits and why."""
    waiting = [words for view in account.budgets if (words := _waiting(view))] or [SafeText("nothing")]
    polls = "another window of this machine; this one follows it" if account.follows else "this window"
    pairs = [
        (SafeText("key"), _key(account)),
        (SafeText("read by"), SafeText(polls)),
        *((SafeText("" if index else "waits"), words) for index, words in enumerate(waiting)),
    ]
    return columns(pairs, width)


def _key(account: LimitsModel) -> SafeText:
    whole = account.health
    if account.refused is not None:
        return SafeText(f"{SIGNS[HealthStatus.REFUSED]} refused: {account.refused}")
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
    time = f" {math.ceil(view.wait_s)}s" if view.wait_s > 0 else ""
    reason = why(view, others(view))
    if view.limited:
        return SafeText(f"{view.call_class} are limited{time}: {reason}")
    calls = f"{view.waiting:,} {view.call_class}" if view.waiting > 1 else f"1 {view.call_class.removesuffix('s')}"
    return SafeText(f"{calls}{time}: {reason}")
