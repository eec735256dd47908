"""From the queue to the server: waits until all that was submitted has been answered, or says why it was not."""

import time
from collections.abc import Mapping
from typing import Final

from cordage_tui.cli.advice import for_shell
from cordage_tui.cli.errors import CommandError
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.following import POLL_S, ChangeSignal
from cordage_tui.cli.order import UNSENT, Submission
from cordage_tui.cli.progress import Progress
from cordage_tui.cli.unfinished import NOTHING, rejected
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.outbox import WAITS_FOR_TWIN
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.run import RunDetail, Status
from cordage_tui.engine.outbox.sender import GOES_BY_ITSELF, GOES_WHEN_REACHED

_LOOK: Final = "Look for that one: cordage-tui runs, and cordage-tui queue list."

Counts = Mapping[Status, int]


@dataclass(frozen=True, slots=True)
class SubmissionWaiter:
    """One order on its way."""

    order: Submission
    rung: ChangeSignal
    progress: Progress
    timeout_s: float
    """Given up when nothing has changed for so long."""

    async def done(self) -> None:
        """Until every prompt of the order has been answered. Raises CommandError where that cannot be waited for; what the order leaves
        behind then is told by `unfinished`."""
        counts: Counts = {}
        since = time.monotonic()
        while True:
            await self.rung.wait(POLL_S)
            before, counts = counts, self.order.counts()
            if counts != before:
                since = time.monotonic()
            self.progress.show(self.order.words(counts, time.time()))
            if self._answered(counts):
                return
            if self._is_stuck(counts) or time.monotonic() - since >= self.timeout_s:
                self._give_up()

    def _answered(self, counts: Counts) -> bool:
        """Whether nothing is on its way any more. Raises CommandError where a single prompt was not taken."""
        if self.order.size == 1:
            self._check_single(counts)
        waiting = any(counts.get(status) for status in UNSENT)
        return not waiting and not (counts.get(Status.UNCERTAIN) and self.order.is_looked_for())

    def _check_single(self, counts: Counts) -> None:
        if not counts:
            raise CommandError(ExitCode.FAILED, "Somebody took this prompt off the queue.", "", NOTHING)
        if counts.get(Status.REJECTED):
            raise rejected(self.order)

    def _is_stuck(self, counts: Counts) -> bool:
        """Whether waiting is of no use: the key is refused, or the server not reached. The limit is waited for."""
        if self.order.found.refused is not None or self.order.found.silent_sender is not None:
            return not counts.get(Status.SENDING)
        queued = None if counts.get(Status.SENDING) else self.order.first(Status.QUEUED)
        return queued is not None and queued.note is not None and not self._is_limited

    @property
    def _is_limited(self) -> bool:
        trigger = next(view for view in self.order.found.budgets() if view.call_class is RateLimitClass.TRIGGER)
        return trigger.limited or trigger.wait_s > 0

    def _give_up(self) -> None:
        """Raises CommandError; or returns, where the only prompt is being sent at this very moment after all."""
        found, order = self.order.found, self.order
        waiting = order.first(Status.QUEUED) or order.first(Status.HELD)
        if waiting is not None and order.size == 1 and not order.take_back():
            return
        if found.refused is not None:
            raise CommandError(ExitCode.KEY_REFUSED, found.refused, "Set a key that works.", NOTHING)
        if waiting is None:
            raise CommandError(ExitCode.UNCERTAIN, f"No answer came for {self.timeout_s:.0f} s.", "")
        if (silent := found.silent_sender) is not None:
            words = f"Nothing is sent: the program that sends, {silent.words}."
            raise CommandError(ExitCode.TRY_AGAIN, words, silent.cure, NOTHING)
        words = for_shell(waiting.note or f"Nothing could be sent for {self.timeout_s:.0f} s.")
        if order.size == 1:  # it has just been taken back
            words = words.removesuffix(GOES_WHEN_REACHED).removesuffix(GOES_BY_ITSELF).rstrip()
        if waiting.note == WAITS_FOR_TWIN:
            raise CommandError(ExitCode.UNCERTAIN, words, _LOOK, NOTHING)
        raise CommandError(ExitCode.TRY_AGAIN, words, "Try again later.", NOTHING)


def uncertain(detail: RunDetail | None) -> CommandError:
    """A prompt of which nobody knows whether it runs."""
    words = detail.note if detail is not None and detail.note else "We sent this and do not know whether it arrived."
    return CommandError(ExitCode.UNCERTAIN, for_shell(words), "")
