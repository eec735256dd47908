"""Search for the run of an uncertain submission: creation window, end of the search, words for the user."""

import time
from collections.abc import Collection
from typing import Final

from cordage_tui.api.request import Timeouts
from cordage_tui.api.responses import ClockSkew
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.match_set import FoundSet, SetKind
from cordage_tui.domain.outbox import UncertainSubmission
from cordage_tui.domain.run import RemoteRun
from cordage_tui.domain.text import advised
from cordage_tui.engine.outbox.matching import SubmissionToMatch
from cordage_tui.store.uncertain import RunsAroundTime

# Window in which an uncertain submission's run was created, end of the search, notes (docs/triggering.md 5).
# Pure.

ASK_AFTER: Final = 2
"""Checks without a result, after which the user is asked."""


CHECK_EVERY_S: Final = 30.0


SMALL: Final = 10
"""No server's page of runs is smaller; a list of fewer is whole."""


_SLACK_S: Final = 2.0


_WITHIN_S: Final = 1.5
"""How far off a clock difference is taken to be while nothing better is known."""


_TICK_S: Final = 1.0
"""A time of the server's may be cut to whole seconds."""


_UNKNOWN_S: Final = 86_400.0
"""Assumed difference of two clocks while no answer has told it: at most a wrong time zone."""


@dataclass(frozen=True, slots=True)
class CreationWindow:
    """Window of time in which the run of one submission was created, if it was. Epoch seconds."""

    uncertain: UncertainSubmission
    opens: float
    """By the server's clock."""
    closes: float
    """By the server's clock."""
    opens_here: float
    """The same as `opens`, by this machine's clock as it goes now."""
    sent_here: float
    """When it was sent, by this machine's clock as it goes now."""
    likely: tuple[float, float] | None
    """Between which the server acted if it did so while the request was open, by its clock; None: the clocks are unknown."""

    @property
    def submission(self) -> SubmissionToMatch:
        """Submission as `match` takes it."""
        uncertain = self.uncertain
        return SubmissionToMatch(
            uncertain.row, self.sent_here, self.opens, self.closes, self.likely, uncertain.inputs, uncertain.ref
        )


def window(uncertain: UncertainSubmission, sent_here: float, settle_s: float, skew: ClockSkew | None) -> CreationWindow:
    """Window of creation of a submission's run. `sent_here` is `uncertain.sent_at` by this machine's clock as it runs now.

    `settle_s` after the request can last have been on its way, no run of it appears any more. A process that died while
    sending did not send for longer than any request may last, whenever the death was found.
    """
    known = _sent_there(uncertain, sent_here, skew)
    sent, slack = (known[0], _SLACK_S + known[1]) if known else (sent_here, _UNKNOWN_S)
    took_s = min(max(uncertain.failed_at - uncertain.sent_at, 0.0), Timeouts().trigger_total_s)
    opens, opens_here = sent - slack, sent_here - slack
    if skew is not None:  # the clock may have been set between the program that sent it and this one
        opens_here = min(opens_here, opens - skew.ahead_s)
    error_s = known[1] + _TICK_S if known else 0.0
    likely = (sent - error_s, sent + took_s + error_s) if known else None
    return CreationWindow(uncertain, opens, sent + took_s + settle_s + slack, opens_here, sent_here, likely)


def _sent_there(uncertain: UncertainSubmission, sent_here: float, skew: ClockSkew | None) -> tuple[float, float] | None:
    """Time of sending by the server's clock and its error in seconds; None: no answer told the clock. The more exact of
    the estimate then and the estimate now, unless a clock was set in between: each attempt has its own errors, and
    those would put two attempts in the wrong order."""
    then = None
    if uncertain.skew_s is not None:
        within = uncertain.skew_within_s if uncertain.skew_within_s is not None else _WITHIN_S
        then = uncertain.sent_at + uncertain.skew_s, within
    if skew is None:
        return then
    now = sent_here + skew.ahead_s, skew.within_s
    if then is None:
        return now
    was_set = abs(now[0] - then[0]) > now[1] + then[1]
    return then if was_set or then[1] < now[1] else now


def slack_s(skew: ClockSkew | None) -> float:
    """Error of a server time, after correction for the clock difference, in seconds."""
    return _SLACK_S + (skew.within_s if skew else _WITHIN_S)


def reaches_back(runs: Collection[RemoteRun], seen: CreationWindow, known: RunsAroundTime) -> bool:
    """Return whether a list would have shown the run. How lists are paged is not documented, so each must prove it: it
    has all runs we know since then, and something from before; or all there is."""
    named = {run.run_id for run in runs}
    if not known.after <= named:
        return False
    if known.before & named or any(run.created_at is not None and run.created_at < seen.opens for run in runs):
        return True
    return not known.before and (len(runs) < SMALL or known.is_ours_after)


def note_checking(uncertain: UncertainSubmission, until: float) -> str:
    """Note of a submission while the search continues."""
    return _note(uncertain, f"Checking the run list until the first answer after {_clock(until)}.")


def note_not_seen(uncertain: UncertainSubmission, checks: int, next_check: float | None) -> str:
    """Note of a submission after checks without a result."""
    words = f"Not seen in {counted(checks, 'check')} of the run list."
    if next_check is None:
        return _decide(uncertain, words)
    return _note(uncertain, f"{words} Next check with the first answer after {_clock(next_check)}.")


def note_ambiguous(uncertain: UncertainSubmission, found: FoundSet, until: float | None) -> str:
    """Note of a submission when runs may belong to it or to others."""
    runs, others = len(found.runs), len(found.rows) - 1
    shows = "One new run" if runs == 1 else f"{runs} new runs"
    rivals = "an earlier try that was given up"
    if others:
        rivals = "another uncertain prompt" if others == 1 else f"{others} other uncertain prompts"
    elif found.kind is SetKind.MORE_RUNS:
        rivals = "somebody else"
    words = f"{shows} could belong to this prompt or to {rivals}."
    if until is None:
        return _decide(uncertain, words)
    return _note(uncertain, f"{words} Checking until the first answer after {_clock(until)}.")


def note_all_ran(found: FoundSet) -> str:
    """Note of submissions that surely ran, each as one of several runs."""
    count = len(found.rows)
    if count == 1:
        return "Its response was lost; it is one of the runs in the list, not known which, so it is not sent again."
    return (
        f"Their responses were lost; these {count} prompts are {count} runs in the list, not known which is which. "
        "All of them ran, so none is sent again."
    )


def note_too_short(uncertain: UncertainSubmission, next_check: float) -> str:
    """Note of a submission when lists do not reach back to when it was sent."""
    words = f"The run list does not reach back that far, so this cannot be decided. Next check with the first answer after {_clock(next_check)}."
    return _decide(uncertain, words)


def note_waiting(uncertain: UncertainSubmission, next_check: float) -> str:
    """Note of a submission when the user prefers to wait."""
    seen = f"Not seen in {counted(uncertain.checks, 'check')} of the run list; " if uncertain.checks else ""
    return _note(uncertain, f"{seen}you keep waiting. Next check with the first answer after {_clock(next_check)}.")


def is_new(uncertain: UncertainSubmission) -> bool:
    """Return whether the search has not started."""
    return "\n" not in uncertain.note


def _note(uncertain: UncertainSubmission, words: str) -> str:
    return f"{uncertain.note.partition(chr(10))[0]}\n{words[0].upper()}{words[1:]}"


def _decide(uncertain: UncertainSubmission, words: str) -> str:
    """Note that leaves the decision to the user."""
    return advised(_note(uncertain, words), "run.resend")


def _clock(when: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(when))
