"""Header of the main screen and of the queue screen."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum, auto
from functools import lru_cache
from typing import Final

from textual.content import Content
from textual.events import Resize
from textual.strip import Strip
from textual.widget import Widget

from cordage_tui.domain.base.clock import is_ahead
from cordage_tui.domain.base.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.formatting import coarse_age, counted
from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.webhook import HealthStatus, WebhookHealth
from cordage_tui.engine.processes.process_locks import SilentHolder, WorkerInfo
from cordage_tui.ui.widgets.line_view import PaintedLines, line_strip
from cordage_tui.ui.widgets.rate_budget import BAR, bar, exact, is_short, others, waits, why
from cordage_tui.ui.widgets.status_signs import HEALTH_LABELS
from cordage_tui.ui.widgets.text import literal

# Header as a pure function: its segments, and which of them are dropped when it gets narrow.
#
# Figures and bar show how much is left, as the headers of every response do. An idle screen writes nothing, so values that
# idle polling changes are coarse: above half of a budget, the figure is a floor (`90+/120 left`) and the bar has quarters.
# When the budget gets short, the figure is exact, with the seconds to the reset.

_GAP: Final = 3
"""Blank cells between the two sides of the line."""
STEADY: Final = 12
"""Cells that are reserved for the health, so that `◌ connecting` and `● live` leave room for the same segments."""


@dataclass(frozen=True, slots=True)
class HeaderModel:
    """Values of the header."""

    profile: SafeText
    budgets: Sequence[BudgetView] = ()
    health: HealthStatus = HealthStatus.LOADING
    ok_at: float | None = None
    """When a read last succeeded, epoch seconds; None: never."""
    next_at: float | None = None
    """When the next read is tried, epoch seconds; None: not known. While health is WAITING, since when it waits. It is shown
    only while health is not live."""
    others: Mapping[RateLimitClass, int] = field(default_factory=dict)
    """Calls per minute of other clients by class, rounded as they are shown; missing or 0: not shown. The widget sets it."""
    follower: bool = False
    """Whether another window polls and sends for this one."""
    read_only: bool = False
    protected: bool = False
    """Whether kills and batches must be confirmed by typing."""
    demo: bool = False
    queue: SafeText | None = None
    """Reason why nothing is sent, in a word or two; None: prompts are sent."""
    worker: SafeText | None = None
    """State of the profile's worker, in a few words; None: there is none."""
    downloads: int = 0
    """Downloads that wait or are under way."""
    spending: tuple[SafeText, bool] | None = None
    """Runs and amount of today with the limits, and whether a limit is near; None: there are neither limits nor prices."""
    silent: SafeText | None = None
    """Process that should read for this window and does not respond, in a few words; None: there is none."""
    silent_runs: int = 0
    """Number of active runs that no list names and whose own reads fail."""
    told_at: float = 0.0
    """Time of these values, epoch seconds. Times are counted down from here. The widget sets it."""


class SegmentRank(IntEnum):
    """Rank of a segment when the line gets narrow. The last ones are dropped first."""

    HEALTH = auto()
    QUEUE = auto()
    WAITING = auto()
    WHY = auto()
    NEXT = auto()
    AGE = auto()
    WAITING_TOO = auto()
    PROFILE = auto()
    READ_ONLY = auto()
    PROTECTED = auto()
    NEAR_LIMIT = auto()
    DEMO = auto()
    READS = auto()
    TRIGGERS = auto()
    SPENDING = auto()
    OTHERS = auto()
    KILLS = auto()
    DOWNLOADS = auto()
    WORKER = auto()
    BRAND = auto()
    BAR = auto()
    FOLLOWER = auto()
    RESET = auto()
    LEFT = auto()


@dataclass(frozen=True, slots=True)
class HeaderSegment:
    """Segment of the header."""

    content: Content
    rank: SegmentRank
    right: bool = False
    """Whether it is at the right edge."""
    before: str = "   "
    """Separator from the segment before."""


RANKS: Final = {
    RateLimitClass.READ: SegmentRank.READS,
    RateLimitClass.TRIGGER: SegmentRank.TRIGGERS,
    RateLimitClass.KILL: SegmentRank.KILLS,
}


