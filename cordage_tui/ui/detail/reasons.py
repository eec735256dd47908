"""What a status means for the user's run and money, and the key that helps (FAULTS.md B 5: never `failed` for `unknown`)."""

from typing import Final

from textual.content import Content

from cordage_tui.domain.advice import action_of
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.run import RunDetail, Status
from cordage_tui.domain.text import SafeText, redact
from cordage_tui.ui.detail.layout import hint, wrapped
from cordage_tui.ui.ink import RUN_COLOURS


@dataclass(frozen=True, slots=True)
class StatusHelp:
    """What the user should know of a status, and what to press."""

    words: SafeText
    """One or two sentences."""
    key: SafeText | None = None
    does: SafeText | None = None
    """What the key does; both None when there is nothing to press."""


MEANINGS: Final = {
    Status.QUEUED: StatusHelp(SafeText("Written down, not sent yet. It is sent as soon as the rate limit allows.")),
    Status.SENDING: StatusHelp(SafeText("On its way; no answer yet.")),
    Status.UNCERTAIN: StatusHelp(
        SafeText(
            "It was sent, but no usable answer came. It may be running and may be charged. It is not sent again by itself."
        ),
        SafeText("r"),
        SafeText("looks for it in the run list"),
    ),
    Status.SENT: StatusHelp(SafeText("It ran, and it is not sent again. Which run is its own is not told.")),
    Status.HELD: StatusHelp(
        SafeText("Not sent: the key or the account stands in the way. It waits until that is put right.")
    ),
    Status.REJECTED: StatusHelp(
        SafeText("Refused as it is: nothing runs, nothing is charged."),
        SafeText("e"),
        SafeText("edits it to send again"),
    ),
    Status.FAILED: StatusHelp(SafeText(""), SafeText("e"), SafeText("edits its inputs to run it again")),
    Status.KILLING: StatusHelp(SafeText("A kill was asked for. It counts when the server confirms it.")),
    Status.OTHER: StatusHelp(SafeText("A status this version does not know. The run is still watched.")),
    Status.LOST: StatusHelp(
        SafeText("The server no longer shows this run. Whether and how it ended is not known."),
        SafeText("r"),
        SafeText("asks again"),
    ),
}
"""Statuses that need no more than their own word are not in here."""

_WAYS: Final = {"run.kill": (SafeText("x"), SafeText("tries again"))}
"""What leads on where a note advises it, besides what follows from the status."""
_NO_REASON: Final = SafeText("The server gave no reason.")


def reason(detail: RunDetail, width: int) -> list[Content]:
    """The server's words in the status colour, then ours, then what that means and the next key. Often nothing."""
    status, key = detail.row.status, detail.row.webhook_key
    meaning = MEANINGS.get(status)
    said = (
        redact(detail.error, key)
        if detail.error
        else _NO_REASON
        if status is Status.FAILED and not detail.note
        else None
    )
    lines = wrapped(said, width, f"${RUN_COLOURS[status]}") if said else []
    if detail.note:
        lines += wrapped(redact(detail.note, key), width)
        if (way := _WAYS.get(action_of(detail.note) or "")) is not None:
            lines.append(hint(*way))
    if meaning:
        lines += wrapped(meaning.words, width, "$quiet")
        lines += [hint(meaning.key, meaning.does)] if meaning.key and meaning.does else []
    return [Content(""), *lines] if lines else []
