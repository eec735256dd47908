"""Errors of the engine, and sentences built from parts."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from cordage_tui.api.errors import CordageError
from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.submission import StateChange
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.errors import StoreError

Trouble: TypeAlias = CordageError | StoreError
"""Failure of a read; both have `what`."""

# What the engine refuses, in words for the user.


class ReadOnlyProfile(Exception):
    """The profile is `read_only`: nothing is sent or killed through it."""

    def __init__(self, profile: str) -> None:
        self.what: SafeText = one_line(
            f"Profile {profile} is read-only, so nothing was sent. Start without --read-only, or change read_only in config.toml."
        )
        super().__init__(self.what)


class UnknownOutput(Exception):
    """Error of a name that is no output's; nothing was submitted."""

    def __init__(self, name: str, why: str) -> None:
        self.what: SafeText = one_line(f"{one_line(name, 60)}: {why}", 300)
        super().__init__(self.what)


class UserOnly(Exception):
    """An author wants what only the user decides; nothing was done."""

    def __init__(self, author: str) -> None:
        self.what: SafeText = one_line(
            f"Only the user decides this, and here {author} submits (--author or CORDAGE_AUTHOR)."
        )
        super().__init__(self.what)


class KeyInInputs(Exception):
    """The API key of the profile is in a prompt or an input; nothing was submitted. The key is never part of it."""

    def __init__(self) -> None:
        self.what: SafeText = one_line(
            "The prompt or an input has the API key of this profile in it, so nothing was sent. Take the key out of it."
        )
        super().__init__(self.what)


REFUSALS: Final = (StoreError, ReadOnlyProfile, UnknownOutput, UserOnly, KeyInInputs)
"""Errors of a submission that was refused, each with `what`: nothing was written down."""


def refuse_if_read_only(profile: Profile) -> None:
    """Raise `ReadOnlyProfile` if the profile is read-only."""
    if profile.read_only:
        raise ReadOnlyProfile(profile.name)


def refuse_held_author(profile: Profile, author: SafeText | None) -> None:
    """Raise `UserOnly` in a process of an author whose prompts are held: it changes and repeats none that was approved."""
    if author is not None and profile.agents == "ask":
        raise UserOnly(author)


# Sentences for notes and reports, out of what went wrong.

PAUSED_BY_USER: Final = "Paused by you: nothing is sent until you resume"
"""Reason of a pause by the user."""

AGAIN_WHILE_PAUSED: Final = advised("The queue is paused, so nothing is sent until you resume it.", "queue.resume")
"""Answer to a user who had prompts sent again while the queue is paused."""

BEING_SENT: Final = "Being sent right now; it can be killed once it has an id"
_STATE_NOW: Final = {
    OutboxState.QUEUED: "It is queued again",
    OutboxState.SENDING: BEING_SENT,
    OutboxState.REJECTED: "It was sent in the meantime, and the server rejected it",
    OutboxState.HELD: "It is held now",
    OutboxState.UNCERTAIN: "It was sent in the meantime; whether it runs is uncertain",
    OutboxState.DROPPED: "It was already dropped",
}
_ENDS: Final = (".", "!", "?", "…")


def join_sentences(*parts: str) -> SafeText:
    """The parts that say something, each with a capital and a full stop, on one line."""
    return one_line(" ".join(_sentence(part.strip()) for part in parts if part.strip()), 1_000)


def describe_change(change: StateChange) -> SafeText:
    """Explain why a decision about a submission was not carried out: its state had changed."""
    if change.state is OutboxState.ACCEPTED:
        words = (
            f"It was sent in the meantime as run {change.run_id[:8]}"
            if change.run_id
            else "It was sent in the meantime"
        )
    else:
        words = _STATE_NOW[change.state] if change.state else "It is no longer in the list"
    return join_sentences(words, "Nothing was done")


def queued_elsewhere(counts: Mapping[str, int]) -> SafeText | None:
    """Describe prompts queued for other servers of the same profile, by base URL; None: there are none."""
    if not counts:
        return None
    told = " and ".join(f"{count:,} for {server}" for server, count in counts.items())
    return join_sentences(f"Queued under this profile for another server: {told}. They are sent to no other")


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + ("" if text.endswith(_ENDS) else ".")
