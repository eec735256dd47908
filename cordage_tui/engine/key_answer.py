"""Answer of the server to an API key when it was last asked, kept in the database beside a fingerprint of the key."""

import json
from contextlib import suppress
from hashlib import sha256
from typing import Final

from cordage_tui.domain.base.clock import Clock, is_ahead
from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import Secret
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store

_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class KeyAnswer:
    """Answer of the server to a call with an API key."""

    accepted: bool
    at: float
    """Epoch seconds."""
    words: SafeText | None = None
    """Reason for a refusal."""


def fingerprint(key: Secret) -> SafeText:
    """First digits of the SHA-256 of a key, as `sha256sum` prints them: enough to tell two keys apart, nothing to call with."""
    return SafeText(sha256(key.reveal().encode()).hexdigest()[:_DIGITS])


def record_answer(store: Store, profile: str, key: Secret, clock: Clock, refused: SafeText | None) -> None:
    """Store that the server accepts the key, or `refused` it for that reason. A repeated answer is not written again, and
    neither is one that the disk does not take."""
    with suppress(StoreError):
        before = last_answer(store, profile, key, clock)
        is_known = before is not None and not is_ahead(before.at, clock.wall())
        if before is None or not is_known or (before.accepted, before.words) != (refused is None, refused):
            known = {"key": fingerprint(key), "accepted": refused is None, "at": clock.wall(), "words": refused}
            store.settings.save(_name(profile), json.dumps(known))


def last_answer(store: Store, profile: str, key: Secret, clock: Clock) -> KeyAnswer | None:
    """Return the last answer to that key; None: it is not known to have been used. A time in the future counts only if there
    is no other. Raises StoreError."""
    known = json.loads(store.settings.get(_name(profile)) or "{}")
    if known.get("key") != fingerprint(key):
        return None
    answer = KeyAnswer(known["accepted"], known["at"], one_line(known["words"]) if known["words"] else None)
    if not answer.accepted:
        return answer
    times, now = [answer.at, *(health.ok_at or 0.0 for health in store.health.all(profile).values())], clock.wall()
    return replace(answer, at=max((at for at in times if at and not is_ahead(at, now)), default=answer.at))


def _name(profile: str) -> str:
    return f"key-answer {profile}"
