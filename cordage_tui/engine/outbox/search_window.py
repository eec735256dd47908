"""Search for the run of an uncertain submission: creation window, end of the search, words for the user."""

import re
import time
from collections.abc import Collection, Sequence
from typing import Final

from cordage_tui.api.request import Timeouts
from cordage_tui.api.responses import ClockSkew
from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.match_set import FoundSet, SetKind
from cordage_tui.domain.run import RemoteRun
from cordage_tui.domain.submission import AcceptedStamp, UncertainSubmission
from cordage_tui.engine.outbox.run_matching import SubmissionToMatch
from cordage_tui.engine.outbox.stamp_offset import NO_OFFSET, learned_offset
from cordage_tui.store.outbox.match_sets import RULINGS
from cordage_tui.store.outbox.uncertain import RunsAroundTime

# Window in which an uncertain submission's run was created, end of the search, notes (docs/dev/triggering.md 5).

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
"""Assumed difference of two clocks while nothing has shown it: at most a wrong time zone."""


@dataclass(frozen=True, slots=True)
class CreationWindow:
    """Window of time in which the run of one submission was created, if it was. Epoch seconds."""

    uncertain: UncertainSubmission
    opens: float
    """By the clock that stamps runs."""
    closes: float
    """By the clock that stamps runs."""
    opens_here: float
    """Earliest time of its creation, by this machine's present clock."""
    sent_here: float
    """When it was sent, by this machine's present clock."""
    likely: tuple[float, float] | None
    """Interval in which the server acted if it did so while the request was open, by its clock; None: the clocks are
    unknown."""
    knows_stamps: bool = True
    """Accepted runs have shown how the server stamps runs; otherwise the window covers the possible difference of two
    clocks."""

    @property
    def submission(self) -> SubmissionToMatch:
        """Submission as `match` takes it."""
        uncertain = self.uncertain
        return SubmissionToMatch(
            uncertain.row,
            sent=self.sent_here,
            opens=self.opens,
            closes=self.closes,
            likely=self.likely,
            inputs=uncertain.inputs,
            ref=uncertain.ref,
            after=uncertain.after,
            knows_stamps=self.knows_stamps,
        )


def window(
    uncertain: UncertainSubmission,
    sent_here: float,
    settle_s: float,
    skew: ClockSkew | None,
    stamps: Sequence[AcceptedStamp] = (),
) -> CreationWindow:
    """Return the window of creation of a submission's run. `sent_here` is `uncertain.sent_at` by this machine's clock
    now.

    No run of it appears later than `settle_s` after the last moment that the request can have been on its way. A
    process that died while sending did not send for longer than any request may last, however late the death was
    noticed.

    The clock that stamps runs may differ from the one of `Date`, as the accepted `stamps` show. If there are none,
    the two likely agree, and the window leaves room for any difference.
    """
    sent_there = _sent_there(uncertain, sent_here, skew)
    offset = learned_offset(stamps, uncertain.webhook_key, by_date=sent_there is not None)
    if offset is None and (offset := learned_offset(stamps, uncertain.webhook_key, by_date=False)) is not None:
        sent_there = None
    sent, error_s = sent_there or (sent_here, _WITHIN_S)
    took_s = min(max(uncertain.failed_at - uncertain.sent_at, 0.0), Timeouts().trigger_total_s)
    slack = _UNKNOWN_S if offset is None else _SLACK_S + error_s
    shown = offset or NO_OFFSET
    least_s, most_s = shown.least_s, shown.most_s
    error_s += _TICK_S
    likely = (sent + least_s - error_s, sent + took_s + most_s + error_s) if sent_there or offset else None
    return CreationWindow(
        uncertain,
        sent + least_s - shown.earlier_s - slack,
        sent + took_s + settle_s + most_s + shown.later_s + slack,
        _opens_here(uncertain, sent_here, skew),
        sent_here,
        likely,
        knows_stamps=offset is not None,
    )


def _opens_here(uncertain: UncertainSubmission, sent_here: float, skew: ClockSkew | None) -> float:
    """Return the earliest that the server can have acted, by this machine's clock, which may have been set since."""
    sent_there = _sent_there(uncertain, sent_here, skew)
    slack = _SLACK_S + sent_there[1] if sent_there else _UNKNOWN_S
    opens_here = sent_here - slack
    return min(opens_here, sent_there[0] - slack - skew.ahead_s) if sent_there and skew is not None else opens_here


def _sent_there(uncertain: UncertainSubmission, sent_here: float, skew: ClockSkew | None) -> tuple[float, float] | None:
    """Return the time of sending by the server's clock and its error, in seconds; None: no answer has shown that
    clock.

    It is the more exact of the estimates at sending and now, unless a clock was set in between. Each attempt has its
    own errors, which would put two attempts in the wrong order.
    """
    at_sending = None
    if uncertain.skew_s is not None:
        within = uncertain.skew_within_s if uncertain.skew_within_s is not None else _WITHIN_S
        at_sending = uncertain.sent_at + uncertain.skew_s, within
    if skew is None:
        return at_sending
    now = sent_here + skew.ahead_s, skew.within_s
    if at_sending is None:
        return now
    was_set = abs(now[0] - at_sending[0]) > now[1] + at_sending[1]
    return at_sending if was_set or at_sending[1] < now[1] else now


