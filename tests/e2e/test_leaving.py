"""If the user leaves while prompts wait, a worker sends them, and the next window says what happened."""

import os
import signal
import time

from tests.acceptance.server import KEY

PROMPTS = ("fox", "owl", "elk", "bee", "cat")


def test_a_worker_sends_the_prompts_that_a_window_leaves(open_window, judge, home, queue, submit_prompts, store):
    """The worker sends each prompt once, writes a private log without the key, and ends. The next window reports what
    happened meanwhile."""
    person = open_window()
    person.runs("ant")
    person.waits_for(ant="completed")
    person.leaves_prompt()
    submit_prompts(*PROMPTS)
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
    again = open_window()
    again.terminal.wait_for("while you were away (1h 00m): 6 completed")
    again.terminal.type("m")
    again.terminal.wait_for("ended while you were away")
    assert again.rows() == dict.fromkeys(("ant", *PROMPTS), "completed")


def test_a_worker_is_shown_and_can_be_stopped(open_window, home, queue, submit_prompts):
    """Every window shows the worker, its arguments and variables have no key, and SIGHUP does not end it. `queue stop`
    ends it within seconds."""
    submit_prompts("long fox")
    assert queue("work", "--detach").returncode == 0
    again = queue("work")
    assert (again.returncode, "already running" in again.stderr) == (0, True)
    pid = int(again.stderr.split("pid ")[1].split(",")[0])
    for name in ("cmdline", "environ"):
        with open(f"/proc/{pid}/{name}") as file:  # noqa: PTH123
            assert KEY not in file.read()
    os.kill(pid, signal.SIGHUP)
    person = open_window()
    person.terminal.wait_for("worker running since")
    stopped = queue("stop")
    assert stopped.returncode == 0
    assert f"(pid {pid}) has stopped" in stopped.stderr
    person.terminal.wait_for(lambda text: "worker running" not in text)
    person.waits_for(**{"long fox": "running"})
    assert person.quits() == 0
    assert "1 run continues at Cordage." in person.terminal.text()


def until(condition, deadline_s=20.0):
    """Wait until the condition is true, or fail at the deadline."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)
