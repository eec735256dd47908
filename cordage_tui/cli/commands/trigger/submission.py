"""Submission of `trigger`: enqueue, wait for answers, and report the state after an interruption."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from cordage_tui.cli.base.advice import with_command
from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import CommandError, ExitCode
from cordage_tui.cli.base.refusal import refusal_advice
from cordage_tui.cli.base.run_table import name_of
from cordage_tui.cli.base.store_patience import StorePatience
from cordage_tui.cli.base.wait import POLL_S, TimeLimits, change_signal
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.formatting import bar, format_remaining, time_figure
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.run import MatchedBy, RowId, RunDetail, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line, visible_id
from cordage_tui.domain.statistics.duration_model import RunEstimate
from cordage_tui.domain.submission import NO_LINEAGE, WAITS_FOR_TWIN, AuthorRequest, StateChange
from cordage_tui.engine.batch.draft import BatchDraft
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.outbox import search_window
from cordage_tui.engine.outbox.answer_check import GOES_WHEN_READ
from cordage_tui.engine.outbox.fresh_links import HELD as HELD_FOR_LINK
from cordage_tui.engine.outbox.sender import GOES_BY_ITSELF, GOES_WHEN_REACHED
from cordage_tui.engine.processes.leadership import UnstoredRun
from cordage_tui.store.errors import DatabaseLocked, StoreError

# A submitted prompt or batch, and its progress.

UNSENT: Final = frozenset({Status.QUEUED, Status.SENDING, Status.HELD})
OVER: Final = frozenset(status for status in Status if status.is_final) | {Status.UNCERTAIN}
"""Statuses after which there is nothing to wait for."""
_BAR: Final = 8


@dataclass(frozen=True, slots=True)
class Submission:
    """Rows of one `trigger`: a prompt or a batch."""

    engine: Engine
    webhook_key: str
    line: RowId
    """Row of the prompt, or of its batch."""
    size: int
    """Number of prompts; 1 is not a batch."""

    @classmethod
    def create(
        cls,
        engine: Engine,
        webhook_key: str,
        draft: BatchDraft,
        lane: Lane,
        over: int = 0,
        request: AuthorRequest | None = None,
    ) -> "Submission":
        """Enqueue the draft; the last `over` prompts may exceed a run limit.

        Raises StoreError, ReadOnlyProfile, and AlreadyRequested for a `request` submitted before; then nothing is
        sent.
        """
        bodies: tuple[Inputs, ...] = draft.bodies
        if len(bodies) == 1:
            lineage = next(iter(draft.lineages), NO_LINEAGE)
            line = engine.queue.submit(
                webhook_key, bodies[0], lane=lane, lineage=lineage, over_limit=over > 0, request=request
            )
        else:
            line = engine.queue.submit_batch(
                webhook_key,
                draft.source,
                bodies,
                lane=lane,
                lineages=draft.lineages,
                over_limit=over,
                request=request,
            )
        return cls(engine, webhook_key, line, len(bodies))

    def take_back(self) -> StateChange:
        """Drop a single unsent prompt; the change has its state if it was sent. Raises StoreError."""
        outbox = self.engine.store.outbox
        expected = outbox.expected(self.line)
        is_held = expected is not None and expected.state is OutboxState.HELD
        return outbox.drop(self.line, expected) if expected and is_held else outbox.drop(self.line)

    def counts(self) -> Mapping[Status, int]:
        """Count its prompts by status, without dropped ones."""
        if self.size == 1:
            row = self.engine.store.rows.run(self.line)
            return {} if row is None else {row.status: 1}
        progress = self.engine.store.batches.progress(self.line)
        return {} if progress is None else progress.counts

    def rows(self) -> list[RunRow]:
        """List its rows in the order of submission."""
        if self.size == 1:
            row = self.engine.store.rows.run(self.line)
            return [] if row is None else [row]
        return self.engine.store.rows.many(self.engine.store.batches.members(self.line))

    def unended(self) -> list[RowId]:
        """List those of its rows that have not ended."""
        rows = [self.line] if self.size == 1 else self.engine.store.batches.members(self.line)
        return [row for row, status in self.engine.store.run_lookup.statuses(rows).items() if not status.is_final]

    def run_ids(self) -> list[str | None]:
        """Return the run id of each prompt in the order of submission.

        It is None if the prompt has no id, was dropped, or was matched with its run only by a guess.
        """
        if self.size == 1:
            return [_sure_id(row) for row in self.rows()]
        rows = {row.id: _sure_id(row) for row in self.rows()}
        places = self.engine.store.batches.places(self.line)
        return [rows.get(places[place]) if place in places else None for place in range(self.size)]

    def not_started(self) -> Iterator[tuple[int, RunDetail]]:
        """Yield prompts that were rejected, are uncertain, or run without a known id, with their number from 1."""
        rows = {row.id: row for row in self.rows()}
        for place, row in sorted(self.engine.store.batches.places(self.line).items()):
            is_meant = row in rows and rows[row].status in (Status.REJECTED, Status.UNCERTAIN, Status.UNMATCHED)
            if is_meant and (detail := self.engine.store.query.detail(row)) is not None:
                yield place + 1, detail

    def guesses(self) -> list[RunDetail]:
        """List the details of those of its runs that are guesses."""
        rows = [row.id for row in self.rows() if row.matched is MatchedBy.GUESS]
        return [detail for detail in map(self.engine.store.query.detail, rows) if detail is not None]

    def details(self) -> list[RunDetail]:
        """List the details of its runs."""
        details = (self.engine.store.query.detail(row.id) for row in self.rows())
        return [detail for detail in details if detail is not None]

    def first(self, status: Status) -> RunDetail | None:
        """Return the first of its prompts with `status`."""
        row = next((row for row in self.rows() if row.status is status), None)
        return None if row is None else self.engine.store.query.detail(row.id)

    def is_being_matched(self) -> bool:
        """Return whether an uncertain prompt of it may still be matched automatically."""
        uncertain_rows = {row.id for row in self.rows() if row.status is Status.UNCERTAIN}
        submissions = self.engine.store.uncertain.all(self.engine.profile.stored_as) if uncertain_rows else []
        return any(
            d.row in uncertain_rows and (d.next_check is not None or search_window.is_new(d)) for d in submissions
        )

    def unstored(self) -> list[UnstoredRun]:
        """List its runs that the server has started and that the disk does not take.

        If the members of its batch cannot be read, these are all such runs of this process.
        """
        unstored = self.engine.leadership.unstored()
        if unstored and self.size == 1:
            return [unstored[self.line]] if self.line in unstored else []
        if unstored:
            with suppress(StoreError):
                return [unstored[row] for row in self.engine.store.batches.members(self.line) if row in unstored]
        return [*unstored.values()]

    def words(self, counts: Mapping[Status, int], now: float) -> str:
        """Format its progress in one line, with an estimate if there is one."""
        if self.size > 1:
            sent = sum(n for status, n in counts.items() if status not in UNSENT)
            over = sum(n for status, n in counts.items() if status.is_final)
            failed = counts.get(Status.FAILED, 0)
            remaining_s, blocked_by = self.engine.batches.outlook(self.line, self.webhook_key)
            ends = "" if remaining_s is None else f"{format_remaining(remaining_s)} left"
            parts = [f"{sent} of {self.size} sent", f"{over} ended", f"{failed} failed" if failed else ""]
            return " · ".join(part for part in [*parts, ends or blocked_by or ""] if part)
        row = self.engine.store.rows.run(self.line)
        return "" if row is None else row_words(self.engine, row, now)


def _sure_id(row: RunRow) -> str | None:
    return None if row.matched is MatchedBy.GUESS else row.run_id


def row_words(engine: Engine, row: RunRow, now: float) -> str:
    """Format status, time and estimate of one run."""
    ahead = engine.durations.estimate_rows([row]).get(row.id)
    return " · ".join([f"{row.status_name} {time_figure(row, now)}", *_expected(ahead)])


def _expected(outlook: RunEstimate | None) -> list[str]:
    if outlook is None:
        return []
    if outlook.slow:
        return ["slower than 95 % of its past runs"]
    return [f"{bar(outlook.progress, _BAR)} {format_remaining(outlook.left_s)} left"]


def beyond_limit(engine: Engine, webhook_key: str, count: int) -> tuple[int, SafeText]:
    """Return how many of `count` prompts are over the run limit, and a sentence about it; without words if none is."""
    if not engine.profile.is_limited or (left := engine.spending.left(webhook_key)) is None or count <= left:
        return 0, SafeText("")
    room = f"{left:,} of these {count:,} prompts are" if left else "None of it is"
    reached = engine.spending.reached() or SafeText("The run limit is nearly reached")
    return count - left, join_sentences(reached, f"{room} within the limit")


# State after a stopped `trigger`: nothing, an uncertain prompt, or an active run. Only prompts that were surely not
# sent are dropped.

NOTHING: Final = "Nothing was started, and nothing is queued: it is safe to try again."
MAY_RUN: Final = "It may be running and may be charged. It is not resent automatically; check before you repeat this."
TWIN_MAY_RUN: Final = (
    "This prompt was not sent, and it is not queued. The same prompt from before may be running and may be charged: do not "
    "repeat this command before that one is settled."
)
_NO_ANSWER: Final = "It was sent; no answer yet."
_TRIES: Final = 5
"""Attempts to drop a prompt, which may change between queued and held."""
_NAMED: Final = 5
"""Number of run ids listed in a command."""

Command = Callable[..., str]
"""Formats a command with the same options: `command("watch", "550e8400")`."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Report of an unfinished submission."""

    submission: Submission
    command: Command
    folder: str | None
    """Download folder; None without `--download`."""
    patience: StorePatience
    answered: Sequence[RunRow]
    """Rows of the submission as they were read when every prompt was answered; empty before."""

    def report(self, stop: CommandError) -> CommandError:
        """Make the final error for `stop`: its own exit code only if nothing was sent. Raises StoreError."""
        return self._report_single(stop) if self.submission.size == 1 else self._report_batch(stop)

    def unknown(self, stop: CommandError, why: str) -> CommandError:
        """Make the final error if the database cannot be read or written, because of `why`."""
        cause = "" if why in stop.happened else why
        started = [row for row in self.answered if row.run_id and row.matched is not MatchedBy.GUESS]
        if started and len(started) == self.submission.size:
            is_batch = self.submission.size > 1
            runs = f"All {len(started):,} runs were" if is_batch else f"Run {name_of(started[0])} was"
            meaning = _join([cause, f"{runs} started.", _repeat_warning("them" if is_batch else "it")])
            return CommandError(_unfinished(stop, started), stop.happened, self._follow_up_hint(started), meaning)
        meaning = _join([cause, "It is unknown whether this was sent.", MAY_RUN, self._rest()])
        return CommandError(ExitCode.UNCERTAIN, stop.happened, f"See: {self.command('doctor')}", meaning)

    def unstored(self, stop: CommandError) -> CommandError:
        """Make the final error if runs were started and could not be stored. It repeats no reported cause."""
        runs = self.submission.unstored()
        causes = dict.fromkeys(run.why for run in runs if run.why not in self.patience.causes)
        sentences = [f"Run {visible_id(run.run_id)} was started, and could not be stored." for run in runs]
        is_cause = any(run.why in stop.happened for run in runs)
        is_told = is_cause or stop.code is ExitCode.INTERRUPTED
        happened = _join([stop.happened if is_told else "", *([] if is_cause else causes), *sentences])
        advice = f"See: {self.command('doctor')}. Then see whether it is there: {self.command('runs')}"
        return CommandError(ExitCode.UNFINISHED, happened, advice, _join([_repeat_warning("it"), self._rest()]))

    def _rest(self) -> str:
        """Say what became of the other prompts of a batch, whose states may be unreadable."""
        if self.submission.size == 1:
            return ""
        queue = self.command("queue", "list")
        try:
            counts = self.submission.counts()
        except StoreError:
            return f"The other prompts of this batch may be queued, sent or running. See: {queue}"
        unsent = sum(counts.get(status, 0) for status in UNSENT - {Status.SENDING})
        return f"{unsent:,} other prompts of this batch are still queued. See: {queue}" if unsent else ""

    def _report_single(self, stop: CommandError) -> CommandError:
        change = self._take_back()
        match change.state:
            case OutboxState.SENDING | OutboxState.UNCERTAIN:
                return self._uncertain(stop)
            case OutboxState.REJECTED:
                return rejected_error(self.submission)
            case OutboxState.ACCEPTED if guesses := self.submission.guesses():
                return CommandError(ExitCode.UNCERTAIN, stop.happened, settle_hint(guesses[0]), guess_words(guesses[0]))
            case OutboxState.ACCEPTED:
                return self._started(stop)
            case _ if stop.code is not ExitCode.UNCERTAIN or stop.meaning == TWIN_MAY_RUN:
                meaning = TWIN_MAY_RUN if stop.code is ExitCode.UNCERTAIN else NOTHING
                return CommandError(stop.code, stop.happened, stop.advice, meaning)
            case _ if change.done:  # it had come back unsent in the meantime
                return CommandError(ExitCode.TRY_AGAIN, stop.happened, stop.advice, NOTHING)
            case _:
                return CommandError(stop.code, stop.happened, _LOOK, MAY_RUN)

    def _take_back(self) -> StateChange:
        change = self.submission.take_back()
        for _ in range(_TRIES):
            if change.done or change.state not in (OutboxState.QUEUED, OutboxState.HELD):
                break
            change = self.submission.take_back()
        return change

    def _uncertain(self, stop: CommandError) -> CommandError:
        number = f"@{self.submission.line}"
        detail = self.submission.engine.store.query.detail(self.submission.line)
        note = with_command(detail.note) if detail is not None and detail.note else _NO_ANSWER
        prompt = f"Prompt {number}{f' ({one_line(detail.row.prompt, 60)})' if detail else ''}: "
        happened = stop.happened if stop.happened == note else f"{stop.happened} {note}"
        advice = f"Check whether it runs: {self.command('runs')}. Its state: {self.command('show', number)}"
        return CommandError(ExitCode.UNCERTAIN, happened, advice, f"{prompt}{MAY_RUN}")

    def _started(self, stop: CommandError) -> CommandError:
        rows = self.submission.rows()
        status_text = f"Run {name_of(rows[0])} was started ({rows[0].status_name})." if rows else "A run was started."
        if rows and rows[0].run_id is None:
            see = f"See: {self.command('show', f'@{self.submission.line}')}"
            status_text = "It was started as one of several runs; which one is unknown."
            return CommandError(ExitCode.UNFINISHED, stop.happened, see, f"{status_text} {_repeat_warning('it')}")
        meaning = f"{status_text} {_repeat_warning('it')}"
        return CommandError(_unfinished(stop, rows), stop.happened, self._follow_up_hint(rows), meaning)

    def _report_batch(self, stop: CommandError) -> CommandError:
        counts, rows = self.submission.counts(), [row for row in self.submission.rows() if row.run_id]
        unsent = sum(counts.get(status, 0) for status in UNSENT - {Status.SENDING})
        unknown = counts.get(Status.UNCERTAIN, 0) + counts.get(Status.SENDING, 0)
        guessed = len(self.submission.guesses())
        unknown += guessed
        started = len(rows) - guessed + counts.get(Status.UNMATCHED, 0)
        if not (started or unsent or unknown):
            return CommandError(stop.code, stop.happened, stop.advice, "Nothing was started, and nothing is queued.")
        parts = [
            f"{started:,} of {self.submission.size:,} runs were started." if started else "",
            f"{unknown:,} may be running and may be charged." if unknown else "",
            f"{unsent:,} are still queued." if unsent else "",
            _repeat_warning("them"),
        ]
        advice = [
            f"To send the queue: {self.command('queue', 'work')}. To drop it: {self.command('queue', 'drop', '--all')}."
            if unsent
            else "",
            f"Uncertain prompts: {self.command('queue', 'list')}." if unknown else "",
            self._follow_up_hint(rows) if rows else "",
        ]
        code = ExitCode.UNCERTAIN if unknown else ExitCode.UNFINISHED if unsent else _unfinished(stop, rows)
        return CommandError(code, stop.happened, _join(advice), _join(parts))

    def _follow_up_hint(self, rows: Sequence[RunRow]) -> str:
        """Suggest the command that continues."""
        names = [name_of(row) for row in rows] if len(rows) <= _NAMED else []
        if self.folder is not None and names:
            return f"Get the outputs: {self.command('download', *names, '--wait', '--folder', self.folder)}"
        if names and all(row.status.is_final for row in rows):
            return f"See: {self.command('show', names[0])}"
        return f"Follow it: {self.command('watch', *names)}"


