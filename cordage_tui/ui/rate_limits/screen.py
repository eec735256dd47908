"""Screen of the rate limits."""

from collections.abc import Callable
from typing import Final

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.webhook import worst_health
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.outbox.spending_limits import account_lines
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.keys.moves import reading_actions
from cordage_tui.ui.rate_limits.tables import (
    LimitsModel,
    SortOrder,
    budget_lines,
    spending_lines,
    standing_lines,
    webhook_lines,
)
from cordage_tui.ui.run_detail.text_layout import heading
from cordage_tui.ui.screen_base import EngineScreen, EventBatch
from cordage_tui.ui.widgets.line_view import ScrollView
from cordage_tui.ui.widgets.text import literal

# Lines of the page, and the page as plain text. Pure functions.

WIDEST: Final = 128
"""Largest width of a line, in cells: wider tables are hard to follow."""
COPIED: Final = 120
"""Width of a line of the copied text, in cells."""


def page_lines(account: LimitsModel, order: SortOrder, width: int) -> list[Content]:
    """Return the lines of the page, at most `width` cells wide: budgets, API key and waiting calls, spending, webhooks."""
    inner = max(1, min(width, WIDEST))
    return [
        *heading(SafeText("Budgets"), width)[1:],
        *budget_lines(account, inner),
        Content(""),
        *standing_lines(account, inner),
        *([*heading(SafeText("Spending"), width), *spending_lines(account, inner)] if account.spending else []),
        *heading(SafeText("Webhooks"), width),
        *webhook_lines(account, order, inner),
    ]


def page_text(account: LimitsModel, order: SortOrder) -> SafeText:
    """Return the whole page as text for the clipboard. Like the page, it contains no webhook keys."""
    return SafeText("\n".join(line.plain.rstrip() for line in page_lines(account, order, COPIED)) + "\n")


# Widget of the page. It scrolls, sorts and copies.


class SortLimits(Action["LimitsPanel"]):
    """Sort by name or by next read."""

    id, keys, word = "limits.sort", "s", "sort"
    in_footer = True

    def run(self, on: "LimitsPanel") -> None:
        on.sort()


class CopyLimits(Action["LimitsPanel"]):
    """Copy this page as text."""

    id, keys, word = "limits.copy", "y", "copy"
    in_footer = True

    def run(self, on: "LimitsPanel") -> None:
        on.copy()


class LimitsPanel(ActionNode, ScrollView):
    """Panel of the rate limits."""

    BINDING_GROUP_TITLE = "Rate limits"
    ACTIONS = (*reading_actions("limits", group=None), SortLimits(), CopyLimits())
    BINDINGS = bindings_of(ACTIONS)

    class CopyRequested(Message):
        """Copy `text` to the clipboard, and show a message that `what` was copied."""

        def __init__(self, text: SafeText, what: SafeText) -> None:
            super().__init__()
            self.text = text
            self.what = what

    def __init__(self) -> None:
        super().__init__()
        self.border_title = Content("Rate limits")
        self._account: LimitsModel | None = None
        self._order = SortOrder.NAME

    def show(self, account: LimitsModel, profile: SafeText) -> None:
        """Show this state of the budgets and webhooks of the profile with that name."""
        self._account = account
        self.set_titles(Content.assemble("Rate limits · ", literal(profile)))
        self.redraw()

    def redraw(self) -> None:
        if self._account is not None and self.text_width:
            self.draw(page_lines(self._account, self._order, self.text_width))

    def sort(self) -> None:
        """Sort by name, or by next read."""
        self._order = self._order.other
        self.redraw()

    def copy(self) -> None:
        """Ask for a copy of the page."""
        if self._account is not None:
            text = page_text(self._account, self._order)
            self.post_message(self.CopyRequested(text, SafeText("this page")))


# Screen of the rate limits. It exists only while it is open.

TICK_S: Final = 1.0
"""Seconds between two updates of what counts down."""


def account_of(engine: Engine, now: float) -> LimitsModel:
    """Return the engine's budgets and plans at `now`, epoch seconds."""
    profile, plans = engine.profile, engine.poller.plan(engine.profile.webhook_keys)
    return LimitsModel(
        budgets=engine.rate_limiter.views(),
        plans=plans,
        names={plan.webhook_key: one_line(profile.label(plan.webhook_key)) for plan in plans},
        health=worst_health(plan.health for plan in plans),
        refused=engine.leadership.refused,
        follows=engine.is_follower(),
        told_at=now,
        spending=_spending_of(engine, now) if profile.tells_spending else (),
    )


def _spending_of(engine: Engine, now: float) -> tuple[tuple[SafeText, SafeText], ...]:
    return tuple(account_lines(engine.profile, engine.spending.accounts(), now))


class CloseLimits(Action["LimitsScreen"]):
    """Go back to the runs."""

    id, keys, word = "limits.close", "escape,q", "back"
    in_footer = True

    def run(self, on: "LimitsScreen") -> None:
        on.dismiss()


class LimitsScreen(EngineScreen[None]):
    """Screen of the rate limits."""

    ACTIONS = (CloseLimits(),)
    BINDINGS = bindings_of(ACTIONS)
    AUTO_FOCUS = "LimitsPanel"
    TITLE = "Rate limits"

    def __init__(self, engine: Engine, clock: Clock, copy: Callable[[SafeText, SafeText], None]) -> None:
        """Create the screen. `copy` takes a text to copy, and a name for it that the user sees."""
        super().__init__(engine, clock)
        self._copy = copy

    def compose(self) -> ComposeResult:
        yield LimitsPanel()
        yield Footer()

    def on_mount(self) -> None:
        self._show_plan()
        self.set_interval(TICK_S, self._show_plan)

    def on_limits_panel_copy_requested(self, event: LimitsPanel.CopyRequested) -> None:
        self._copy(event.text, event.what)

    def apply_events(self, batch: EventBatch) -> None:
        if batch.rows or batch.state or batch.budgets:
            self._show_plan()

    def _show_plan(self) -> None:
        """Show the engine's present plan, which changes as time passes even if nothing happens."""
        account = account_of(self.engine, self.clock.wall())
        self.query_one(LimitsPanel).show(account, one_line(self.engine.profile.name))
