"""Run limits: the prompts that count, when limits open, and that all processes together keep them."""

import random
import subprocess
import sys
import time

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RunQuery, Status
from cordage_tui.domain.submission import UNCERTAIN, Expected
from cordage_tui.domain.webhook import Profile, SpendingLimits, Webhook
from cordage_tui.store.file.schema import version_of
from cordage_tui.store.outbox.spending_accounts import HOUR_S, Spent
from tests.tries import requeue, settle

A, B = Webhook("wh_a", "A"), Webhook("wh_b", "B")


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    """Days begin at the same time on every machine."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def profile(per_hour=None, per_day=None, *webhooks) -> Profile:
    return Profile("p", "https://x.example", webhooks or (A, B), limits=SpendingLimits(per_hour, per_day))


def send(store, limited: Profile, count: int = 100) -> list[int]:
    """Claim and accept as many as the limits let through."""
    sent = []
    while len(sent) < count:
        claimed = store.outbox.claim("p", closed=lambda: store.spending.closed(limited))
        if claimed is None:
            break
        settle(store, claimed.row, OutboxState.UNCERTAIN, "no answer")
        sent.append(claimed.row)
    return sent


def submit(store, count: int, webhook: str = "wh_a") -> list[int]:
    return [store.outbox.submit("p", webhook, {"prompt": f"{webhook} {random.random()}"}) for _ in range(count)]


def test_at_the_limit_the_rest_waits(store, clock):
    """At the limit the remaining prompts wait until midnight, in the order of the queue."""
    rows = submit(store, 5)
    limited = profile(per_day=3)
    assert send(store, limited) == rows[:3]
    assert store.rows.get(rows[3]).status is Status.QUEUED
    opens = store.spending.closed(limited)
    assert set(opens) == {"wh_a"} and time.gmtime(opens["wh_a"])[3:6] == (0, 0, 0)
    assert store.outbox.next("p", closed=opens) is None
    clock.now = opens["wh_a"] - 1
    assert send(store, limited) == []
    clock.now = opens["wh_a"]
    assert send(store, limited) == rows[3:]


def test_the_limit_of_an_hour_opens_when_the_oldest_has_left_it(store, clock):
    """An hourly limit opens when the oldest prompt is 60 minutes old, so no 60 minutes ever have more."""
    limited = profile(per_hour=2)
    rows = submit(store, 5)
    start = clock.now
    sent = {}
    while len(sent) < len(rows):
        for row in send(store, limited):
            sent[row] = clock.now
        if opens := store.spending.closed(limited):
            assert opens["wh_a"] > clock.now
            clock.now = max(opens["wh_a"], clock.now + 100)
    times = [sent[row] - start for row in rows]
    assert all(third - first >= HOUR_S for first, third in zip(times, times[2:], strict=False))
    assert times[-1] <= 2 * HOUR_S + 200


def test_a_webhook_at_its_limit_keeps_no_other_back(store):
    """A webhook's own limit and that of the profile hold side by side."""
    limited = profile(None, 4, Webhook("wh_a", "A", limits=SpendingLimits(per_day=1)), B)
    a, b = submit(store, 3), submit(store, 5, "wh_b")
    assert send(store, limited) == [a[0], *b[:3]]
    assert set(store.spending.closed(limited)) == {"wh_a", "wh_b"}


def test_what_costs_nothing_is_given_back(store):
    """Rejected, held by the key, and surely not sent; uncertain, dropped in doubt and sent once more count."""
    limited = profile(per_day=1)
    for end in (OutboxState.REJECTED, OutboxState.HELD, OutboxState.QUEUED):
        (row,) = submit(store, 1)
        claimed = store.outbox.claim("p", closed=lambda: store.spending.closed(limited))
        assert claimed is not None and claimed.row == row, end
        assert store.spending.accounts(limited)[0].left == 0
        if end is OutboxState.QUEUED:
            requeue(store, row)
        else:
            settle(store, row, end, "no")
        assert store.spending.accounts(limited)[0].left == 1
        store.outbox.drop(row, Expected(end, store.outbox.expected(row).attempt))
    (row,) = send(store, limited, 1) or submit(store, 1)
    assert send(store, limited) == [row]
    store.outbox.drop(row, UNCERTAIN)
    submit(store, 1)
    assert send(store, limited) == [] and store.spending.accounts(limited)[0].spent == Spent(1, 1)


def test_a_try_that_may_have_run_counts_beside_the_one_after_it(store):
    limited = profile(per_day=5)
    (row,) = submit(store, 1)
    send(store, limited)
    assert store.queue.resend(row).done
    assert store.spending.accounts(limited)[0].spent == Spent(1, 1)
    assert send(store, limited) == [row]
    assert store.spending.accounts(limited)[0].spent == Spent(2, 2)


