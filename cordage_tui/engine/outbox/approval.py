"""Approval of prompts that an author submitted: the user lets them be sent."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue_changes import UnsentPrompt
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import StateChange
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import UserOnly, describe_change, join_sentences, refuse_if_read_only
from cordage_tui.store.outbox.queue_edits import QueueEdits

if TYPE_CHECKING:
    from cordage_tui.engine.batch.draft import BatchEstimate


def unapproved(engine: Engine, rows: Collection[RowId] | None = None) -> Sequence[UnsentPrompt]:
    """List the prompts that wait for approval, all or those of `rows`, in the order of sending. Raises StoreError."""
    return QueueEdits(engine.store.database, engine.store.outbox, engine.profile.stored_as).unsent(
        rows, unapproved=True
    )


def estimates(engine: Engine, shown: Sequence[UnsentPrompt]) -> Sequence[tuple[str, "BatchEstimate"]]:
    """Estimate for each webhook, by its key, the cost and the time of these prompts after all queued ones. Raises
    StoreError."""
    counts = Counter(prompt.webhook_key for prompt in shown)
    return [(key, engine.batches.estimate(key, count)) for key, count in counts.items()]


def approve(engine: Engine, shown: Sequence[UnsentPrompt]) -> Mapping[RowId, StateChange]:
    """Queue these prompts with the user's approval, if they are unchanged since `shown`.

    Returns the changed ones, which are not queued. Raises StoreError, ReadOnlyProfile, and UserOnly in a process of an author.
    """
    refuse_if_read_only(engine.profile)
    if engine.author is not None:
        raise UserOnly(engine.author.name)
    changed = QueueEdits(engine.store.database, engine.store.outbox, engine.profile.stored_as).approve(shown)
    engine.queue.hold_back()
    return changed


def why_unapproved(change: StateChange) -> SafeText:
    """Explain why a prompt was not approved. One that is held as before was changed after it was shown."""
    if change.state is OutboxState.HELD:
        return join_sentences("It was changed after it was shown, so it still waits", "Nothing was done")
    return describe_change(change)
