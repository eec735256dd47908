"""The writer never waits for a terminal that does not read or is gone, and a reading one gets everything in order."""

import os
import pty
import select
import threading
import time
import tty

import pytest

from cordage_tui.ui.terminal.driver import MOST, STALLED_S, TerminalWriter

AT_ONCE_S = 1.0
"""On a busy machine; what it replaces waits for ever."""


@pytest.fixture
def terminal():
    """Open both ends of a raw terminal."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    with os.fdopen(master, "rb", buffering=0) as screen, os.fdopen(slave, "wb", buffering=0) as program:
        yield screen, program


@pytest.fixture
def writer(terminal):
    """Start a writer to the terminal."""
    caught_up = threading.Event()
    made = TerminalWriter(terminal[1].fileno(), caught_up=caught_up.set)
    made.caught_up = caught_up
    made.start()
    yield made
    made.stop()


def _read(master, until):
    """Return all output up to `until`."""
    data = b""
    while until not in data:
        data += master.read(65536)
    return data


def test_what_is_read_is_what_was_written(terminal, writer):
    """All pieces arrive in order, also more than the kernel accepts at once."""
    pieces = [f"<{index}>" + "é" * index for index in range(500)]
    for piece in pieces:
        writer.write(piece)
    writer.write("END")
    assert _read(terminal[0], b"END").decode() == "".join(pieces) + "END"


def test_stop_writes_what_waits(terminal, writer):
    """Stopping the writer first writes the waiting output."""
    writer.write("x" * 20_000 + "LAST")
    reader = threading.Thread(target=_read, args=(terminal[0], b"LAST"))
    reader.start()
    writer.stop()
    reader.join(AT_ONCE_S)
    assert not reader.is_alive()


def test_a_terminal_that_does_not_read_holds_nobody_up(writer):
    """Writing to a terminal that does not read returns at once, and stopping waits only a limited time."""
    began = time.monotonic()
    for _ in range(10_000):
        writer.write("a frame that nobody sees" * 10)
    assert time.monotonic() - began < AT_ONCE_S
    began = time.monotonic()
    writer.stop()
    assert time.monotonic() - began < STALLED_S + AT_ONCE_S


def test_one_that_reads_again_is_drawn_anew(terminal, writer):
    """A terminal that reads again gets the waiting output, then a report of the loss, then new output."""
    while writer._size < MOST:
        writer.write("before " * 1_000)
    writer.write("LEFT OUT")
    output, done = b"", False
    while not done:
        done = writer.caught_up.is_set()
        if select.select([terminal[0]], [], [], 0 if done else 0.05)[0]:
            output += terminal[0].read(65536)
    writer.write("AFTER")
    output += _read(terminal[0], b"AFTER")
    assert b"LEFT OUT" not in output
    assert len(output) >= MOST


def test_what_is_drawn_while_a_large_picture_is_sent_is_not_left_out(terminal, writer):
    """Output after a large picture is not dropped, because drawing all again would resend the picture."""
    picture = f"\x1b_Ga=T;{'A' * 3 * MOST}\x1b\\"
    reader = threading.Thread(target=_read, args=(terminal[0], b"END"))
    reader.start()
    for _ in range(3):
        writer.write(picture)
        writer.write("FRAME")
    writer.write("END")
    reader.join(20)
    assert not reader.is_alive() and not writer.caught_up.is_set()


def test_pictures_are_left_out_too_where_nobody_reads(writer):
    """Pictures are dropped as well if nobody reads, so that memory is bounded."""
    for _ in range(200):
        writer.write(f"\x1b_G{'A' * MOST}")
    assert sum(map(len, writer._waiting)) < 70 * MOST


def test_a_terminal_that_is_gone_ends_it_quietly(terminal, writer):
    """A closed terminal ends the writer without an error, and later writes do nothing."""
    terminal[0].close()
    for _ in range(1_000):
        writer.write("x" * 1_000)
    writer.join(AT_ONCE_S)
    assert not writer.is_open
    began = time.monotonic()
    writer.write("more")
    writer.stop()
    assert time.monotonic() - began < AT_ONCE_S


def test_a_terminal_that_is_closed_while_it_hangs_ends_the_writer(terminal, writer):
    """A terminal that is closed while it does not read ends the writer."""
    for _ in range(1_000):
        writer.write("x" * 1_000)
    terminal[0].close()
    writer.join(AT_ONCE_S)
    assert not writer.is_open