def test_by_the_users_word_more_are_sent_and_count(store):
    """Prompts that the user allows over the limit are sent and count, and the limit stays for the others."""
    limited = profile(per_day=1)
    rows = submit(store, 4)
    send(store, limited)
    assert store.spending.exceed([rows[2], rows[0]]) == 1
    closed = store.spending.closed(limited)
    assert store.outbox.next("p", closed=closed) is not None
    assert send(store, limited) == [rows[2]]
    assert store.spending.accounts(limited)[0].spent == Spent(2, 2)


def test_the_users_word_is_stored_with_the_prompts(store):
    """The permission to exceed a limit is stored in the transaction that queues the prompts."""
    limited, commits = profile(per_day=1), []
    store.changes.subscribe(commits.append)
    line = store.batches.submit(
        "p", "wh_a", BatchSource("foxes"), [{"prompt": f"fox {n}"} for n in range(4)], over_limit=2
    )
    batch = store.batches.members(line)
    alone = store.outbox.submit("p", "wh_a", {"prompt": "an owl"}, over_limit=True)
    store.outbox.submit("p", "wh_a", {"prompt": "an elk"})
    assert len(commits) == 3
    assert store.spending.exceeding([*batch, alone]) == {*batch[2:], alone}
    assert send(store, limited) == [alone, batch[2], batch[3]]


def test_a_clock_that_was_set_back_opens_nothing(store, clock):
    limited = profile(per_hour=1, per_day=1)
    submit(store, 2)
    send(store, limited)
    clock.now -= 5 * HOUR_S
    assert send(store, limited) == []


def test_amounts_follow_the_users_own_prices(store):
    priced = profile(None, None, Webhook("wh_a", "A", price=0.04), B)
    submit(store, 3)
    submit(store, 1, "wh_b")
    send(store, priced)
    whole, own = store.spending.accounts(priced)
    assert (whole.spent.today, own.spent.today) == (4, 3)
    assert whole.amount == own.amount == pytest.approx(0.12) and whole.left is None
    assert not priced.is_limited and store.spending.closed(priced) == {}


def test_runs_from_elsewhere_and_other_profiles_do_not_count(store, remote_run):
    limited = profile(per_day=1)
    store.runs.merge("p", "wh_a", [remote_run("r1", "running")])
    store.outbox.submit("other", "wh_a", {"prompt": "x"})
    store.outbox.claim("other")
    rows = submit(store, 1)
    assert send(store, limited) == rows


def test_counting_reads_only_what_was_sent_lately(store):
    """Each wake of the sender counts: of a long history it reads an index from midnight on."""
    assert version_of(store.database._connection) >= 12
    plan = store.database.rows(
        "EXPLAIN QUERY PLAN SELECT webhook FROM outbox INDEXED BY outbox_by_sent"
        " WHERE profile = ? AND sent_at >= ? AND state IN ('sending', 'accepted', 'uncertain')",
        ("p", 0.0),
    )
    assert any("COVERING INDEX outbox_by_sent (profile=? AND sent_at>?)" in row[-1] for row in plan)


PROGRAM = """
import pathlib, sys, time
from cordage_tui.domain.run import RemoteRun, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import Profile, SpendingLimits, Webhook
from cordage_tui.store.store import Store
class Clock:
    wall = staticmethod(lambda: 1_700_000_000.0)
    monotonic = staticmethod(time.monotonic)
store = Store.open(pathlib.Path(sys.argv[1]), Clock(), busy_s=30)
limited = Profile("p", "https://x.example", (Webhook("wh_a", "A"),), limits=SpendingLimits(50, 50))
print("ready", flush=True)
sys.stdin.readline()
while True:
    claimed = store.outbox.claim("p", closed=lambda: store.spending.closed(limited))
    if claimed is None:
        break
    print(claimed.row, flush=True)
    store.outcomes.accept(claimed, RemoteRun(f"r{claimed.row}", Status.RUNNING, SafeText("running")))
"""


def test_twenty_processes_together_keep_a_limit(store, stores):
    """Twenty processes, some killed at random, send exactly fifty of eighty prompts and lose none."""
    rows = submit(store, 80)
    rng = random.Random(7)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(stores.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(20)
    ]
    assert all(process.stdout.readline() == "ready\n" for process in processes)
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    victims = processes[:8]
    claimed = []
    for process in victims:
        claimed += [int(line) for _ in range(rng.randrange(3)) if (line := process.stdout.readline().strip())]
        process.kill()
    claimed += [int(line) for process in processes for line in process.communicate(timeout=60)[0].split()]
    store.outbox.recover("p")
    shown = {row.id: row.status for row in store.query.window(RunQuery("p"), 0, 1_000)}
    assert set(shown) >= set(rows)
    spent = sum(shown[row] in (Status.RUNNING, Status.UNCERTAIN) for row in rows)
    assert spent == 50 and sum(shown[row] is Status.QUEUED for row in rows) == 30
    assert len(claimed) == len(set(claimed)) <= 50 and all(shown[row] is not Status.QUEUED for row in claimed)
