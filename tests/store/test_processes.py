"""Several real processes on one file: nothing is sent twice or lost, whenever one dies."""

import random
import subprocess
import sys
import time
from contextlib import closing

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RunQuery, Status
from cordage_tui.store.store import Store

PROGRAM = """
import pathlib, sys, time
from cordage_tui.domain.run import RemoteRun
from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.store.store import Store
class Clock:
    wall = monotonic = staticmethod(time.time)
store = Store.open(pathlib.Path(sys.argv[1]), Clock(), busy_s=30)
print("ready", flush=True)
sys.stdin.readline()
while (outgoing := store.outbox.claim("p")) is not None:
    print(outgoing.row, flush=True)  # the first byte goes out here
    if sys.argv[2] == "accept":
        store.outcomes.accept(outgoing, RemoteRun(f"r{outgoing.row}", Status.RUNNING, SafeText("running")))
"""


def sender(path, action):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path), action], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    return process


def go(process):
    process.stdin.write("\n")
    process.stdin.flush()


def test_two_processes_never_claim_the_same_prompt(store, stores):
    """Of two senders racing for sixty prompts, exactly one gets each prompt."""
    rows = [store.outbox.submit("p", f"wh_{n}", {"prompt": str(n)}) for n in range(60)]
    senders = [sender(stores.path, "claim") for _ in range(2)]
    for process in senders:
        go(process)
    claimed = [int(line) for process in senders for line in process.communicate(timeout=60)[0].split()]
    assert sorted(claimed) == rows


def test_sigkill_leaves_what_was_sent_in_doubt_and_the_rest_queued(stores, clock):
    """Killed at a random moment, a sender leaves no row it may have sent in `queued`, and loses none (docs/dev/triggering.md 2)."""
    rng = random.Random(11)
    for _ in range(6):
        store = stores.open()
        rows = [store.outbox.submit("p", "wh_a", {"prompt": str(rng.random())}) for _ in range(80)]
        process = sender(stores.path, "accept")
        go(process)
        process.stdout.readline()
        process_killed_after(process, rng.uniform(0, 0.05))
        sent = {int(line) for line in process.stdout.read().split() if line.isdigit()}
        process.stdin.close()
        process.stdout.close()
        store.outbox.recover("p")
        states = {row: store.rows.get(row).status for row in rows}
        assert Status.SENDING not in states.values()
        assert all(states[row] in {Status.RUNNING, Status.UNCERTAIN} for row in sent if row in states)
        assert sum(status is Status.UNCERTAIN for status in states.values()) <= 1
        assert set(states.values()) <= {Status.RUNNING, Status.UNCERTAIN, Status.QUEUED}
        settle_all(store, rows)
        store.close()
    with closing(Store.open(stores.path, clock)) as store:
        assert store.database.rows("PRAGMA integrity_check") == [("ok",)]


def process_killed_after(process, seconds):
    """The random moment is the point here: no condition to wait for could be one."""
    time.sleep(seconds)
    process.kill()
    process.wait()


def settle_all(store, rows):
    for row in rows:
        if store.rows.get(row).status in {Status.QUEUED, Status.UNCERTAIN}:
            store.outbox.drop(row, store.outbox.expected(row))
    assert store.query.count(RunQuery("p", text=OutboxState.QUEUED.value)) == 0
