"""What a `trigger` leaves behind that ends before its end, as an exit code and words: nothing, a prompt of which nobody knows
whether it runs, or a run that goes on. Only what was surely not sent is taken back."""

from collections.abc import Callable, Sequence
from typing import Final

from cordage_tui.cli.advice import for_shell
from cordage_tui.cli.errors import CommandError
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.order import UNSENT, Submission
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.outbox import OutboxState, StateChange
from cordage_tui.domain.run import RunRow, Status
from cordage_tui.domain.text import one_line

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
