"""Pauses in what is typed: a key that a person pressed has one before it, a key of a paste none."""

import math
from collections.abc import Callable, Iterable
from typing import Final

from textual.events import Key, Paste
from textual.message import Message

QUIET_S: Final = 0.03
"""Seconds without other input before and after a key that a person pressed."""
_LOOK_S: Final = QUIET_S + 0.001
"""Seconds after a key until the look for a pause, so that it lasted `QUIET_S` however times are rounded."""

MODIFIERS: Final = frozenset(
    [f"{side}_{key}" for side in ("left", "right") for key in ("shift", "control", "alt", "super", "hyper", "meta")]
    + ["caps_lock", "num_lock", "scroll_lock", "iso_level3_shift", "iso_level5_shift"]
)
"""Keys that some terminals report by themselves, milliseconds before the key they belong to: no input of their own."""


class TypingPaused(Message):
    """Message to the app, behind what was typed before: nothing has been typed for `QUIET_S` since it was asked for."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self.then = then


class TypingPauses:
    """Pauses in what is typed, as the thread that reads sees them. Pure: times are arguments.

    When that thread reads tells no pause: on a busy machine it may read the pieces of a paste a second apart, though they came at
    once. So a pause is where it has looked `QUIET_S` after the last key, and there was nothing to read.
    """

    def __init__(self) -> None:
        self._typed_at = -math.inf
        """When the last key was read."""
        self._quiet_at = -math.inf
        """When such a look was made, if nothing has been typed since."""
        self._look_at: float | None = None
        """When the next one is due; None: after more input."""
        self._asked: list[Callable[[], object]] = []

    def restart(self, now: float) -> None:
        """Forget the last pause: something was typed, or may have been."""
        self._typed_at, self._quiet_at, self._look_at = now, -math.inf, now + _LOOK_S

    def when_paused(self, then: Callable[[], object]) -> None:
        """Look once more, as soon as the last key may have a pause behind it; `then` is to be called when it has."""
        self._asked.append(then)
        self._look_at = self._typed_at + _LOOK_S

    def left_s(self, now: float) -> float | None:
        """Return the seconds until the next look is due; None: none is."""
        return None if self._look_at is None else max(0.0, self._look_at - now)

    def see_nothing(self, at: float) -> list[TypingPaused]:
        """Take in that there was nothing to read at `at` or after it; return what was asked for."""
        if self._look_at is None or at < self._look_at:
            return []
        self._quiet_at, self._look_at = at, None
        asked, self._asked = self._asked, []
        return [TypingPaused(then) for then in asked]

    def mark(self, heard: Iterable[object], now: float, *, released: bool = False) -> None:
        """Mark what was read by `now` for `quiet_before`. Keys that were read together have no pause before them; those that
        a pause `released` have it behind them."""
        typed = [one for one in heard if isinstance(one, Paste) or (isinstance(one, Key) and one.key not in MODIFIERS)]
        if typed:
            alone = now if released else self._quiet_at
            for one in typed:
                one.time = now
                vars(one)[_QUIET_AT] = alone if len(typed) == 1 else -math.inf
            self.restart(now)


_QUIET_AT: Final = "quiet_at"


def quiet_before(event: Message) -> float:
    """Return when it was last seen that nothing had been typed for `QUIET_S`, before `event`, in monotonic seconds. What does not
    come from our driver was typed when its time says."""
    at: float = vars(event).get(_QUIET_AT, event.time - QUIET_S)
    return at


def is_from_terminal(event: Message) -> bool:
    """Return whether our driver read the event from the terminal; else a test or the program itself made it."""
    return _QUIET_AT in vars(event)
