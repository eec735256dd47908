"""A stopped window hears the answer to its request after another window has sent the prompt again."""

import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from tests.acceptance.server import Judge
from tests.e2e.conftest import WEBHOOKS, Opening

DEADLINE_S = 30.0


class HeldJudge(Judge):
    """Judge that refuses the first trigger with 429 and starts a run for each later one. It holds each answer back
    until the test releases it."""

    def __init__(self) -> None:
        super().__init__(list(WEBHOOKS))
        self.triggers: list[threading.Event] = []
        """One event for each trigger that has arrived."""

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
    """Yield a judge that holds its answers back."""
    judge = HeldJudge()
    yield judge
    judge.close()


def test_the_answer_of_a_stopped_window_is_that_of_its_own_request(
    open_window: Opening, judge: HeldJudge, store
) -> None:
    """A late 429 of the first request does not end the second request of the same prompt, and no third one is sent."""
    first, second = open_window(), open_window()
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


def until(person, condition) -> None:
    """Read the terminal of the person until the condition is true."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, person.terminal.text()
        person.terminal.read_for(0.05)
