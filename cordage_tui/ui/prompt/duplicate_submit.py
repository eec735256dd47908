"""Guard against sending the same prompt twice by accident."""

from cordage_tui.domain.inputs import REPEAT_S, Inputs, fingerprint


class DuplicateSubmitGuard:
    """Guard that detects the same submission twice in a short time: a key hit by accident costs money. The caller passes the
    time."""

    def __init__(self, repeat_s: float = REPEAT_S) -> None:
        self._repeat_s = repeat_s
        self._sent: dict[tuple[str, str], float] = {}

    def sent(self, webhook_key: str, inputs: Inputs, now: float) -> None:
        """Record a submission at `now`, in monotonic seconds."""
        self._sent = {body: at for body, at in self._sent.items() if now - at < self._repeat_s}
        self._sent[webhook_key, fingerprint(inputs)] = now

    def refused(self, inputs: Inputs) -> None:
        """Forget a submission that was refused, so that the same body can be sent again without a question."""
        self._sent = {body: at for body, at in self._sent.items() if body[1] != fingerprint(inputs)}

    def since(self, webhook_key: str, inputs: Inputs, now: float) -> float | None:
        """Return the seconds since the same body was sent to the same webhook; None if it was not, or long ago."""
        sent_at = self._sent.get((webhook_key, fingerprint(inputs)))
        return now - sent_at if sent_at is not None and now - sent_at < self._repeat_s else None