def draw_top(state: HeaderModel, width: int, now: float) -> Content:
    """Draw the header in at most `width` cells, at `now` in epoch seconds. Segments are dropped by rank until the rest
    fits."""
    parts = _without_jumping([part for part in _parts(state, now) if part.content], width)
    while parts and _length(parts) > width and (last := max(part.rank for part in parts)) > SegmentRank.HEALTH:
        parts = [part for part in parts if part.rank is not last]
    left, right = _joined(parts, right=False), _joined(parts, right=True)
    gap = max(0, width - 2 - left.cell_length - right.cell_length)
    return Content.assemble(" ", left, " " * gap, right).truncate(max(0, width), ellipsis=True)


def _without_jumping(parts: list[HeaderSegment], width: int) -> list[HeaderSegment]:
    """Drop segments on the left that fit only while the health is a short word. Otherwise the line would jump when it
    changes."""
    reserved = max(0, STEADY - sum(part.content.cell_length for part in parts if part.rank is SegmentRank.HEALTH))
    for rank in (SegmentRank.BAR, SegmentRank.BRAND):
        if _length([part for part in parts if part.rank <= rank]) + reserved > width:
            parts = [part for part in parts if part.rank < rank]
    return parts


def _joined(parts: Sequence[HeaderSegment], right: bool) -> Content:
    pieces: list[Content] = []
    for part in parts:
        if part.right is right:
            pieces += [_ink(part.before, "$quiet")] if pieces else []
            pieces.append(part.content)
    return Content.assemble(*pieces)


def _length(parts: Sequence[HeaderSegment]) -> int:
    """Return the length of the line in cells, with a margin at each edge, and a gap if it has two sides."""
    sides = {False: 0, True: 0}
    for part in parts:
        sides[part.right] += part.content.cell_length + (len(part.before) if sides[part.right] else 0)
    return 2 + sum(sides.values()) + (_GAP if all(sides.values()) else 0)


def _parts(state: HeaderModel, now: float) -> list[HeaderSegment]:
    """Return the segments in their order."""
    passed_s = max(0.0, now - state.told_at)
    parts = [
        HeaderSegment(_ink("cordage", "$accent bold"), SegmentRank.BRAND),
        HeaderSegment(literal(state.profile, "bold"), SegmentRank.PROFILE),
    ]
    parts += [HeaderSegment(_ink("demo", "$quiet"), SegmentRank.DEMO)] if state.demo and state.profile != "demo" else []
    parts += [HeaderSegment(_ink("read-only", "$run-wait"), SegmentRank.READ_ONLY)] if state.read_only else []
    parts += [HeaderSegment(_ink("protected", "$quiet"), SegmentRank.PROTECTED)] if state.protected else []
    parts += [HeaderSegment(literal(state.queue, "$run-wait"), SegmentRank.QUEUE)] if state.queue else []
    parts += _spending(state)
    waiting = [view for view in state.budgets if waits(view)]
    for view in state.budgets:
        others = state.others.get(view.call_class, 0)
        if view in waiting:
            parts += _waiting(view, others, passed_s, first=view is waiting[0])
        else:
            parts += _budget(view, others, passed_s)
    if state.downloads:
        parts.append(HeaderSegment(_ink(f"↓ {state.downloads:,}", "$quiet"), SegmentRank.DOWNLOADS, right=True))
    if state.worker is not None:
        parts.append(HeaderSegment(literal(state.worker, "$quiet"), SegmentRank.WORKER, right=True))
    elif state.follower and state.silent is None:
        parts.append(HeaderSegment(_ink("read by another window", "$quiet"), SegmentRank.FOLLOWER, right=True))
    return [*parts, *_health(state, now)]


def _spending(state: HeaderModel) -> list[HeaderSegment]:
    if state.spending is None:
        return []
    text, is_near = state.spending
    rank = SegmentRank.NEAR_LIMIT if is_near else SegmentRank.SPENDING
    return [HeaderSegment(literal(text, "$run-wait" if is_near else "$quiet"), rank)]


