"""One submission of `trigger`: enqueue, send, wait, and what an interruption leaves behind."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from cordage_tui.cli.advice import for_shell
from cordage_tui.cli.console import Progress
from cordage_tui.cli.errors import CommandError, ExitCode
from cordage_tui.cli.follow import POLL_S, ChangeSignal
from cordage_tui.domain.duration_model import RunEstimate
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.formatting import bar, duration, format_remaining
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox import WAITS_FOR_TWIN, OutboxState, StateChange
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.run import RowId, RunDetail, RunRow, Status
from cordage_tui.domain.text import one_line
from cordage_tui.engine.batch.draft import BatchDraft
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.outbox import search_window
from cordage_tui.engine.outbox.sender import GOES_BY_ITSELF, GOES_WHEN_REACHED

# What one `trigger` has submitted, and how that stands: a single prompt or a batch.

UNSENT: Final = frozenset({Status.QUEUED, Status.SENDING, Status.HELD})
OVER: Final = frozenset(status for status in Status if status.is_final) | {Status.UNCERTAIN}
"""Nothing more is to be waited for."""
_BAR: Final = 8


@dataclass(frozen=True, slots=True)
class Submission:
    """The rows of one command."""

    found: Engine
    webhook_key: str
    line: RowId
    """The prompt's row, or the line of its batch."""
    size: int
    """How many prompts; 1 is no batch."""

    @classmethod
    def placed(cls, found: Engine, webhook_key: str, draft: BatchDraft) -> "Submission":
        """Writes it down as queued. Raises StoreError and ReadOnlyProfile; then nothing will be sent."""
        bodies: tuple[Inputs, ...] = draft.bodies
        one = len(bodies) == 1
        line = (
            found.submissions.submit(webhook_key, bodies[0])
            if one
            else found.submissions.submit_batch(webhook_key, draft.source, bodies)
        )
        return cls(found, webhook_key, line, len(bodies))

    def take_back(self) -> StateChange:
        """Takes a single prompt off the queue if it was not sent; tells what it has become otherwise. Raises StoreError."""
        queue = self.found.queue
        expected = queue.expected(self.line)
        held = expected is not None and expected.state is OutboxState.HELD
        return queue.drop(self.line, expected) if expected is not None and held else queue.drop(self.line)

    def counts(self) -> Mapping[Status, int]:
        """How many of its prompts have each status; dropped ones count nowhere."""
        if self.size == 1:
            row = self.found.store.listing.row(self.line)
            return {} if row is None else {row.status: 1}
        progress = self.found.store.batches.progress(self.line)
        return {} if progress is None else progress.counts

    def rows(self) -> list[RunRow]:
        """Its rows in the order they were given."""
        if self.size == 1:
            row = self.found.store.listing.row(self.line)
            return [] if row is None else [row]
        return self.found.store.picked.rows(self.found.store.batches.members(self.line))

    def run_ids(self) -> list[str | None]:
        """The server's id for each prompt, in the order they were given; None for one that has none, or was dropped."""
        if self.size == 1:
            return [row.run_id for row in self.rows()]
        rows = {row.id: row.run_id for row in self.rows()}
        places = self.found.store.batches.places(self.line)
        return [rows.get(places[place]) if place in places else None for place in range(self.size)]

    def not_started(self) -> Iterator[tuple[int, RunDetail]]:
        """The prompts that were refused, may run for all we know, or run as a run that is not told, with their place from 1."""
        rows = {row.id: row for row in self.rows()}
        for place, row in sorted(self.found.store.batches.places(self.line).items()):
            is_meant = row in rows and rows[row].status in (Status.REJECTED, Status.UNCERTAIN, Status.SENT)
            if is_meant and (detail := self.found.store.query.detail(row)) is not None:
                yield place + 1, detail

    def details(self) -> list[RunDetail]:
        """All that is known of each."""
        found = (self.found.store.query.detail(row.id) for row in self.rows())
        return [detail for detail in found if detail is not None]

    def first(self, status: Status) -> RunDetail | None:
        """The first of its prompts that stands so."""
        row = next((row for row in self.rows() if row.status is status), None)
        return None if row is None else self.found.store.query.detail(row.id)

    def is_looked_for(self) -> bool:
        """Whether one of its uncertain prompts may yet be found in the run list without the user."""
        mine = {row.id for row in self.rows() if row.status is Status.UNCERTAIN}
        doubts = self.found.store.doubts.all(self.found.profile.stored_as) if mine else []
        return any(d.row in mine and (d.next_check is not None or search_window.is_new(d)) for d in doubts)

    def words(self, counts: Mapping[Status, int], now: float) -> str:
        """How it stands, in one line, with what is to be expected where anything is known."""
        if self.size > 1:
            sent = sum(n for status, n in counts.items() if status not in UNSENT)
            over = sum(n for status, n in counts.items() if status.is_final)
            failed = counts.get(Status.FAILED, 0)
            rest = self.found.batches.left_s(self.line, self.webhook_key)
            parts = [f"{sent} of {self.size} sent", f"{over} ended", f"{failed} failed" if failed else ""]
            return " · ".join(
                part for part in [*parts, "" if rest is None else f"{format_remaining(rest)} left"] if part
            )
        row = self.found.store.listing.row(self.line)
        return "" if row is None else row_words(self.found, row, now)


