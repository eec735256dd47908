"""Header of the main screen."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum, auto
from typing import Final

from textual.content import Content
from textual.events import Resize
from textual.widget import Widget

from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.formatting import coarse_age
from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.ui.widgets.text import HEALTH_COLOURS, SIGNS, WORDS, coloured_bar, literal

# The bar that tells how much of a budget is left.

BAR: Final = 8
"""Cells of the bar."""


def is_short(view: BudgetView) -> bool:
    """Less than half is left: it is told to the call from there on."""
    return 2 * view.remaining < view.limit


def exact(view: BudgetView) -> int:
    """Cells to fill for what is left; none only when nothing is."""
    if view.remaining <= 0 or view.limit <= 0:
        return 0
    return min(BAR, max(1, BAR * view.remaining // view.limit))


def bar(filled: int, short: bool) -> Content:
    """`filled` cells of `BAR`; of a budget that is `short`, in the colour of waiting."""
    return coloured_bar(filled / BAR, BAR, "$run-wait" if short else "$quiet")


# Whether calls of one class wait, why, and what others spend: the words, and how steady their figures are held.

WORTH_SAYING_S: Final = 3.0
"""Pacing makes polls wait a moment all day long; only a longer wait is news."""

STEP: Final = 10
"""What others spend is told in steps of this many calls a minute: it wobbles, and an idle screen does not."""
FEWEST: Final = 5.0
"""Fewer calls a minute than this are not told: windows turn, and the count is not that good."""
RESERVED: Final = 8
"""Of the reads, about the last eighth is not for polling (docs/polling.md 4: background stops at m ≤ r·L)."""
SLACK: Final = 8.0
"""A figure stays while the true one is no further off than this, so that it does not go to and fro at the edge of a step."""


def waits(view: BudgetView) -> bool:
    """Calls of this class are held back long enough for a person to notice."""
    return view.limited or (view.waiting > 0 and view.wait_s >= WORTH_SAYING_S)


def others(view: BudgetView, before: int = 0) -> int:
    """What others spend, in calls a minute, coarsely; 0: nothing worth telling, or not known. `before` is what was told last."""
    now = view.others_a_minute
    if now is None:
        return 0
    if before and abs(now - before) <= SLACK and now >= FEWEST / 2:
        return before
    return 0 if now < FEWEST else max(STEP, STEP * round(now / STEP))


def why(view: BudgetView, others_a_minute: int) -> SafeText:
    """Why calls of this class wait. `others_a_minute` as `others` tells it."""
    if view.limited:
        return SafeText("429")
    if others_a_minute:
        return SafeText(f"others use {others_a_minute}/min")
    if view.remaining <= 0:
        return SafeText("limit reached")
    if view.call_class is not RateLimitClass.READ:
        return SafeText(f"{view.limit}/min")
    kept = RESERVED * view.remaining <= view.limit
    return SafeText(f"{view.remaining} reads reserved for you" if kept else "spread over the minute")


# The top line as a pure function: which parts there are, and which give way when it gets narrow.
#
# Figures and bar tell what is left, as every response's headers do. An idle screen writes nothing, so what idle polling
# moves is told coarsely: above half of a budget the figure is a floor (`90+/120 left`) and the bar has quarters. It
# gets exact, with the seconds to the reset, when the budget gets short.

_GAP: Final = Content("   ")


@dataclass(frozen=True, slots=True)
class HeaderModel:
    """All that the top line tells."""

    profile: SafeText
    budgets: Sequence[BudgetView] = ()
    health: HealthStatus = HealthStatus.LOADING
    ok_at: float | None = None
    """When a read last succeeded, epoch seconds; None: never."""
    next_at: float | None = None
    """When the next read is tried, epoch seconds; None: not known. Told only while health is not live. While it is WAITING,
    since when."""
    others: Mapping[RateLimitClass, int] = field(default_factory=dict)
    """What others spend of each budget, in calls a minute, as steady as it is to be told; missing or 0: not told."""
    follower: bool = False
    """Another window polls and sends for this one."""
    read_only: bool = False
    demo: bool = False
    queue: SafeText | None = None
    """Why nothing is sent, in a word or two; None: it is."""
    worker: SafeText | None = None
    """What a worker of this profile does, in a few words; None: there is none."""
    downloads: int = 0
    """How many wait or are being loaded."""
    silent: SafeText | None = None
    """Which process should read for this window and gives no sign of life, in a few words; None: there is none."""
    told_at: float = 0.0
    """When all this was so, epoch seconds: what counts down counts from here."""


class SegmentRank(IntEnum):
    """How long a piece stays when the line gets narrow; the last of these goes first."""

    HEALTH = auto()
    QUEUE = auto()
    WAITING = auto()
    WHY = auto()
    NEXT = auto()
    AGE = auto()
    WAITING_TOO = auto()
    PROFILE = auto()
    READ_ONLY = auto()
    DEMO = auto()
    READS = auto()
    TRIGGERS = auto()
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
    """A piece of the line."""

    content: Content
    rank: SegmentRank
    right: bool = False
    """It stands at the right edge."""
    before: str = "   "
    """What stands between it and the piece before it."""


RANKS: Final = {
    RateLimitClass.READ: SegmentRank.READS,
    RateLimitClass.TRIGGER: SegmentRank.TRIGGERS,
    RateLimitClass.KILL: SegmentRank.KILLS,
}


def draw_top(state: HeaderModel, width: int, now: float) -> Content:
    """The line in at most `width` cells, at `now` in epoch seconds; by rank, pieces are dropped until the rest fits."""
    parts = [part for part in _parts(state, now) if part.content]
    while parts and _length(parts) > width and (last := max(part.rank for part in parts)) > SegmentRank.HEALTH:
        parts = [part for part in parts if part.rank is not last]
    left, right = _joined(parts, right=False), _joined(parts, right=True)
    gap = max(0, width - 2 - left.cell_length - right.cell_length)
    return Content.assemble(" ", left, " " * gap, right).truncate(max(0, width), ellipsis=True)


def _joined(parts: Sequence[HeaderSegment], right: bool) -> Content:
    pieces: list[Content] = []
    for part in parts:
        if part.right is right:
            pieces += [_ink(part.before, "$quiet")] if pieces else []
            pieces.append(part.content)
    return Content.assemble(*pieces)


def _length(parts: Sequence[HeaderSegment]) -> int:
    """Cells the line takes: a margin at each edge, and a gap between its two sides where both are there."""
    left, right = _joined(parts, right=False), _joined(parts, right=True)
    return 2 + left.cell_length + right.cell_length + (_GAP.cell_length if left and right else 0)


def _parts(state: HeaderModel, now: float) -> list[HeaderSegment]:
    """Every piece there is to tell, in the order of the line."""
    passed = max(0.0, now - state.told_at)
    parts = [
        HeaderSegment(_ink("cordage", "$accent bold"), SegmentRank.BRAND),
        HeaderSegment(literal(state.profile, "bold"), SegmentRank.PROFILE),
    ]
    parts += [HeaderSegment(_ink("demo", "$quiet"), SegmentRank.DEMO)] if state.demo else []
    parts += [HeaderSegment(_ink("read-only", "$run-wait"), SegmentRank.READ_ONLY)] if state.read_only else []
    parts += [HeaderSegment(literal(state.queue, "$run-wait"), SegmentRank.QUEUE)] if state.queue else []
    held = [view for view in state.budgets if waits(view)]
    for view in state.budgets:
        others = state.others.get(view.call_class, 0)
        if view in held:
            parts += _waiting(view, others, passed, first=view is held[0])
        else:
            parts += _budget(view, others, passed)
    if state.downloads:
        parts.append(HeaderSegment(_ink(f"↓ {state.downloads:,}", "$quiet"), SegmentRank.DOWNLOADS, right=True))
    if state.worker is not None:
        parts.append(HeaderSegment(literal(state.worker, "$quiet"), SegmentRank.WORKER, right=True))
    elif state.follower and state.silent is None:
        parts.append(HeaderSegment(_ink("polled by another window", "$quiet"), SegmentRank.FOLLOWER, right=True))
    return [*parts, *_health(state, now)]


def _waiting(view: BudgetView, others: int, passed: float, first: bool) -> list[HeaderSegment]:
    """Segments of a budget that holds calls back: for how long, and why."""
    wait = view.wait_s - passed
    time = f" {_seconds(wait)}" if wait > 0 else ""
    rank, reason = (SegmentRank.WAITING, SegmentRank.WHY) if first else (SegmentRank.WAITING_TOO,) * 2
    if view.remaining <= 0 and not view.limited and not others:
        words = f"{view.call_class.removesuffix('s')} limit reached"
        reset = _ink(f"resets in{time}" if time else "", "$quiet")
        return [HeaderSegment(_ink(words, "$run-wait"), rank), HeaderSegment(reset, reason, before=", ")]
    polling = view.call_class is RateLimitClass.READ and not view.limited
    words = "polling paused" if polling else f"{view.call_class} {'limited' if view.limited else 'wait'}"
    return [
        HeaderSegment(_ink(words + time, "$run-wait"), rank),
        HeaderSegment(literal(SafeText(f"({why(view, others)})"), "$quiet"), reason, before=" "),
    ]


def _budget(view: BudgetView, others: int, passed: float) -> list[HeaderSegment]:
    """A budget that lets calls through: what is left of it, seconds to the reset when it gets short, what others spend."""
    name, rank = str(view.call_class), RANKS[view.call_class]
    parts = [
        HeaderSegment(_ink(name, "$quiet"), rank),
        HeaderSegment(_ink(f"{_figure(view)}/{view.limit}"), rank, before=" "),
    ]
    if view.call_class is RateLimitClass.READ:
        parts.insert(1, HeaderSegment(_bar(view), SegmentRank.BAR, before=" "))
        parts.append(HeaderSegment(_ink("left", "$quiet"), SegmentRank.LEFT, before=" "))
    reset = (view.reset_s or 0.0) - passed
    if is_short(view) and reset > 0:
        parts.append(HeaderSegment(_ink(f"resets {_seconds(reset)}", "$quiet"), SegmentRank.RESET, before=", "))
    if others:
        parts.append(HeaderSegment(_ink(f"others {others}/min"), SegmentRank.OTHERS, before=", "))
    return parts


def _bar(view: BudgetView) -> Content:
    return bar(exact(view) if is_short(view) else _quarters(view) * BAR // 4, is_short(view))


def _figure(view: BudgetView) -> str:
    """What remains: a floor in quarters where idle polling would move it, else the figure itself."""
    if view.call_class is not RateLimitClass.READ or is_short(view):
        return str(max(0, view.remaining))
    return f"{view.limit * (_quarters(view) - 1) // 4}+"


def _quarters(view: BudgetView) -> int:
    """4 from three quarters of the budget up, 3 from half up, and so on down to 1."""
    return max(1, min(4, 4 * view.remaining // view.limit + 1)) if view.limit > 0 else 4


def _health(state: HeaderModel, now: float) -> list[HeaderSegment]:
    """Sign and word; and while it is not live, how old the data on screen is."""
    health = state.health
    colour = f"${HEALTH_COLOURS[health]}"
    words = literal(WORDS[health], "$quiet" if health is HealthStatus.LIVE else colour)
    parts = [
        HeaderSegment(
            Content.assemble(literal(SafeText(SIGNS[health]), colour), " ", words), SegmentRank.HEALTH, right=True
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
        old = f"· data {coarse_age(now - state.ok_at)} old"
        parts.append(HeaderSegment(_ink(old, "$quiet"), SegmentRank.AGE, right=True, before=" "))
    return parts


def _steps(seconds: float) -> str:
    """Time left in steps of five seconds until the last ten: nobody counts along, and each step is written to the terminal."""
    return _seconds(seconds if seconds <= 10.0 else 5.0 * math.ceil(seconds / 5.0))


def _passed(seconds: float) -> str:
    """Time that something has taken so far, by the second up to ten, then in steps of five."""
    return f"{math.floor(seconds) if seconds <= 10.0 else 5 * math.floor(seconds / 5.0)}s"


def _seconds(seconds: float) -> str:
    """Time left, rounded up, so that it never reads 0 while something waits."""
    whole = math.ceil(seconds)
    return f"{whole}s" if whole < 120 else f"{math.ceil(whole / 60)}m"


def _ink(text: str, style: str = "") -> Content:
    """Words of our own."""
    return literal(SafeText(text), style)


# The top line's widget.


class Header(Widget):
    """Profile, rate budgets and health on one line. It is repainted only when it would read differently."""

    ALLOW_SELECT = False

    def __init__(self, *, wall: Callable[[], float] = time.time, id: str | None = None) -> None:
        """`wall` tells the time in epoch seconds when there is no `tick` to tell it."""
        super().__init__(id=id)
        self._wall = wall
        self._state = HeaderModel(SafeText(""))
        self._shown = Content("")

    def show(
        self,
        profile: SafeText,
        budgets: Sequence[BudgetView],
        health: HealthStatus,
        ok_at: float | None,
        *,
        next_at: float | None = None,
        follower: bool = False,
        read_only: bool = False,
        demo: bool = False,
        queue: SafeText | None = None,
        worker: SafeText | None = None,
        downloads: int = 0,
        silent: SafeText | None = None,
    ) -> None:
        """Tell this from now on; `ok_at` is when a read last succeeded and `next_at` when the next is tried, both in epoch
        seconds (None: never, not known). `queue`: why nothing is sent; None: it is. `worker`: what
        one does; None: there is none. `downloads`: how many are under way. `silent`: which process
        should read and gives no sign of life."""
        now = self._wall()
        spent = {view.call_class: others(view, self._state.others.get(view.call_class, 0)) for view in budgets}
        self._state = HeaderModel(
            *(
                profile,
                tuple(budgets),
                health,
                ok_at,
                next_at,
                spent,
                follower,
                read_only,
                demo,
                queue,
                worker,
                downloads,
                silent,
            ),
            told_at=now,
        )
        self.tick(now)

    def tick(self, now: float) -> None:
        """Time has passed (`now` in epoch seconds): count down what waits, let the data age."""
        line = draw_top(self._state, self.size.width, now)
        if not line.is_same(self._shown):
            self._shown = line
            self.refresh()

    def on_resize(self, event: Resize) -> None:
        self.tick(self._wall())

    def render(self) -> Content:
        return self._shown
