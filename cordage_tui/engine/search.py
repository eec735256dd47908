"""Where an uncertain prompt's run would be, until when it is looked for, and what the user is told (FAULTS.md B5). Pure."""

import time
from collections.abc import Collection
from typing import Final

from cordage_tui.api.deadlines import Deadlines
from cordage_tui.api.skew import Skew
from cordage_tui.domain.outbox import Doubt
from cordage_tui.domain.run import RemoteRun
from cordage_tui.domain.value import dataclass
from cordage_tui.engine.matching import Sought
from cordage_tui.store.doubts import Neighbours

ASK_AFTER: Final = 2
"""Checks in vain, after which the user is asked."""
CHECK_EVERY_S: Final = 30.0
SMALL: Final = 10
"""No server's page of runs is smaller; a list of fewer is whole."""

_SLACK_S: Final = 2.0
_WITHIN_S: Final = 1.5
"""How far off a clock difference is taken to be while nothing better is known."""
_UNKNOWN_S: Final = 300.0
"""What two clocks are taken to differ by when no answer ever told."""
_CHOICE: Final = "S sends it again, x drops it; in the queue (w), W keeps waiting."


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which the run of one prompt was created, if it was. Epoch seconds."""

    doubt: Doubt
    opens: float
    """By the server's clock."""
    closes: float
    """By the server's clock."""
    opens_here: float
    """The same as `opens`, by this machine's clock as it goes now."""

    @property
    def sought(self) -> Sought:
        """What the run list is matched with."""
        return Sought(self.doubt.row, self.opens, self.closes, self.doubt.inputs, self.doubt.ref)


def window(doubt: Doubt, sent_here: float, settle_s: float, skew: Skew | None) -> Window:
    """`sent_here` is `doubt.sent_at` by this machine's clock as it goes now. `settle_s` after the request can last have been on
    its way, no run of it comes any more. Who died while sending did not send for longer than any request may last, whenever
    the death was found."""
    if doubt.skew_s is not None:
        sent, slack = doubt.sent_at + doubt.skew_s, slack_s(skew)
    elif skew is not None:
        sent, slack = sent_here + skew.ahead_s, slack_s(skew)
    else:
        sent, slack = sent_here, _UNKNOWN_S
    took_s = min(max(doubt.failed_at - doubt.sent_at, 0.0), Deadlines().trigger_total_s)
    opens, opens_here = sent - slack, sent_here - slack
    if skew is not None:  # the clock may have been set between the program that sent it and this one
        opens_here = min(opens_here, opens - skew.ahead_s)
    return Window(doubt, opens=opens, closes=sent + took_s + settle_s + slack, opens_here=opens_here)


def slack_s(skew: Skew | None) -> float:
    """How far a time of the server's may be off ours, their clocks' difference taken into account."""
    return _SLACK_S + (skew.within_s if skew else _WITHIN_S)


def reaches_back(runs: Collection[RemoteRun], seen: Window, known: Neighbours) -> bool:
    """Whether a list would have shown the run: how lists are paged is not documented, so each must show it by itself. It names
    all we know since then, and something from before; or all there is."""
    named = {run.run_id for run in runs}
    if not known.after <= named:
        return False
    if known.before & named or any(run.created_at is not None and run.created_at < seen.opens for run in runs):
        return True
    return not known.before and (len(runs) < SMALL or known.is_ours_after)


def checking(doubt: Doubt, until: float) -> str:
    """Its note while the search goes on."""
    return _note(doubt, f"Checking the run list until {_clock(until)}.")


def not_seen(doubt: Doubt, checks: int, next_check: float | None) -> str:
    """Its note after checks in vain."""
    seen = f"Not seen in {checks} check{'' if checks == 1 else 's'} of the run list."
    return _note(doubt, f"{seen} {_CHOICE if next_check is None else f'Next check at {_clock(next_check)}.'}")


def torn(doubt: Doubt, until: float | None) -> str:
    """Its note when a run may be its own or another uncertain prompt's."""
    words = "The run list shows a run that is this prompt's or that of another uncertain one; which, it does not tell."
    return _note(doubt, f"{words} {_CHOICE if until is None else f'Checking until {_clock(until)}.'}")


def too_short(doubt: Doubt, next_check: float) -> str:
    """Its note when lists do not reach back to when it was sent."""
    words = f"The run list does not reach back that far, so it cannot tell. Next check at {_clock(next_check)}."
    return _note(doubt, f"{words} {_CHOICE}")


def keeps_waiting(doubt: Doubt, next_check: float) -> str:
    """Its note when the user would rather wait."""
    seen = (
        f"Not seen in {doubt.checks} check{'' if doubt.checks == 1 else 's'} of the run list; " if doubt.checks else ""
    )
    return _note(doubt, f"{seen}you keep waiting. Next check at {_clock(next_check)}.")


def is_new(doubt: Doubt) -> bool:
    """Whether the search for it has not begun."""
    return "\n" not in doubt.note


def _note(doubt: Doubt, words: str) -> str:
    return f"{doubt.note.partition(chr(10))[0]}\n{words[0].upper()}{words[1:]}"


def _clock(when: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(when))
