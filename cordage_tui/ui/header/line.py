"""The top line's widget."""

import time
from collections.abc import Callable, Sequence

from textual.content import Content
from textual.events import Resize
from textual.widget import Widget

from cordage_tui.domain.rate_limit import BudgetView
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.ui.header.parts import HeaderModel, draw_top
from cordage_tui.ui.header.waiting import others


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