def _waiting(view: BudgetView, others: int, passed_s: float, first: bool) -> list[HeaderSegment]:
    """Return the segments of a budget that holds calls back: for how long, and why."""
    wait = view.wait_s - passed_s
    time = f" {_seconds(wait)}" if wait > 0 else ""
    rank, reason = (SegmentRank.WAITING, SegmentRank.WHY) if first else (SegmentRank.WAITING_TOO,) * 2
    if view.remaining <= 0 and not view.limited and not others:
        text = f"{view.call_class.removesuffix('s')} limit reached"
        reset = _ink(f"resets in{time}" if time else "", "$quiet")
        return [HeaderSegment(_ink(text, "$run-wait"), rank), HeaderSegment(reset, reason, before=", ")]
    is_polling = view.call_class is RateLimitClass.READ and not view.limited
    text = "reading paused" if is_polling else f"{view.call_class} {'limited' if view.limited else 'wait'}"
    return [
        HeaderSegment(_ink(text + time, "$run-wait"), rank),
        HeaderSegment(literal(SafeText(f"({why(view, others)})"), "$quiet"), reason, before=" "),
    ]


def _budget(view: BudgetView, others: int, passed_s: float) -> list[HeaderSegment]:
    """Return the segments of a budget: how much is left, seconds to the reset if it is short, and the use by others."""
    name, rank = str(view.call_class), RANKS[view.call_class]
    parts = [
        HeaderSegment(_ink(name, "$quiet"), rank),
        HeaderSegment(_ink(f"{_figure(view)}/{view.limit}"), rank, before=" "),
    ]
    if view.call_class is RateLimitClass.READ:
        parts.insert(1, HeaderSegment(_bar(view), SegmentRank.BAR, before=" "))
        parts.append(HeaderSegment(_ink("left", "$quiet"), SegmentRank.LEFT, before=" "))
    reset = (view.reset_s or 0.0) - passed_s
    if is_short(view) and reset > 0:
        parts.append(HeaderSegment(_ink(f"resets {_seconds(reset)}", "$quiet"), SegmentRank.RESET, before=", "))
    if others:
        parts.append(HeaderSegment(_ink(f"others {others}/min"), SegmentRank.OTHERS, before=", "))
    return parts


