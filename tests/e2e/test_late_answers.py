"""A window that is stopped with a request on the wire, as by ctrl+z, and hears the answer when another one has sent the prompt again."""

import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from cordage_tui.domain.run import OutboxState
from tests.acceptance.server import Judge
from tests.e2e.conftest import WEBHOOKS, Opening

DEADLINE_S = 30.0


class HeldJudge(Judge):
    """Judge that refuses the first trigger with a 429, starts a run for each later one, and holds each answer back until it is let go."""

    def __init__(self) -> None:
        super().__init__(list(WEBHOOKS))
        self.triggers: list[threading.Event] = []
        """One for each that has arrived."""

    def _trigger(self, webhook: str, body: dict[str, Any]) -> tuple[int, Any]:
        self.triggers.append(threading.Event())
        if len(self.triggers) == 1:
            return 429, {"error": "Rate limit exceeded.", "retry_after": 1}
        return super()._trigger(webhook, body)

    def mutate(self, budget: str, status: int, body: bytes) -> tuple[int, str, bytes]:
        if budget == "trigger":
            arrived = self.triggers[-1]
            while not arrived.wait(0.05) and not self.closed.is_set():
                pass
        return super().mutate(budget, status, body)


@pytest.fixture
def judge() -> Iterator[HeldJudge]:
    judge = HeldJudge()
    yield judge
    judge.close()


def test_the_answer_of_a_stopped_window_is_that_of_its_own_request(opens: Opening, judge: HeldJudge, store) -> None:
    """The first window is stopped, the second takes over, the user sends the prompt again, and `fg` brings the 429 of the first
    request while the second one has started a run: that run is the prompt's, and nothing is sent a third time."""
    first, second = opens(), opens()
    first.runs("long fox")
    until(second, lambda: judge.triggers)
    first.terminal.signal(signal.SIGTSTP)
    first.terminal.wait_stopped()
    until(second, lambda: store.queue.counts("studio").get(OutboxState.UNCERTAIN))
    (line,) = store.queue.waiting("studio")
    assert store.queue.resend(line.row, line.expected).done
    until(second, lambda: len(judge.triggers) == 2)
    first.terminal.signal(signal.SIGCONT)
    judge.triggers[0].set()
    until(second, lambda: ("trigger", 429) in judge.calls)
    first.terminal.read_for(1.5)
    assert store.outbox.state(line.row) is OutboxState.SENDING
    judge.triggers[1].set()
    second.waits_for(**{"long fox": "running"})
    second.terminal.read_for(2.0)
    assert len(judge.triggers) == 2 and len(judge.runs) == 1


def until(person, holds) -> None:
    """Reads the person's terminal until it is so."""
    end = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < end, person.terminal.text()
        person.terminal.read_for(0.05)