def row_words(found: Engine, row: RunRow, now: float) -> str:
    """How one run stands, with what is to be expected."""
    elapsed = row.elapsed_s(now)
    ahead = found.durations.outlooks([row]).get(row.id)
    return " · ".join([f"{row.status_name} {'' if elapsed is None else duration(elapsed)}", *_expected(ahead)])


def _expected(outlook: RunEstimate | None) -> list[str]:
    if outlook is None:
        return []
    if outlook.slow:
        return ["slower than 95 % of its past runs"]
    return [f"{bar(outlook.progress, _BAR)} {format_remaining(outlook.left_s)} left"]


# What a `trigger` leaves behind that ends before its end, as an exit code and words: nothing, a prompt of which nobody
# knows whether it runs, or a run that goes on. Only what was surely not sent is taken back.

NOTHING: Final = "Nothing was sent, and nothing is queued: trying again costs nothing twice."
MAY_RUN: Final = (
    "It may be running and may be charged. It is not sent again by itself; do not repeat this before you have looked."
)
_NO_ANSWER: Final = "It was sent, and no answer has come yet."
_TRIES: Final = 5
"""A prompt may change between queued and held while it is taken back."""
_NAMED: Final = 5
"""Of several runs, so many are named."""

Command = Callable[..., str]
"""`command("watch", "550e8400")` is how that is typed here, with the options that this command was given."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The words for one order."""

    order: Submission
    command: Command
    folder: str | None
    """Where outputs were to go; None: nowhere."""

    def left_behind(self, stop: CommandError) -> CommandError:
        """How to end where `stop` keeps the command from going on: as `stop` says only if nothing was sent. Raises StoreError."""
        return self._of_single(stop) if self.order.size == 1 else self._of_batch(stop)

    def unknown(self, stop: CommandError, why: str) -> CommandError:
        """The same where the database does not tell what was sent."""
        meaning = f"{why} So it is not known whether this was sent. {MAY_RUN}"
        return CommandError(ExitCode.UNCERTAIN, stop.happened, f"See: {self.command('doctor')}", meaning)

    def _of_single(self, stop: CommandError) -> CommandError:
        change = self._taken_back()
        match change.state:
            case OutboxState.SENDING | OutboxState.UNCERTAIN:
                return self._uncertain(stop)
            case OutboxState.REJECTED:
                return rejected(self.order)
            case OutboxState.ACCEPTED:
                return self._started(stop)
            case _:
                return CommandError(stop.code, stop.happened, stop.advice, NOTHING)

    def _taken_back(self) -> StateChange:
        change = self.order.take_back()
        for _ in range(_TRIES):
            if change.done or change.state not in (OutboxState.QUEUED, OutboxState.HELD):
                break
            change = self.order.take_back()
        return change

    def _uncertain(self, stop: CommandError) -> CommandError:
        number = f"@{self.order.line}"
        detail = self.order.found.store.query.detail(self.order.line)
        note = for_shell(detail.note) if detail is not None and detail.note else _NO_ANSWER
        prompt = f"Prompt {number}{f' ({one_line(detail.row.prompt, 60)})' if detail else ''}: "
        happened = stop.happened if stop.happened == note else f"{stop.happened} {note}"
        advice = f"Look whether it runs: {self.command('runs')}. How it stands: {self.command('show', number)}"
        return CommandError(ExitCode.UNCERTAIN, happened, advice, f"{prompt}{MAY_RUN}")

    def _started(self, stop: CommandError) -> CommandError:
        rows = self.order.rows()
        words = f"Run {rows[0].short_id} was started ({rows[0].status_name})." if rows else "A run was started."
        if rows and rows[0].run_id is None:
            see = f"See: {self.command('show', f'@{self.order.line}')}"
            words = "It was started, as one of several runs; which of them is not told."
            return CommandError(ExitCode.UNFINISHED, stop.happened, see, f"{words} {_again('it')}")
        return CommandError(ExitCode.UNFINISHED, stop.happened, self._follow(rows), f"{words} {_again('it')}")

    def _of_batch(self, stop: CommandError) -> CommandError:
        counts, rows = self.order.counts(), [row for row in self.order.rows() if row.run_id]
        unsent = sum(counts.get(status, 0) for status in UNSENT - {Status.SENDING})
        unknown = counts.get(Status.UNCERTAIN, 0) + counts.get(Status.SENDING, 0)
        started = len(rows) + counts.get(Status.SENT, 0)
        if not (started or unsent or unknown):
            return CommandError(stop.code, stop.happened, stop.advice, "Nothing runs, and nothing is queued.")
        parts = [
            f"{started:,} of {self.order.size:,} runs were started." if started else "",
            f"{unknown:,} may be running and may be charged." if unknown else "",
            f"{unsent:,} still wait in the queue." if unsent else "",
            _again("them"),
        ]
        advice = [
            f"To send what waits: {self.command('queue', 'work')}. To drop it: {self.command('queue', 'drop', '--all')}."
            if unsent
            else "",
            f"What is uncertain: {self.command('queue', 'list')}." if unknown else "",
            self._follow(rows) if rows else "",
        ]
        code = ExitCode.UNCERTAIN if unknown else ExitCode.UNFINISHED
        return CommandError(code, stop.happened, _joined(advice), _joined(parts))

    def _follow(self, rows: Sequence[RunRow]) -> str:
        """The command that goes on where this one ends."""
        names = [row.short_id for row in rows] if len(rows) <= _NAMED else []
        if self.folder is not None and names:
            return f"Get the outputs: {self.command('download', *names, '--wait', '--folder', self.folder)}"
        if names and all(row.status.is_final for row in rows):
            return f"See: {self.command('show', names[0])}"
        return f"Follow it: {self.command('watch', *names)}"


def rejected(order: Submission) -> CommandError:
    """The server has refused a single prompt."""
    detail = order.first(Status.REJECTED)
    words = (detail and (detail.error or detail.note)) or "The server refused it."
    return CommandError(ExitCode.USAGE, for_shell(words), "Change it, and try again.", "Nothing runs.")


def _again(what: str) -> str:
    return f"Do not repeat this command: it would start {what} again, and that is charged."


def _joined(parts: Sequence[str]) -> str:
    return " ".join(part for part in parts if part)


# From the queue to the server: waits until all that was submitted has been answered, or says why it was not.

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
        if self.order.found.refused is not None or self.order.found.leadership.silent_sender is not None:
            return not counts.get(Status.SENDING)
        queued = None if counts.get(Status.SENDING) else self.order.first(Status.QUEUED)
        return queued is not None and queued.note is not None and not self._is_limited

    @property
    def _is_limited(self) -> bool:
        trigger = next(view for view in self.order.found.pacer.views() if view.call_class is RateLimitClass.TRIGGER)
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
        if (silent := found.leadership.silent_sender) is not None:
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
