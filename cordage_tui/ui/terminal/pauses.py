"""Pauses in typing. A key that a person pressed has a pause before it; a key of a paste has none."""

import math
from collections.abc import Callable, Iterable
from typing import Final

from textual.events import Key, Paste
from textual.message import Message

QUIET_S: Final = 0.03
"""Seconds without other input before and after a key that counts as pressed by a person."""
_LOOK_S: Final = QUIET_S + 0.001
"""Seconds after a key until the check for a pause. The pause then lasted `QUIET_S`, however times are rounded."""

MODIFIERS: Final = frozenset(
    [f"{side}_{key}" for side in ("left", "right") for key in ("shift", "control", "alt", "super", "hyper", "meta")]
    + ["caps_lock", "num_lock", "scroll_lock", "iso_level3_shift", "iso_level5_shift"]
)
"""Keys that some terminals report separately, milliseconds before the key they belong to. They do not count as input."""


class TypingPaused(Message):
    """Posted after all earlier keys, when no key was read for the seconds that the request named."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self.then = then


class TypingPauses:
    """Pauses in typing, as the thread that reads keys sees them. Pure: times are arguments.

    The times of its reads do not prove a pause: on a busy machine the pieces of one paste may be read a second apart. So a
    pause is proved only by a check `QUIET_S` after the last key that found nothing to read.
    """

    def __init__(self) -> None:
        self._typed_at = -math.inf
        """When the last key was read."""
        self._quiet_at = -math.inf
        """When such a check was made, if nothing has been typed since."""
        self._look_at: float | None = None
        """When the next check is due; None: after more input."""
        self._requests: list[tuple[float, Callable[[], object]]] = []
        """Each with the seconds of its pause."""

    def restart(self, now: float) -> None:
        """Forget the last pause, because something was typed, or may have been."""
        self._typed_at, self._quiet_at, self._look_at = now, -math.inf, now + _LOOK_S

    def when_paused(self, then: Callable[[], object], for_s: float = QUIET_S) -> None:
        """Check again when a pause of `for_s` seconds after the last key is possible. Call `then` when there is one."""
        self._requests.append((for_s, then))
        self._look_at = self._typed_at + _LOOK_S

    def left_s(self, now: float) -> float | None:
        """Return the seconds until the next check is due; None: no check is due."""
        return None if self._look_at is None else max(0.0, self._look_at - now)

    def see_nothing(self, at: float) -> list[TypingPaused]:
        """Record that there was nothing to read at the time `at` or later. Return a message for each request."""
        if self._look_at is None or at < self._look_at:
            return []
        quiet_s = at - self._typed_at
        paused = [then for for_s, then in self._requests if for_s < quiet_s]
        self._requests = [(for_s, then) for for_s, then in self._requests if for_s >= quiet_s]
        longer = [for_s for for_s, _ in self._requests]
        self._quiet_at, self._look_at = at, self._typed_at + min(longer) + _LOOK_S - QUIET_S if longer else None
        return [TypingPaused(then) for then in paused]

    def mark(self, events: Iterable[object], now: float, *, released: bool = False) -> None:
        """Mark the input that was read by `now`, for `quiet_before`. Keys that were read together have no pause before them.

        `released`: a pause has released the input, so the pause comes after it.
        """
        typed = [
            event
            for event in events
            if isinstance(event, Paste) or (isinstance(event, Key) and event.key not in MODIFIERS)
        ]
        if typed:
            quiet_at = now if released else self._quiet_at
            for event in typed:
                event.time = now
                vars(event)[_QUIET_AT] = quiet_at if len(typed) == 1 else -math.inf
                vars(event)[_READ_AFTER] = quiet_at
            self.restart(now)


_QUIET_AT: Final = "quiet_at"
_READ_AFTER: Final = "read_after"


def quiet_before(event: Message) -> float:
    """Return when a pause of `QUIET_S` was last seen before `event`, in monotonic seconds.

    For an event that does not come from our driver, the pause ended at its time.
    """
    quiet_at: float = vars(event).get(_QUIET_AT, event.time - QUIET_S)
    return quiet_at


def follows_at_once(event: Message, before: float) -> bool:
    """Return whether no pause was seen between input at the time `before` and the read that brought `event`, perhaps with
    other keys."""
    read_after: float = vars(event).get(_READ_AFTER, math.inf)
    return read_after < before


def is_from_terminal(event: Message) -> bool:
    """Return whether our driver read the event from the terminal. Otherwise a test or the program made it."""
    return _QUIET_AT in vars(event)
