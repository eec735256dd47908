"""Against the judge, typed prompts arrive next whatever is killed, and no prompt is lost or sent twice.

The long form, with 500 prompts in each round, is `python tests/acceptance/lanes.py --rounds 20`.
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
def test_typed_prompts_arrive_next_and_each_arrives_once() -> None:
    """Prompts of a file and typed ones arrive once and in their order, although senders are killed and answers are
    lost."""
    report = lanes.play(PROMPTS, KILLS, seed=3)
    print(report)
    assert not report.faults
    assert report.kills >= KILLS
    assert report.arrived > PROMPTS / 2


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_out_of_their_order, "out_of_order"),
        (_out_of_their_lane, "overtaken"),
        (_sent_again, "twice"),
        (_forgotten, "lost"),
    ],
)
@pytest.mark.long
def test_the_report_shows_a_damaged_queue(spoil: Callable[[sqlite3.Connection], object], fault: str) -> None:
    """If the test damages the queue, the report names the fault, so an empty report means something."""
    report = lanes.play(30, kills=2, seed=3, spoil=spoil)
    print(report)
    assert getattr(report, fault)
