"""The three budgets as a table, and in words who reads, whether the key works, and what waits for what."""

import math
from dataclasses import dataclass
from typing import Final

from textual.content import Content

from cordage_tui.domain.budget import BudgetView
from cordage_tui.domain.health import Health
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.detail.layout import LABEL, columns
from cordage_tui.ui.header.bar import BAR, bar, exact, is_short
from cordage_tui.ui.header.waiting import others, why
from cordage_tui.ui.ink import ink
from cordage_tui.ui.limits.account import Account
from cordage_tui.ui.limits.table import Column, fitted, line, titles
from cordage_tui.ui.standing import SIGNS, WORDS

UNKNOWN: Final = ink(SafeText("—"), "$quiet")


@dataclass(frozen=True, slots=True)
class _Now:
    """A budget, `passed` seconds after its figures were told."""

    view: BudgetView
    passed: float


def _turns(now: _Now) -> Content:
    left = (now.view.reset_s or 0.0) - now.passed
    return ink(SafeText(f"{math.ceil(left)}s")) if left > 0 else UNKNOWN


def _others(now: _Now) -> Content:
    spent = now.view.others_a_minute
    return UNKNOWN if spent is None else ink(SafeText(f"{max(0, round(spent))}/min"))


COLUMNS: Final[tuple[Column[_Now], ...]] = (
    Column("", lambda now: ink(SafeText(now.view.call_class), "$quiet"), LABEL[0], right=False),
    Column("", lambda now: bar(exact(now.view), is_short(now.view)), BAR, least=54, right=False),
    Column("left", lambda now: ink(SafeText(f"{max(0, now.view.remaining)}"), "bold"), 5),
    Column("limit", lambda now: ink(SafeText(f"{now.view.limit}")), 6, least=44),
    Column("this machine", lambda now: ink(SafeText(f"{now.view.ours}/min")), 12, least=68),
    Column("others", _others, 8),
    Column("turns in", _turns, 8),
)


def budget_lines(account: Account, width: int, now: float) -> list[Content]:
    """Titles, and a line for each budget, at `now` in epoch seconds."""
    shown = fitted(COLUMNS, width)
    passed = max(0.0, now - account.told_at)
    return [titles(shown), *(line(shown, _Now(view, passed)) for view in account.budgets)]


def standing_lines(account: Account, width: int, now: float) -> list[Content]:
    """The key, who polls, and what waits and why."""
    passed = max(0.0, now - account.told_at)
    waiting = [words for view in account.budgets if (words := _waiting(view, passed))] or [SafeText("nothing")]
    polls = (
        "another window of this machine; this one follows it"
        if account.follows
        else "this window, for all of this machine"
    )
    pairs = [
        (SafeText("key"), _key(account)),
        (SafeText("read by"), SafeText(polls)),
        *((SafeText("" if index else "waits"), words) for index, words in enumerate(waiting)),
    ]
    return columns(pairs, width)


def _key(account: Account) -> SafeText:
    health = account.health.health
    if account.refused is not None:
        return SafeText(f"{SIGNS[Health.REFUSED]} refused: {account.refused}")
    if health in (Health.LIVE, Health.LIMITED, Health.GONE):
        return SafeText(f"{SIGNS[Health.LIVE]} accepted")
    return SafeText(f"{SIGNS[health]} {WORDS[health]}")


def _waiting(view: BudgetView, passed: float) -> SafeText | None:
    """How many calls wait, how long, and why; None when none do."""
    if not view.limited and not view.waiting:
        return None
    wait = view.wait_s - passed
    time = f" {math.ceil(wait)}s" if wait > 0 else ""
    if view.limited:
        return SafeText(f"{view.call_class} are limited{time}: {why(view, others(view))}")
    calls = f"{view.waiting} of the {view.call_class}"
    return SafeText(f"{calls}{time}: {why(view, others(view))}")
