"""Guard that keeps a stray key from costing money. Pure: times come in as arguments."""

from cordage_tui.domain.inputs import REPEAT_S, Inputs, fingerprint


class DuplicateSubmitGuard:
    """Detects the same submission twice in a row."""

    def __init__(self, repeat_s: float = REPEAT_S) -> None:
        self._repeat_s = repeat_s
        self._sent: dict[tuple[str, str], float] = {}

    def sent(self, webhook_key: str, inputs: Inputs, now: float) -> None:
        """Note a submission at `now`, monotonic seconds."""
        self._sent = {body: at for body, at in self._sent.items() if now - at < self._repeat_s}
        self._sent[webhook_key, fingerprint(inputs)] = now

    def refused(self, inputs: Inputs) -> None:
        """Forget a submission that was refused, so that the same body counts as the first again."""
        self._sent = {body: at for body, at in self._sent.items() if body[1] != fingerprint(inputs)}

    def since(self, webhook_key: str, inputs: Inputs, now: float) -> float | None:
        """Return seconds since the same body went to the same webhook; None when it did not, or long enough ago."""
        at = self._sent.get((webhook_key, fingerprint(inputs)))
        return now - at if at is not None and now - at < self._repeat_s else None