def _unfinished(stop: CommandError, rows: Sequence[RunRow]) -> ExitCode:
    """Return the exit code for started runs: its own if the time was up while they ran."""
    is_running = any(not row.status.is_final for row in rows)
    return stop.code if stop.code is ExitCode.STILL_RUNNING and is_running else ExitCode.UNFINISHED


def rejected_error(submission: Submission) -> CommandError:
    """Error for a single prompt that the server rejected."""
    detail = submission.first(Status.REJECTED)
    message = (detail and (detail.error or detail.note)) or "The server rejected it."
    return CommandError(ExitCode.FAILED, with_command(message), "Change it, and try again.", "Nothing was started.")


def _repeat_warning(target: str) -> str:
    return f"Do not repeat this command: it would start and charge {target} again."


def _join(parts: Sequence[str]) -> str:
    return " ".join(part for part in parts if part)


# Waiting until the server has answered every prompt.

_LOOK: Final = "Check whether it runs: cordage-tui runs. Then settle it: cordage-tui queue list"

Counts = Mapping[Status, int]


@dataclass(frozen=True, slots=True)
class SubmissionWaiter:
    """Waits until a submission is answered."""

    submission: Submission
    console: Console
    limits: TimeLimits
    patience: StorePatience

    async def wait(self) -> None:
        """Wait until every prompt is answered. Raises CommandError to give up; `Unfinished` reports the remaining
        state."""
        counts: Counts = {}
        since = time.monotonic()
        with change_signal(self.submission.engine) as changes:
            while True:
                await changes.sleep(self.limits.within(POLL_S) or POLL_S)
                unstored = self.submission.unstored()
                self.patience.report(unstored)
                try:
                    before, counts = counts, self.submission.counts()
                    if counts != before:
                        since = time.monotonic()
                    self.console.progress.show(self.submission.words(counts, time.time()))
                    if self._answered(counts):
                        self.patience.end([])
                        return
                    is_late = self.limits.is_up or time.monotonic() - since >= self.limits.stall_s
                    if is_late or self._is_stuck(counts):
                        self._give_up()
                    self.patience.end(unstored)
                except DatabaseLocked as error:
                    self.patience.meet(error.why)
                    if self.limits.is_up:
                        raise
                self.patience.check()

    def _answered(self, counts: Counts) -> bool:
        """Return whether every prompt is answered. Raises CommandError for a dropped or rejected single prompt."""
        if self.submission.size == 1:
            self._check_single(counts)
        waiting = any(counts.get(status) for status in UNSENT)
        return not waiting and not (counts.get(Status.UNCERTAIN) and self.submission.is_being_matched())

    def _check_single(self, counts: Counts) -> None:
        if not counts:
            raise CommandError(ExitCode.FAILED, "This prompt was removed from the queue.", "", NOTHING)
        if counts.get(Status.REJECTED):
            raise rejected_error(self.submission)

    def _is_stuck(self, counts: Counts) -> bool:
        """Return whether waiting cannot help: key rejected or server unreachable. The rate limit is waited for."""
        if (
            self.submission.engine.leadership.refused is not None
            or self.submission.engine.leadership.silent_sender is not None
            or self.submission.engine.leadership.trouble is not None
        ):
            return not counts.get(Status.SENDING)
        if self._held_for_link is not None and not counts.get(Status.SENDING) and not counts.get(Status.QUEUED):
            return True
        queued = None if counts.get(Status.SENDING) else self.submission.first(Status.QUEUED)
        return queued is not None and queued.note is not None and not self._is_limited

    @property
    def _held_for_link(self) -> RunDetail | None:
        """Details of the first prompt that is held for an output which is gone."""
        held = self.submission.first(Status.HELD)
        return held if held is not None and (held.note or "").startswith(f"{HELD_FOR_LINK}: ") else None

    @property
    def _is_limited(self) -> bool:
        trigger = next(
            view for view in self.submission.engine.rate_limiter.views() if view.call_class is RateLimitClass.TRIGGER
        )
        return trigger.limited or trigger.wait_s > 0

    def _give_up(self) -> None:
        """Raise CommandError; return only if the single prompt is being sent at this moment."""
        engine, submission = self.submission.engine, self.submission
        without_output = self._held_for_link
        waiting = submission.first(Status.QUEUED) or submission.first(Status.HELD)
        if waiting is not None and submission.size == 1 and not submission.take_back():
            return
        if engine.leadership.refused is not None:
            refused = engine.leadership.refused
            raise CommandError(ExitCode.KEY_REFUSED, refused, refusal_advice(refused), NOTHING)
        if without_output is not None:
            raise CommandError(ExitCode.USAGE, with_command(without_output.note or ""), "", NOTHING)
        if waiting is None:
            raise CommandError(ExitCode.UNCERTAIN, f"No answer came for {self.limits.reached_s:.0f} s.", "")
        if engine.leadership.trouble is not None:
            raise CommandError(ExitCode.TRY_AGAIN, engine.leadership.trouble, "See: cordage-tui doctor", NOTHING)
        if (silent := engine.leadership.silent_sender) is not None:
            message = f"Nothing is sent: the sending process, {silent.words}."
            raise CommandError(ExitCode.TRY_AGAIN, message, silent.advice, NOTHING)
        message = with_command(waiting.note or f"Nothing could be sent for {self.limits.reached_s:.0f} s.")
        if submission.size == 1:  # it has just been dropped
            for promise in (GOES_WHEN_REACHED, GOES_WHEN_READ, GOES_BY_ITSELF):
                message = message.removesuffix(promise).rstrip()
        if waiting.note == WAITS_FOR_TWIN:
            message = "The very same prompt on this webhook is uncertain."
            raise CommandError(ExitCode.UNCERTAIN, message, _LOOK, TWIN_MAY_RUN)
        raise CommandError(ExitCode.TRY_AGAIN, message, "Try again later.", NOTHING)


def guess_words(detail: RunDetail) -> SafeText:
    """Describe a run that is a guess."""
    row = detail.row
    prompt = f" ({one_line(row.prompt, 60)})" if row.prompt else ""
    return join_sentences(f"Prompt @{row.id}{prompt}: run {row.short_id}", with_command(detail.note or ""))


def settle_hint(detail: RunDetail) -> str:
    """Suggest the command that takes a guess back, or confirms it."""
    return f"Settle it: cordage-tui queue settle {detail.row.id} --none-ran or --as-guessed"


def uncertain_error(detail: RunDetail | None) -> CommandError:
    """Error for an uncertain prompt."""
    message = detail.note if detail is not None and detail.note else "It was sent, but may not have arrived."
    return CommandError(ExitCode.UNCERTAIN, with_command(message), "")
