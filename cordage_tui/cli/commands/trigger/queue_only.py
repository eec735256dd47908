"""Option `--queue`: submissions that are only written down; another process sends them."""

from cordage_tui.cli.base.advice import pause_in_words
from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.base.output_streams import OutputWriteError, discard_output
from cordage_tui.cli.commands.trigger.submission import Submission
from cordage_tui.cli.linear.sentences import numbers
from cordage_tui.config.paths import Paths
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.batch.draft import BatchDraft
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import UnknownOutput
from cordage_tui.engine.processes.process_locks import Holder, holder_of, sending_lock


def queue_draft(engine: Engine, webhook: Webhook, draft: BatchDraft, lane: Lane, console: Console) -> None:
    """Commit the draft to the queue of an engine that is not started, and print the queue numbers and the sender.

    Raises UsageError, StoreError and ReadOnlyProfile; then nothing was queued. Raises CommandError if the numbers
    could not be printed.
    """
    try:
        submission = Submission.create(engine, webhook.key, draft, lane)
    except UnknownOutput as error:
        raise UsageError(error.what, "Look: cordage-tui show") from error
    rows = [row.id for row in submission.rows()]
    try:
        _print(engine, webhook, submission, rows, console)
    except OutputWriteError as error:
        discard_output()
        problem = f"{len(rows):,} queued, but their numbers could not be written: {error}."
        meaning = (
            "They are in the queue and will be sent; do not repeat this command: it would queue and charge them again."
        )
        raise CommandError(ExitCode.UNFINISHED, problem, "Their numbers: cordage-tui queue list", meaning) from error


def _print(engine: Engine, webhook: Webhook, submission: Submission, rows: "list[RowId]", console: Console) -> None:
    """Print the numbers, and who sends. Raises OutputWriteError."""
    lock = sending_lock(engine.profile, Paths.system())
    sender = holder_of(lock)
    if console.json:
        batch = submission.line if submission.size > 1 else None
        by = None if sender is None else {"pid": sender.pid}
        result = {"profile": engine.profile.name, "webhook": webhook.name, "held": _is_held(engine)}
        console.object("queued", {**result, "batch": batch, "rows": rows, "sender": by})
    elif console.linear:
        are = "Prompt {} is" if len(rows) == 1 else f"{len(rows):,} prompts, {{}}, are"
        state = "held for approval" if _is_held(engine) else "queued"
        whole = f" as batch {submission.line}" if submission.size > 1 else ""
        paused = " The queue is paused; type resume to continue." if engine.queue.control().paused else ""
        console.print(f"{are.format(numbers(rows))} {state} for {one_line(webhook.name)}{whole}.{paused}")
        return
    else:
        console.print("\n".join(map(str, rows)))
    console.info(_who_sends(engine, len(rows), sender, is_held=lock.signature() is not None))


def _is_held(engine: Engine) -> bool:
    """Return whether prompts queued here wait for the user's approval."""
    return engine.author is not None and engine.author.is_held


def _who_sends(engine: Engine, count: int, sender: Holder | None, *, is_held: bool) -> str:
    if _is_held(engine):
        does = "waits" if count == 1 else "wait"
        return f"{count:,} held, {does} for the user's approval: y in the app's queue, or cordage-tui queue approve"
    queued = f"{count:,} queued, not sent by this command."
    paused = engine.queue.control().paused
    if paused is not None:
        return f"{queued} {pause_in_words(paused)}"
    if sender is not None and (silent := sender.silent(SystemClock().wall())) is not None:
        return f"{queued} Nothing is sent now: the sending process, {silent.words}. {silent.advice}"
    if sender is not None:
        return f"{queued} The process with pid {sender.pid} sends {'it' if count == 1 else 'them'}."
    if is_held:
        return f"{queued} Another window or worker sends {'it' if count == 1 else 'them'}."
    return f"{queued} Nothing sends now; a window or worker will: cordage-tui queue work"
