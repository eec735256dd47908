"""A program whose terminal belongs to another job ends when it is told to, and giving the terminal back does not stop
it."""

import sys

from tests.acceptance.server import KEY
from tests.e2e.home import PROGRAM

BASH = "/bin/bash"


def test_timeout_ends_a_program_that_never_had_the_terminal(home):
    """A program that `timeout` starts in the background waits for the terminal, and ends when the time is up."""
    command = " ".join(PROGRAM)
    with home.open(
        home.environ(KEY), program=(BASH, "-c", f"timeout 2 {command} --demo; echo ended with $?")
    ) as terminal:
        terminal.wait_for("ended with 124")
        assert terminal.settings_now() == terminal.settings


TAKES_IT_AWAY = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTTOU, signal.SIG_IGN)

def becomes_a_job():
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)

job = subprocess.Popen(sys.argv[2:], preexec_fn=becomes_a_job)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
os.tcsetpgrp(0, os.getpgrp())
job.terminate()
for _ in range(1000):
    pid, status = os.waitpid(job.pid, os.WNOHANG | os.WUNTRACED)
    if pid:
        break
    time.sleep(0.01)
print("stopped" if os.WIFSTOPPED(status) else f"ended with {os.waitstatus_to_exitcode(status)}", flush=True)
job.kill()
"""
"""Program like a shell that takes the terminal back from its job, and then ends the job."""


def test_giving_the_terminal_back_from_the_background_stops_nothing(home, tmp_path, is_restored):
    """A program that restores its terminal from the background is not stopped. It ends in order."""
    gate = tmp_path / "gate"
    command = (sys.executable, "-c", TAKES_IT_AWAY, str(gate), *PROGRAM)
    with home.open(home.environ(KEY), program=command) as terminal:
        terminal.wait_for("● live")
        gate.touch()
        terminal.wait_for("ended with 143")
        assert is_restored(terminal)
