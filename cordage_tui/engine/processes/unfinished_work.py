"""Unfinished work at the end of a process: runs, queued prompts and uncertain ones, in a sentence for the terminal."""

from contextlib import suppress

from cordage_tui.config.paths import Paths
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.key_refusal import is_unpaid
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import HealthStatus, Profile
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.processes.process_locks import holder_of, is_stopped, sending_lock, working_lock
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store


def unfinished_words(store: Store, profile: Profile | None, paths: Paths) -> SafeText | None:
    """Describe the unfinished work of a profile: active runs, the queue with its sender, uncertain prompts. None: there is
    none, or it cannot be read. This process holds no lock any more."""
    with suppress(StoreError):
        return None if profile is None else join_sentences("; ".join(_parts(store, profile, paths))) or None
    return None


def _parts(store: Store, profile: Profile, paths: Paths) -> list[str]:
    sender, counts, parts = _sender(profile, paths), store.queue.counts(profile.stored_as), list[str]()
    healths = store.health.all(profile.stored_as)
    live = {key for key, health in healths.items() if health.health is HealthStatus.LIVE}
    active = store.query.active(profile.stored_as)
    if active and all(row.webhook_key in live for row in active):
        parts.append(counted(len(active), "run continues at Cordage", "runs continue at Cordage"))
    elif active:
        was = counted(len(active), "run was", "runs were")
        parts.append(f"{was} going on at Cordage when it was last read")
    if queued := counts.get(OutboxState.QUEUED, 0):
        refused = [health for health in healths.values() if health.health is HealthStatus.REFUSED]
        sentence: str = counted(queued, "prompt is queued", "prompts are queued")
        if store.queue_control.read(profile.stored_as).paused is not None:
            sentence += ", and the queue is paused"
        elif sender is not None:
            sentence += f", and the process with pid {sender} sends {'it' if queued == 1 else 'them'}"
        elif refused:
            sentence += (
                f", and {'the account cannot pay' if is_unpaid(refused[0].words) else 'the API key is rejected'}"
            )
        elif not profile.read_only:
            sentence += f" and {'is' if queued == 1 else 'are'} sent while cordage-tui runs"
        parts.append(sentence)
    # A prompt in `sending` without a sender was cut off.
    lost = counts.get(OutboxState.UNCERTAIN, 0) + (counts.get(OutboxState.SENDING, 0) if sender is None else 0)
    if lost:
        parts.append(counted(lost, "prompt is uncertain: it may", "prompts are uncertain: they may") + " be running")
    return parts


def _sender(profile: Profile, paths: Paths) -> int | None:
    """Return the pid of the process that sends the profile's queue, or of a worker that is about to; None: there is none."""
    for lock in (working_lock(profile, paths), sending_lock(profile, paths)):
        holder = holder_of(lock)
        if holder is not None and not is_stopped(holder.pid):
            return holder.pid
    return None