def reaches_back(runs: Collection[RemoteRun], creation: CreationWindow, neighbours: RunsAroundTime) -> bool:
    """Return whether a list would have shown the run.

    Paging is not documented, so each list must prove it. It has all runs known since then and one from before, or it
    is the whole list.
    """
    named = {run.run_id for run in runs}
    if not neighbours.after <= named:
        return False
    if neighbours.before & named or any(run.created_at is not None and run.created_at < creation.opens for run in runs):
        return True
    return not neighbours.before and (len(runs) < SMALL or neighbours.is_ours_after)


def note_checking(uncertain: UncertainSubmission, until: float) -> str:
    """Note of a submission while the search continues."""
    return _note(uncertain, f"Checking the run list until the first answer after {_clock(until)}.")


def note_not_seen(uncertain: UncertainSubmission, checks: int, next_check: float | None) -> str:
    """Note of a submission after checks without a result."""
    sentence = _not_seen(uncertain, checks)
    if next_check is None:
        return _decide(uncertain, sentence)
    return _note(uncertain, f"{sentence} Next check with the first answer after {_clock(next_check)}.")


_COULD_BELONG: Final = " could belong to this prompt or to "


def is_ambiguous(uncertain: UncertainSubmission) -> bool:
    """Return whether the note says that runs may belong to the submission."""
    return _COULD_BELONG in uncertain.note


def note_ambiguous(
    uncertain: UncertainSubmission, found_set: FoundSet, until: float | None, *, given_up: bool = False
) -> str:
    """Return the note of a submission when runs may belong to it or to others.

    `given_up`: also to a try of a prompt that the user has dropped or had sent again.
    """
    runs, other_prompts = len(found_set.runs), len(found_set.rows) - 1
    shows = "One new run" if runs == 1 else f"{runs} new runs"
    rivals = "somebody else"
    if other_prompts:
        rivals = "another uncertain prompt" if other_prompts == 1 else f"{other_prompts} other uncertain prompts"
    elif found_set.kind is SetKind.SOME_RAN and given_up:
        rivals = "an earlier try that was given up"
    sentence = f"{shows}{_COULD_BELONG}{rivals}."
    if until is None:
        return _decide(uncertain, sentence)
    return _note(uncertain, f"{sentence} Checking until the first answer after {_clock(until)}.")


def note_all_ran(found_set: FoundSet) -> str:
    """Note of submissions that surely ran, each as one of several runs."""
    count = len(found_set.rows)
    if count == 1:
        return "Its response was lost. It ran, but it is not clear which run it is. It is not resent."
    return (
        f"Their responses were lost; these {count} prompts are {count} runs in the list, not known which is which. "
        "All of them ran, so none is resent."
    )


def note_too_short(uncertain: UncertainSubmission, next_check: float) -> str:
    """Note of a submission when lists do not reach back to when it was sent."""
    sentence = f"The run list does not reach back that far, so this cannot be decided. Next check with the first answer after {_clock(next_check)}."
    return _decide(uncertain, sentence)


def note_waiting(uncertain: UncertainSubmission, next_check: float) -> str:
    """Note of a submission when the user prefers to wait."""
    checks_text = f"{_not_seen(uncertain, uncertain.checks)} " if uncertain.checks else ""
    return _note(
        uncertain, f"{checks_text}You keep waiting. Next check with the first answer after {_clock(next_check)}."
    )


def _not_seen(uncertain: UncertainSubmission, checks: int) -> str:
    """Return how often the list was checked without a result. A run that the user has ruled out may be in the list."""
    ruling = next((ruling for ruling in RULINGS if ruling in uncertain.note), None)
    if ruling is not None:
        return f"{ruling} No other run of it is in the list."
    return f"Not seen in {counted(checks, 'check')} of the run list."


def note_at(note: str, until: float | None) -> str:
    """Return a note of a search with another time, epoch seconds; None: its time is over, and the next answer counts."""
    happened, line, search = note.partition("\n")
    when = _NEXT_ANSWER if until is None else f"{_FIRST_ANSWER} {_clock(until)}"
    return f"{happened}{line}{_WHEN.sub(when, search, count=1)}"


def is_new(uncertain: UncertainSubmission) -> bool:
    """Return whether the search has not started."""
    return "\n" not in uncertain.note


_FIRST_ANSWER: Final = "the first answer after"
_NEXT_ANSWER: Final = "the next answer"
_WHEN: Final = re.compile(rf"{_FIRST_ANSWER} \d\d:\d\d:\d\d|{_NEXT_ANSWER}")


def _note(uncertain: UncertainSubmission, sentence: str) -> str:
    return f"{uncertain.note.partition(chr(10))[0]}\n{sentence[0].upper()}{sentence[1:]}"


def _decide(uncertain: UncertainSubmission, sentence: str) -> str:
    """Note that leaves the decision to the user."""
    return advised(_note(uncertain, sentence), "run.resend")


def _clock(when: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(when))
