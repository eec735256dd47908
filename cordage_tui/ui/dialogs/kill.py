"""Dialogs that confirm a kill of one run or of many."""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from textual.content import Content

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.confirmation import number_to_type
from cordage_tui.domain.formatting import counted, format_estimate
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.dialogs.live_dialog import LiveDialog, Question
from cordage_tui.ui.widgets.status_signs import GLYPHS, RUN_COLOURS
from cordage_tui.ui.widgets.text import literal

# Confirmation of a kill. Its run is fixed when it opens, even if the table behind it changes. The shown state of the run is
# updated.

A_GUESS: Final = SafeText("It is a guess: it may be another prompt's, or somebody else's.")
MAX_PROMPT = 160
"""Most characters of the prompt that are shown: three lines of the dialog."""


@dataclass(frozen=True, slots=True)
class KillTarget:
    """Run to kill, in its present state."""

    row: RowId
    short_id: SafeText
    """First 8 characters of the run's id, which must be typed in a protected profile."""
    prompt: SafeText
    """Prompt; empty: the run was started elsewhere."""
    webhook: SafeText
    status: Status
    status_name: SafeText
    elapsed: SafeText | None
    """Elapsed time as the table shows it; None: not known."""
    protected: bool
    """Whether the profile requires the short id to be typed."""
    is_guess: bool = False
    """The run was found by its time: it may be another prompt's, or somebody else's."""


class KillDialog(LiveDialog):
    """Question whether to kill a run."""

    def __init__(self, engine: Engine, look: Callable[[], KillTarget]) -> None:
        """`look` reads the present state of the run."""
        super().__init__(engine, lambda: kill_question(look()), about=())


def kill_question(target: KillTarget) -> Question:
    """Word the question. If the run has ended, yes is not possible."""
    name = one_line(target.short_id) or SafeText("kill")
    possible = not target.status.is_final
    typed = name if target.protected and possible else None
    lines = tuple(kill_lines(target))
    return Question(SafeText("Kill this run?"), lines, SafeText("Kill"), typed, possible)


def kill_lines(target: KillTarget) -> list[Content]:
    """Return lines with the run's prompt, then its status and webhook, then the consequence of a kill."""
    prompt = one_line(target.prompt, MAX_PROMPT)
    name = literal(prompt, "bold") if prompt else literal(SafeText("started elsewhere, prompt unknown"), "$quiet")
    colour = f"${RUN_COLOURS[target.status]}"
    state = literal(SafeText(f"{GLYPHS[target.status]} {one_line(target.status_name)}"), colour)
    facts = [target.webhook, *([target.elapsed] if target.elapsed else []), target.short_id]
    rest = literal(one_line(" · ".join(part for part in facts if part)), "$quiet")
    consequence = (
        "It has ended; there is nothing to kill." if target.status.is_final else "This can't be undone. e reruns it."
    )
    final = literal(SafeText(consequence), "$quiet")
    guess = [literal(A_GUESS, "$run-wait")] if target.is_guess and not target.status.is_final else []
    return [name, Content.assemble(state, "  ", rest), *guess, Content(""), final]


# Confirmation of many kills: runs by status, order, and duration. The runs are fixed when it opens.

_NOTES: Final = {
    Status.QUEUED: "dropped before they are sent, not charged",
    Status.HELD: "dropped before they are sent, not charged",
    Status.PENDING: "the oldest first",
    Status.RUNNING: "the youngest first",
    Status.SENDING: "once they have an id",
}


@dataclass(frozen=True, slots=True)
class BulkTarget:
    """Marked runs, in their present states."""

    counts: Mapping[Status, int]
    """Runs to kill by status, in the order of killing."""
    left_out: Mapping[Status, int]
    """Marked runs that are not affected."""
    unseen: int
    """Number of runs to kill that the table does not show, because of its webhook or filter."""
    guesses: int
    """Runs to kill that were found by their time, and may be somebody else's."""
    takes_s: float
    """Seconds until the last kill is sent; 0: all are within the rate limit."""
    a_minute: int
    """Kills per minute that the rate limit allows."""
    protected: bool
    """Whether the profile requires the number to be typed, even if it is small."""

    @property
    def total(self) -> int:
        """Number of runs to kill."""
        return sum(self.counts.values())


class BulkKillDialog(LiveDialog):
    """Question whether to kill many runs."""

    def __init__(self, engine: Engine, look: Callable[[], BulkTarget], unsent: Collection[RowId]) -> None:
        """`look` counts the runs in their present states. `unsent`: prompts that are not sent while the question is open."""
        super().__init__(engine, lambda: bulk_kill_question(look()), about=unsent)


def bulk_kill_question(target: BulkTarget) -> Question:
    """Word the question. If all runs have ended, yes is not possible."""
    total = target.total
    title = bulk_kill_title(target.counts) if total else SafeText("Nothing left to kill")
    typed = number_to_type(total, always=target.protected)
    yes = one_line(f"Kill {total:,}" if total else "Kill")
    return Question(title, tuple(bulk_kill_lines(target)), yes, typed, possible=total > 0)


def bulk_kill_title(counts: Mapping[Status, int]) -> SafeText:
    """Format `Kill 10 runs and drop 230 queued prompts?`"""
    unsent = counts.get(Status.QUEUED, 0) + counts.get(Status.HELD, 0)
    kill = f"kill {counted(sum(counts.values()) - unsent, 'run')}"
    drop = f"drop {counted(unsent, 'queued prompt')}"
    text = kill if not unsent else drop if unsent == sum(counts.values()) else f"{kill} and {drop}"
    return one_line(f"{text[0].upper()}{text[1:]}?")


def bulk_kill_lines(target: BulkTarget) -> list[Content]:
    """Return the lines of the question: one per status, then unaffected runs, the duration, and the consequence."""
    lines = [_counted(status, count) for status, count in target.counts.items()]
    if target.unseen:
        message = f"{target.unseen:,} of them {'is' if target.unseen == 1 else 'are'} not visible in the current list."
        lines.append(literal(one_line(message), "$run-wait"))
    if target.guesses:
        message = f"{target.guesses:,} of them {'is a guess' if target.guesses == 1 else 'are guesses'}, and may be somebody else's."
        lines.append(literal(one_line(message), "$run-wait"))
    if target.left_out:
        lines.append(literal(one_line(f"Not affected: {statuses(target.left_out)}."), "$quiet"))
    if Status.UNCERTAIN in target.left_out:
        lines.append(literal(one_line("Uncertain prompts may be running; drop them one at a time with x."), "$quiet"))
    if not target.total:
        return [*lines, Content(""), literal(SafeText("All of them have ended; there is nothing to kill."), "$quiet")]
    final = literal(one_line("This can't be undone. e reruns it."), "$quiet")
    return [*lines, Content(""), literal(pace(target)), final]


def pace(target: BulkTarget) -> SafeText:
    """Say how long the kills take, and how to stop them."""
    if target.takes_s <= 0:
        return one_line("Within the kill limit: done at once.")
    return one_line(f"Takes {format_estimate(target.takes_s)} ({target.a_minute} kills/min). X stops it.")


def statuses(counts: Mapping[Status, int]) -> str:
    """Format `8 running, 3 completed`, the most frequent status first."""
    most_first = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(f"{count:,} {status.word}" for status, count in most_first)


def _counted(status: Status, count: int) -> Content:
    sign = literal(one_line(f"{GLYPHS[status]} {count:,} {status.word}"), f"${RUN_COLOURS[status]}")
    return Content.assemble(sign, "  ", literal(one_line(_NOTES.get(status, "")), "$quiet"))
