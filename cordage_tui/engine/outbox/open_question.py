"""Question to the user about prompts: while it is open, no window or worker sends them."""

from collections.abc import Collection
from contextlib import suppress
from typing import Final

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.run import RowId
from cordage_tui.store.errors import StoreError
from cordage_tui.store.outbox.open_questions import HELD_S, OpenQuestions

RENEW_S: Final = HELD_S / 4
"""Seconds after which a question that stays open is renewed."""


class OpenQuestion:
    """Question about prompts. Who opened it renews it, and closes it when it was answered."""

    def __init__(self, questions: OpenQuestions, clock: Clock, profile: str, rows: Collection[RowId]) -> None:
        """Hold the prompts. A disk that cannot store the question cannot store an intent to send either."""
        self._questions = questions
        self._clock = clock
        self._id: int | None = None
        with suppress(StoreError):
            self._id = questions.open(profile, rows) if rows else None
        self._renewed_at = clock.monotonic()

    def renew(self) -> None:
        """Hold the prompts on, if that is due."""
        now = self._clock.monotonic()
        if self._id is not None and now - self._renewed_at >= RENEW_S:
            self._renewed_at = now
            with suppress(StoreError):  # then they are held until the question expires
                self._questions.renew(self._id)

    def close(self) -> None:
        """Let the prompts be sent."""
        question, self._id = self._id, None
        if question is not None:
            with suppress(StoreError):  # it expires automatically
                self._questions.close(question)