def _bar(view: BudgetView) -> Content:
    return bar(exact(view) if is_short(view) else _quarters(view) * BAR // 4, is_short(view))


def _figure(view: BudgetView) -> str:
    """Format how much is left: a floor in quarters if idle polling would change the figure, else exact."""
    if view.call_class is not RateLimitClass.READ or is_short(view):
        return str(max(0, view.remaining))
    return f"{view.limit * (_quarters(view) - 1) // 4}+"


def _quarters(view: BudgetView) -> int:
    """Return how many quarters are left, rounded up: 4 from three quarters of the budget, 3 from half, down to 1."""
    return max(1, min(4, 4 * view.remaining // view.limit + 1)) if view.limit > 0 else 4


def _health(state: HeaderModel, now: float) -> list[HeaderSegment]:
    """Return the segments of the health: sign and word. While it is not live, also the age of the data on screen."""
    health = state.health
    sign, colour, label_text, _ = HEALTH_LABELS[health]
    is_silent = health is HealthStatus.LIVE and state.silent_runs > 0
    if is_silent:
        sign, colour, _, _ = HEALTH_LABELS[HealthStatus.TROUBLE]
        label_text = SafeText(f"{counted(state.silent_runs, 'run')} not heard from")
    health_text = literal(label_text, "$quiet" if health is HealthStatus.LIVE and not is_silent else colour)
    parts = [
        HeaderSegment(
            Content.assemble(literal(SafeText(sign), colour), " ", health_text), SegmentRank.HEALTH, right=True
        )
    ]
    if health is HealthStatus.LIVE:
        return parts
    if state.silent is not None:
        parts.append(HeaderSegment(literal(state.silent, colour), SegmentRank.WHY, right=True, before=": "))
    wait = state.next_at - now if state.next_at is not None else 0.0
    if health is HealthStatus.WAITING and wait < 0:
        parts.append(HeaderSegment(_ink(_passed(-wait), colour), SegmentRank.NEXT, right=True, before=", "))
    elif wait > 0:
        parts.append(
            HeaderSegment(_ink(f"next try in {_steps(wait)}", "$quiet"), SegmentRank.NEXT, right=True, before=", ")
        )
    if state.ok_at is not None:
        is_unknown = is_ahead(state.ok_at, now)
        age = "· data of unknown age" if is_unknown else f"· data {coarse_age(now - state.ok_at)} old"
        parts.append(HeaderSegment(_ink(age, "$quiet"), SegmentRank.AGE, right=True, before=" "))
    return parts


def _steps(seconds: float) -> str:
    """Format time left in steps of five seconds until the last ten seconds: each step is written to the terminal."""
    return _seconds(seconds if seconds <= 10.0 else 5.0 * math.ceil(seconds / 5.0))


def _passed(seconds: float) -> str:
    """Format elapsed time in seconds up to ten, then in steps of five."""
    return f"{math.floor(seconds) if seconds <= 10.0 else 5 * math.floor(seconds / 5.0)}s"


def _seconds(seconds: float) -> str:
    """Format time left. It is rounded up, so that it is never 0 while something waits."""
    whole = math.ceil(seconds)
    return f"{whole}s" if whole < 120 else f"{math.ceil(whole / 60)}m"


@lru_cache(64)
def _ink(text: str, style: str = "") -> Content:
    return literal(SafeText(text), style)


def worker_words(worker: WorkerInfo | None, follows: bool, silent: SilentHolder | None = None) -> SafeText | None:
    """Describe the worker for the header; None: there is none.

    `follows`: whether this window leaves reading and sending to another process. `silent`: the process that should do it,
    and does not respond.
    """
    if worker is None or (silent is not None and silent.pid == worker.pid):
        return None
    since = time.strftime("%H:%M", time.localtime(worker.since))
    return one_line(f"worker running since {since}" if follows else "worker on standby")


def counts_down(budgets: Iterable[BudgetView], worst: WebhookHealth, now: float) -> bool:
    """Return True if the header counts seconds. `now`: epoch seconds."""
    has_retry = worst.health not in (HealthStatus.LIVE, HealthStatus.LOADING) and (worst.next_at or 0.0) > now
    return (
        has_retry or worst.health is HealthStatus.WAITING or any(budget.waiting or budget.limited for budget in budgets)
    )


class Header(Widget):
    """Line with profile, rate budgets and health. It is repainted only if its text changes."""

    ALLOW_SELECT = False

    def __init__(self, *, wall: Callable[[], float] = time.time, id: str | None = None) -> None:
        """`wall` returns the time in epoch seconds, for drawings without a `tick`."""
        super().__init__(id=id)
        self.painted = PaintedLines(self)
        self._wall = wall
        self._state = HeaderModel(SafeText(""))
        self._shown = Content("")

    def show(self, state: HeaderModel) -> None:
        """Show these values from now on."""
        now = self._wall()
        others_a_minute = {
            view.call_class: others(view, self._state.others.get(view.call_class, 0)) for view in state.budgets
        }
        self._state = replace(state, others=others_a_minute, told_at=now)
        self.tick(now)

    def show_budgets(self, budgets: Sequence[BudgetView]) -> None:
        """Show these budgets from now on. The other values stay."""
        self.show(replace(self._state, budgets=budgets))

    def tick(self, now: float) -> None:
        """Update the times. `now`: epoch seconds."""
        if self.size.width == 0:
            return
        line = draw_top(self._state, self.size.width, now)
        if not line.is_same(self._shown):
            self._shown = line
            self.painted.paint(self._strips())

    async def on_click(self) -> None:
        """Open the page of rate limits, which explains the line."""
        await self.run_action("screen.act('app.limits')")

    def on_resize(self, event: Resize) -> None:
        self.tick(self._wall())

    def notify_style_update(self) -> None:
        """Forget the strip, because its colours have changed."""
        super().notify_style_update()
        self.painted.replace(())

    def render_line(self, y: int) -> Strip:
        strips = self.painted.strips
        if not strips or strips[0].cell_length != self.size.width:
            self.painted.replace(self._strips())
        return self.painted.strips[0]

    def on_unmount(self) -> None:
        self.painted.forget()

    def _strips(self) -> list[Strip]:
        return [line_strip(self, self._shown, self.size.width, self.visual_style)]
