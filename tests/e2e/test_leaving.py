"""Leaving while prompts wait: a worker goes on with them, and the next window tells what happened."""

import os
import signal
import time

from tests.acceptance.server import KEY

PROMPTS = ("fox", "owl", "elk", "bee", "cat")


def test_a_worker_goes_on_with_what_is_handed_over(opens, judge, home, queue, submits, store):
    """It sends each prompt once, says so in a private log without the key, and ends when all is done; the next window tells
    what happened meanwhile."""
    person = opens()
    person.runs("ant")
    person.waits_for(ant="completed")
    person.leaves_prompt()
    submits(*PROMPTS)
    person.terminal.type("\x11")
    person.answers("not sent yet", "h")
    assert person.terminal.wait_exit() == 0
    log = home.paths.worker_log("studio")
    until(lambda: "all is done" in log.read_text())
    assert sorted(run.body["prompt"] for run in judge.runs) == sorted(("ant", *PROMPTS))
    assert log.stat().st_mode & 0o777 == 0o600
    assert KEY not in log.read_text()
    until(lambda: "worker" not in queue("list").stderr)

    left = float(store.settings.get("last here/studio"))
    store.settings.save("last here/studio", str(left - 3600))
    again = opens()
    again.terminal.wait_for("while you were away (1h 00m): 6 completed")
    again.terminal.type("m")
    again.terminal.wait_for("ended while you were away")
    assert again.rows() == dict.fromkeys(("ant", *PROMPTS), "completed")


def test_a_worker_is_seen_and_stopped(opens, home, queue, submits):
    """Every window shows it; the key is in none of its arguments or variables; a second one leaves it alone; it survives
    SIGHUP, and ends within seconds when it is told to. The window that is left says what goes on."""
    submits("long fox")
    assert queue("work", "--detach").returncode == 0
    again = queue("work")
    assert (again.returncode, "already running" in again.stderr) == (0, True)
    pid = int(again.stderr.split("pid ")[1].split(",")[0])
    for about in ("cmdline", "environ"):
        with open(f"/proc/{pid}/{about}") as file:  # noqa: PTH123
            assert KEY not in file.read()
    os.kill(pid, signal.SIGHUP)
    person = opens()
    person.terminal.wait_for("worker running since")
    stopped = queue("stop")
    assert stopped.returncode == 0
    assert f"(pid {pid}) has stopped" in stopped.stderr
    person.terminal.wait_for(lambda text: "worker running" not in text)
    person.waits_for(**{"long fox": "running"})
    assert person.quits() == 0
    assert "1 run goes on at Cordage." in person.terminal.text()


def until(holds, deadline_s=20.0):
    end = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)
