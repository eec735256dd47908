"""What keeps a paste and a stray key from costing money (DESIGN.md section 3). Pure: times come in as arguments."""

from typing import Final

from cordage_tui.domain.inputs import Inputs, fingerprint

QUIET_S: Final = 0.03
"""Seconds without other input before and after an Enter that a person pressed."""

REPEAT_S: Final = 2.0
"""Seconds within which the same body is taken for a mistake until the user says otherwise."""


class PasteGuard:
    """Tells keys pressed by a person from a burst: a paste on a terminal without bracketed paste, or one that broke out."""

    def __init__(self, quiet_s: float = QUIET_S) -> None:
        self.quiet_s = quiet_s
        self._last: float | None = None

    def heard(self, at: float) -> bool:
        """Note input at `at` (monotonic seconds); True when it came less than `quiet_s` after other input."""
        burst = self._last is not None and at - self._last < self.quiet_s
        self._last = at if self._last is None else max(at, self._last)
        return burst


class DuplicateSubmitGuard:
    """Remembers what was just submitted, so that the same body twice in a row is asked about."""

    def __init__(self, repeat_s: float = REPEAT_S) -> None:
        self._repeat_s = repeat_s
        self._sent: dict[tuple[str, str], float] = {}

    def sent(self, webhook_key: str, inputs: Inputs, now: float) -> None:
        """Note a submission at `now`, monotonic seconds."""
        self._sent = {body: at for body, at in self._sent.items() if now - at < self._repeat_s}
        self._sent[webhook_key, fingerprint(inputs)] = now

    def refused(self, inputs: Inputs) -> None:
        """That submission was not taken, so the same body is the first again."""
        self._sent = {body: at for body, at in self._sent.items() if body[1] != fingerprint(inputs)}

    def since(self, webhook_key: str, inputs: Inputs, now: float) -> float | None:
        """Seconds since the same body went to the same webhook; None when it did not, or long enough ago."""
        at = self._sent.get((webhook_key, fingerprint(inputs)))
        return now - at if at is not None and now - at < self._repeat_s else None
