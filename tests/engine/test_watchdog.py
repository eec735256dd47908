"""A process ends when it is told to or its terminal is gone, also when its main thread never comes back."""

import os
import pty
import signal
import subprocess
import sys

import pytest

SOON_S = 2.0
"""The rule, on whatever machine the suite runs."""

HEAD = """
import asyncio, os, signal, sys, threading, time
from cordage_tui.engine.processes.watchdog import Watchdog

def blocked():
    print("ready", file=sys.__stdout__, flush=True)
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()

async def served(watchdog, code=None):
    "An event loop that ends when it is asked to."
    asked = asyncio.Event()
    watchdog.call(lambda code: asked.set())
    print("ready", flush=True)
    await asked.wait()
    print("in order", flush=True)
"""
BLOCKED = HEAD + "with Watchdog(descriptors=(0,)).attached(): blocked()"
SERVED = (
    HEAD
    + "with Watchdog(descriptors=(0,)).attached() as watchdog: asyncio.run(served(watchdog)); sys.exit(watchdog.code)"
)
STUCK = (
    HEAD
    + """
async def stuck(watchdog):
    watchdog.call(lambda code: blocked())
    print("ready", flush=True)
    await asyncio.Event().wait()

with Watchdog(descriptors=(0,), grace_s=60).attached() as watchdog: asyncio.run(stuck(watchdog))
"""
)
LATE = (
    HEAD
    + """
with Watchdog(descriptors=(0,)).attached() as watchdog:
    asyncio.run(served(watchdog))
blocked()
"""
)


@pytest.fixture
def child():
    """`child(code)` has a terminal on stdin and has said that it is ready; also with SIGHUP `ignored`. Ended afterwards."""
    children, masters = [], []

    def start(code, *, ignored=False):
        if ignored:
            code = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n{code}"
        master, slave = pty.openpty()
        one = subprocess.Popen(
            [sys.executable, "-c", code], stdin=slave, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        os.close(slave)
        children.append(one)
        masters.append(master)
        one.hang_up = lambda: os.close(masters.pop(masters.index(master)))
        assert one.stdout.readline() == "ready\n"
        return one

    yield start
    for one in children:
        one.kill()
        one.communicate()
    for master in masters:
        os.close(master)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("code", [BLOCKED, STUCK], ids=["never asked", "asked and stuck"])
def test_a_blocked_main_thread_is_ended(child, code, number):
    """With the code shells expect, although nothing in the process answers, or the loop took the request up and then stuck."""
    if code is STUCK:
        code = code.replace("grace_s=60", "grace_s=1.5")
    one = child(code)
    one.send_signal(number)
    assert one.wait(SOON_S) == 128 + number


@pytest.mark.parametrize("ignored", [False, True], ids=["SIGHUP", "nohup"])
@pytest.mark.parametrize("code", [BLOCKED, STUCK], ids=["never asked", "asked and stuck"])
def test_a_hang_up_ends_a_blocked_process(child, code, ignored):
    """Whatever a signal would leave it: nobody is there to wait for."""
    one = child(code, ignored=ignored)
    one.hang_up()
    assert one.wait(SOON_S) == 129


def test_a_loop_that_answers_ends_in_order(child):
    """It is asked, and nothing is cut off."""
    one = child(SERVED)
    one.send_signal(signal.SIGTERM)
    assert one.stdout.read() == "in order\n"
    assert one.wait() == 143


def test_a_hang_up_asks_first(child):
    """As a signal does."""
    one = child(SERVED, ignored=True)
    one.hang_up()
    assert one.stdout.read() == "in order\n"
    assert one.wait() == 129


def test_an_end_that_blocks_late_is_no_escape(child):
    """After the loop has ended in good order something else may block: the process is gone in time."""
    one = child(LATE)
    one.send_signal(signal.SIGTERM)
    assert one.wait(SOON_S) == 143


def test_a_long_grace_is_kept_where_the_loop_answers(child):
    """A command that waits for its answer on the wire is not cut off while its terminal is there."""
    code = STUCK.replace("lambda code: blocked()", "lambda code: print('asked', flush=True)")
    one = child(code)
    one.send_signal(signal.SIGTERM)
    assert one.stdout.readline() == "asked\n"
    one.send_signal(signal.SIGTERM)
    assert one.stdout.readline() == "asked\n"
    with pytest.raises(subprocess.TimeoutExpired):
        one.wait(SOON_S)


def test_nohup_is_respected(child):
    """A signal that is ignored when the program starts stays ignored."""
    one = child(SERVED, ignored=True)
    one.send_signal(signal.SIGHUP)
    one.send_signal(signal.SIGTERM)
    assert one.wait() == 143


def test_a_handler_of_somebody_else_is_respected(child):
    """While an editor has the terminal, ctrl+c is not for us."""
    theirs = "signal.signal(signal.SIGHUP, lambda *_: os.write(1, b'theirs\\n')); "  # a print may interrupt another one
    code = SERVED.replace('print("ready"', f'{theirs}print("ready"', 2)
    one = child(code)
    one.send_signal(signal.SIGHUP)
    assert one.stdout.readline() == "theirs\n"
    one.send_signal(signal.SIGTERM)
    assert one.stdout.read() == "in order\n"
    assert one.wait() == 143


def test_told_before_there_is_a_loop(child):
    """A signal while the program starts is heard by the loop that comes later."""
    code = HEAD + (
        "with Watchdog(descriptors=(), grace_s=60).attached() as watchdog:\n"
        "    print('ready', flush=True)\n"
        "    while watchdog.code is None: time.sleep(0.01)\n"
        "    asyncio.run(served(watchdog))\n"
        "    sys.exit(watchdog.code)"
    )
    one = child(code)
    one.send_signal(signal.SIGTERM)
    assert one.stdout.read() == "ready\nin order\n"
    assert one.wait() == 143


def test_detaching_gives_everything_back():
    """Handlers and wakeup descriptor are as before, and the thread is gone: commands run in one process, too."""
    from cordage_tui.engine.processes.watchdog import Watchdog

    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
    highest = os.dup(2)
    os.close(highest)
    for _ in range(3):
        with Watchdog(descriptors=()).attached():
            assert signal.getsignal(signal.SIGTERM) != before[0]
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)] == before
    assert signal.set_wakeup_fd(-1) == -1
    again = os.dup(2)
    os.close(again)
    assert again == highest
