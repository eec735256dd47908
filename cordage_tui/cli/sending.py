"""From the queue to the server: waits until all that was submitted has been answered, or says why it was not."""

import time
from collections.abc import Mapping
from typing import Final

from cordage_tui.cli.errors import Stopped
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.following import LOOK_S, Bell
from cordage_tui.cli.order import UNSENT, Order
from cordage_tui.cli.progress import Progress
from cordage_tui.cli.shell_words import for_shell
from cordage_tui.domain.budget import CallClass
from cordage_tui.domain.outbox import WAITS_FOR_TWIN, OutboxState
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.status import Status
from cordage_tui.domain.value import dataclass

NOTHING: Final = "Nothing was sent, and nothing is queued: trying again costs nothing twice."
MAY_RUN: Final = (
    "It may be running and may be charged. It is not sent again by itself; do not repeat this before you have looked."
)
_LOOK: Final = "Look for it: cordage-tui runs. Then decide: press w in the app, or cordage-tui queue list."
_ON_THE_WIRE: Final = (
    "It is on the wire, and its answer is waited for; another Ctrl-C leaves that to you: cordage-tui runs."
)

Counts = Mapping[Status, int]


@dataclass(frozen=True, slots=True)
class Sending:
    """One order on its way."""

    order: Order
    rung: Bell
    progress: Progress
    timeout_s: float
    """Given up when nothing has changed for so long."""

    async def done(self) -> None:
        """Until every prompt of the order has been answered. Raises Stopped, with the exit code that says what became of it."""
        counts: Counts = {}
        since = time.monotonic()
        while True:
            await self.rung.wait(LOOK_S)
            before, counts = counts, self.order.counts()
            if counts != before:
                since = time.monotonic()
            self.progress.show(self.order.words(counts, time.time()))
            if self._answered(counts):
                return
            if self._is_stuck(counts) or time.monotonic() - since >= self.timeout_s:
                self._give_up(counts)

    def _answered(self, counts: Counts) -> bool:
        """Whether nothing is on its way any more. Raises Stopped where a single prompt was not taken."""
        if self.order.size == 1:
            self._check_single(counts)
        waiting = any(counts.get(status) for status in UNSENT)
        return not waiting and not (counts.get(Status.UNCERTAIN) and self.order.is_looked_for())

    def _check_single(self, counts: Counts) -> None:
        if not counts:
            raise Stopped(ExitCode.FAILED, "Somebody took this prompt off the queue.", "", NOTHING)
        rejected = self.order.first(Status.REJECTED)
        if rejected is not None:
            words = rejected.error or rejected.note or "The server refused it."
            raise Stopped(ExitCode.USAGE, for_shell(words), "Change it, and try again.", "Nothing runs.")

    def _is_stuck(self, counts: Counts) -> bool:
        """Whether waiting is of no use: the key is refused, or the server not reached. The limit is waited for."""
        if self.order.found.refused is not None:
            return not counts.get(Status.SENDING)
        queued = None if counts.get(Status.SENDING) else self.order.first(Status.QUEUED)
        return queued is not None and queued.note is not None and not self._is_limited

    @property
    def _is_limited(self) -> bool:
        trigger = next(view for view in self.order.found.budgets() if view.call_class is CallClass.TRIGGER)
        return trigger.limited or trigger.wait_s > 0

    def _give_up(self, counts: Counts) -> None:
        """Raises Stopped; or returns, where the prompt is being sent at this very moment after all."""
        found, order = self.order.found, self.order
        waiting = order.first(Status.QUEUED) or order.first(Status.HELD)
        if waiting is None:
            raise uncertain(order.first(Status.UNCERTAIN) or order.first(Status.SENDING))
        if order.size == 1 and not order.take_back():
            return
        left = "" if order.size == 1 else _left(counts)
        if found.refused is not None:
            raise Stopped(ExitCode.KEY_REFUSED, found.refused, "Set a key that works.", left or NOTHING)
        words = for_shell(waiting.note or f"Nothing could be sent for {self.timeout_s:.0f} s.")
        if waiting.note == WAITS_FOR_TWIN:
            raise Stopped(ExitCode.UNCERTAIN, words, _LOOK, left or NOTHING)
        raise Stopped(ExitCode.TRY_AGAIN, words, "" if left else "Try again later.", left or NOTHING)


def uncertain(detail: RunDetail | None) -> Stopped:
    """A prompt of which nobody knows whether it runs."""
    words = detail.note if detail is not None and detail.note else "We sent this and do not know whether it arrived."
    return Stopped(ExitCode.UNCERTAIN, for_shell(words), _LOOK, MAY_RUN)


def interrupted(order: Order) -> str:
    """What Ctrl-C leaves behind. What was not sent is taken back, unless it belongs to a batch, which stays queued."""
    rows = order.rows()
    if order.size > 1:
        return f"Interrupted. {_left(order.counts())} {goes_on(order)}"
    if not rows or (change := order.take_back()):
        return f"Interrupted. {NOTHING}"
    if change.state is OutboxState.UNCERTAIN:
        return f"Interrupted. {MAY_RUN}"
    if rows[0].run_id is None:
        return f"Interrupted. {_ON_THE_WIRE}"
    return f"Interrupted. {goes_on(order)}"


def goes_on(order: Order) -> str:
    """Of a single prompt, or of a batch: how to find what was started."""
    rows = [row for row in order.rows() if row.run_id]
    if order.size == 1 and rows:
        return f"The run goes on: cordage-tui watch {rows[0].short_id}"
    return "What runs goes on: cordage-tui watch" if rows else "It has no run yet: look with cordage-tui runs."


def _left(counts: Counts) -> str:
    """Of a batch: what waits on, and how it goes on."""
    left = sum(counts.get(status, 0) for status in UNSENT)
    if not left:
        return "All of it was sent."
    return (
        f"{left:,} of the prompts are still queued; do not give them again. "
        "They go with the next window, or: cordage-tui queue work"
    )
