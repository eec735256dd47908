"""Sentences about runs, prompts and batches that are complete without a screen, for screen readers."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from cordage_tui.domain.advised_text import action_of
from cordage_tui.domain.batch import BatchProgress
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import QueueItem
from cordage_tui.domain.run import MatchedBy, RowId, RunDetail, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line

_PROMPT: Final = 60
"""Characters of a prompt that are enough to recognise it."""
FEW: Final = 10
"""Largest number of runs or prompts in an announced list, because a screen reader reads the whole list."""
_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_NOW: Final = {
    Status.QUEUED: "is queued",
    Status.SENDING: "is being sent",
    Status.UNCERTAIN: "is uncertain: it may be running and may be charged",
    Status.HELD: "is held and not sent",
    Status.REJECTED: "was rejected by the server; nothing was started",
    Status.UNMATCHED: "is unmatched: it ran, but it is not clear which run it is",
    Status.PENDING: "waits at the server",
    Status.RUNNING: "is running",
    Status.KILLING: "is being killed",
    Status.COMPLETED: "completed",
    Status.FAILED: "failed",
    Status.CANCELLED: "was cancelled",
    Status.MISSING: "is missing: the server no longer lists it",
}
_AFTER: Final = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})


def spoken_duration(seconds: float) -> str:
    """Format a duration in its two largest units: `12 seconds`, `1 minute 12 seconds`, `2 hours`. Never negative."""
    left, parts = max(0, int(seconds)), list[str]()
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(counted(count, unit))
        elif parts:
            break
    return " ".join(parts[:2]) or "0 seconds"


def run_name(row: RunRow, webhook: str | None = None, about: str = "") -> SafeText:
    """Name a run or prompt by its number, which every command takes: `run 3, fox in snow`.

    `webhook` and `about`, the values that distinguish it in its batch, are added if given.
    """
    kind = "prompt" if row.status.is_ours else "run"
    prompt = row.prompt or ("" if row.status.is_ours else "started elsewhere")
    if row.matched is MatchedBy.GUESS:
        prompt = f"{prompt}, which is a guess"
    return _name(kind, row.id, prompt_with(prompt, about), webhook)


def run_sentence(row: RunRow, now: float, webhook: str | None = None) -> SafeText:
    """Describe a run: number, prompt, status, how long, outputs."""
    return _sentence(f"{run_name(row, webhook)}, {status_words(row, now)}")


def listed_sentence(row: RunRow, now: float, webhook: str | None = None) -> SafeText:
    """Describe a run like `run_sentence`, and when it was started."""
    author_phrase = f", submitted by {row.author}" if row.author else ""
    return _sentence(
        f"{run_name(row, webhook)}, {status_words(row, now)}{author_phrase}, {spoken_age(now - row.created_at)}"
    )


def spoken_age(seconds: float) -> str:
    """Format an age in its largest unit: `just now`, `5 minutes ago`."""
    whole = int(seconds)
    unit, size = next(((unit, size) for unit, size in _UNITS if whole >= size), ("", 1))
    return f"{counted(whole // size, unit)} ago" if whole >= 60 else "just now"


def status_words(row: RunRow, now: float) -> str:
    """Describe the status in the words of a sentence: `completed after 12 seconds with 2 outputs`."""
    words = _NOW.get(row.status) or f"is {row.status_name}"
    elapsed = row.elapsed_s(now)
    if elapsed is not None and row.status in _AFTER:
        words += f" after {spoken_duration(elapsed)}"
    elif elapsed is not None and elapsed >= 1 and row.status is Status.RUNNING:
        words = f"has been running for {spoken_duration(elapsed)}"
    return f"{words} with {counted(row.output_count, 'output')}" if row.status is Status.COMPLETED else words


def change_sentence(detail: RunDetail, now: float, about: str = "", *, another: bool = False) -> SafeText:
    """Describe the new status of a run, why it failed, and the user's choices for an uncertain prompt.

    It is short if it is `another` uncertain one.
    """
    row, why = detail.row, detail.error or detail.note or ""
    name = run_name(row, about=about)
    status_phrase = f"{name}, {status_words(row, now)}"
    if row.status is Status.UNCERTAIN and another:
        return SafeText(
            f"{_sentence(f'{name}, is uncertain, too: it may be running and may be charged')} Type queue to hear more."
        )
    if row.status is Status.UNCERTAIN:
        explanation = f"{_sentence(f'{name}, is uncertain')} {_sentence(why)}" if why else _sentence(status_phrase)
        return SafeText(f"{explanation} {uncertain_choices(row.id)}")
    if row.status in (Status.FAILED, Status.REJECTED, Status.HELD, Status.UNMATCHED) and why:
        return SafeText(f"{_sentence(f'{status_phrase}: {why}')}{approval_words(row.id, detail.note)}")
    return _sentence(status_phrase)


def approval_words(row: int, note: str | None) -> str:
    """Name the command that approves a prompt which waits for that; empty for any other."""
    return f" Type queue approve {row} to let it be sent." if action_of(note) == "queue.approve" else ""


def uncertain_choices(row: int, *other_rows: int) -> str:
    """List the commands that decide about an uncertain prompt, or about each of several."""
    if other_rows:
        return (
            "To resend a prompt, type resend and its number; if the first one ran, you pay twice. To drop it, type drop and "
            "its number. To look for its run again, type queue wait and its number."
        )
    return (
        f"To resend it, type resend {row}; if the first one ran, you pay twice. To drop it, type drop {row}. "
        f"To look for its run again, type queue wait {row}."
    )


def queued_sentence(item: QueueItem, about: str, webhook: str, now: float) -> SafeText:
    """Describe a prompt of the queue, and why it waits."""
    state_phrase = f"{_name('prompt', item.row, prompt_with(item.prompt, about), webhook)}, is {item.state.value}"
    author_phrase = f", submitted by {item.author}" if item.author else ""
    why = f"{_sentence(item.note)}{approval_words(item.row, item.note)}" if item.note else ""
    parts = [_sentence(f"{state_phrase}{author_phrase}, {spoken_age(now - item.submitted_at)}"), why]
    return SafeText(" ".join(part for part in parts if part))


def queue_sentences(
    waiting: Sequence[QueueItem], about: Mapping[RowId, str], label: Callable[[str], str], now: float
) -> Iterator[str]:
    """Describe the queue: the first prompts, in their order, the number of others, and once the choices for uncertain
    ones.

    `about`: the values that distinguish the prompts of a batch.
    """
    for item in waiting[:FEW]:
        yield queued_sentence(item, about.get(item.row, ""), label(item.webhook_key), now)
    if others := [item.row for item in waiting[FEW:]]:
        yield f"And {counted(len(others), 'more prompt')}, {numbers(others)}. Type show and a number to hear one."
    uncertain = [item.row for item in waiting if item.state is OutboxState.UNCERTAIN]
    if uncertain:
        yield uncertain_choices(*uncertain[:2])


def rating_sentence(outputs: Sequence[tuple[RowId, int]], rating: str) -> str:
    """Return the sentence about a new rating of outputs, given by row and number."""
    rows = list(dict.fromkeys(row for row, _ in outputs))
    is_single = len(outputs) == 1
    is_ = "is" if is_single else "are"
    done = {"keep": f"{is_} kept", "reject": f"{is_} rejected", "none": f"{is_} no longer rated"}.get(rating)
    stars = f"{'has' if is_single else 'have'} {'1 star' if rating == '1' else f'{rating} stars'}"
    outputs_phrase = f"Output {outputs[0][1]}" if is_single else counted(len(outputs), "output")
    runs = f"run {rows[0]}" if len(rows) == 1 else f"{len(rows):,} runs"
    return f"{outputs_phrase} of {runs} {done or stars}."


def saved_sentence(outputs: Sequence[tuple[RowId, int]], folder: Path) -> SafeText:
    """Return the sentence about outputs saved to a folder, given by row and number; their file names would be tedious
    to hear."""
    rows = list(dict.fromkeys(row for row, _ in outputs))
    outputs_phrase = f"Output {outputs[0][1]}" if len(outputs) == 1 else counted(len(outputs), "output")
    runs = f"run {rows[0]}" if len(rows) == 1 else f"{len(rows):,} runs"
    with suppress(ValueError):
        folder = folder.relative_to(Path.home())
    return _sentence(f"{outputs_phrase} of {runs} {'is' if len(outputs) == 1 else 'are'} saved in the folder {folder}")


def prompts_named(items: Sequence[QueueItem]) -> SafeText:
    """Name prompts of the queue: one by number and words, several by their numbers."""
    if len(items) == 1:
        return _name("prompt", items[0].row, items[0].prompt, None)
    return SafeText(f"{counted(len(items), 'prompt')}, {numbers([item.row for item in items])}")


def batch_sentence(line: RunRow, progress: BatchProgress) -> SafeText:
    """Describe a batch that has ended."""
    ends = ", ".join(f"{count:,} {status.word}" for status, count in progress.counts.items() if count)
    return _sentence(f"{_name('batch', line.id, progress.title, None)}, has ended: {ends}")


def numbers(rows: Collection[int]) -> str:
    """Format row numbers: `3`, `3 and 7`, `3 to 9`."""
    first, *_, last = sorted({*rows}) * 2
    return f"{first}" if first == last else f"{first} {'and' if len(rows) == 2 else 'to'} {last}"


def prompt_with(prompt: str, about: str) -> str:
    """Append to a prompt the values that distinguish it in its batch, such as `seed 3`."""
    return ", ".join(part for part in (one_line(prompt, _PROMPT), about.replace(" · ", ", ")) if part)


def _name(kind: str, number: int, prompt: str, webhook: str | None) -> SafeText:
    of = f" of {one_line(webhook, _PROMPT)}" if webhook else ""
    return one_line(f"{kind} {number}{of}" + (f", {one_line(prompt, 2 * _PROMPT)}" if prompt else ""))


def _sentence(text: str) -> SafeText:
    """Begin with a capital and end with a full stop."""
    text = one_line(text, 2_000)
    return SafeText(text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else "."))
