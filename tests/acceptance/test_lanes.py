"""Against a server that shares no line with the simulator: typed prompts arrive next, whatever is killed, nothing is lost or twice.

The long form, with 500 prompts a round: `python tests/acceptance/lanes.py --rounds 20`.
"""

import sqlite3
from collections.abc import Callable

import pytest

from tests.acceptance import lanes

PROMPTS = 60
KILLS = 6


def _out_of_their_order(queue: sqlite3.Connection) -> None:
    queue.execute("UPDATE outbox SET place = -place WHERE state = 'queued'")


def _out_of_their_lane(queue: sqlite3.Connection) -> None:
    queue.execute("UPDATE outbox SET lane = 1 WHERE state = 'queued'")


def _sent_again(queue: sqlite3.Connection) -> None:
    guards = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%not a transition%'"
    for (guard,) in queue.execute(guards).fetchall():  # the database itself refuses it
        queue.execute(f"DROP TRIGGER {guard}")
    queue.execute("UPDATE outbox SET state = 'queued' WHERE state = 'accepted'")


def _forgotten(queue: sqlite3.Connection) -> None:
    queue.execute("UPDATE outbox SET state = 'dropped' WHERE state = 'queued' AND id % 5 = 0")


@pytest.mark.long
def test_typed_prompts_arrive_next_and_every_prompt_once_whatever_is_killed() -> None:
    """Of a file and of what is typed behind it, each in its order, while commands and workers are killed at random and some
    accepted triggers never get an answer."""
    report = lanes.play(PROMPTS, KILLS, seed=3)
    print(report)
    assert not report.faults
    assert report.kills >= KILLS
    assert report.arrived > PROMPTS / 2


@pytest.mark.parametrize(
    ("spoil", "shown_as"),
    [
        (_out_of_their_order, "out_of_order"),
        (_out_of_their_lane, "overtaken"),
        (_sent_again, "twice"),
        (_forgotten, "lost"),
    ],
)
@pytest.mark.long
def test_a_queue_that_is_spoilt_by_hand_is_found_out(
    spoil: Callable[[sqlite3.Connection], object], shown_as: str
) -> None:
    """What the zeros above are worth."""
    report = lanes.play(30, kills=2, seed=3, spoil=spoil)
    print(report)
    assert getattr(report, shown_as)
