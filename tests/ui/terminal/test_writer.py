"""Nobody waits for a terminal that does not read, or is gone; one that reads gets everything, in order."""

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
    """Both ends of one, raw so that what is read is what was written."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    with os.fdopen(master, "rb", buffering=0) as screen, os.fdopen(slave, "wb", buffering=0) as program:
        yield screen, program


@pytest.fixture
def writer(terminal):
    caught_up = threading.Event()
    made = TerminalWriter(terminal[1].fileno(), caught_up=caught_up.set)
    made.caught_up = caught_up
    made.start()
    yield made
    made.stop()


def _read(master, until):
    """All that comes until `until` does."""
    data = b""
    while until not in data:
        data += master.read(65536)
    return data


def test_what_is_read_is_what_was_written(terminal, writer):
    """Every piece, in order, also more than the kernel takes at once."""
    pieces = [f"<{index}>" + "é" * index for index in range(500)]
    for piece in pieces:
        writer.write(piece)
    writer.write("END")
    assert _read(terminal[0], b"END").decode() == "".join(pieces) + "END"


def test_stop_writes_what_waits(terminal, writer):
    """The last words are said before the program ends."""
    writer.write("x" * 20_000 + "LAST")
    reader = threading.Thread(target=_read, args=(terminal[0], b"LAST"))
    reader.start()
    writer.stop()
    reader.join(AT_ONCE_S)
    assert not reader.is_alive()


def test_a_terminal_that_does_not_read_holds_nobody_up(writer):
    """However much is drawn; and the end waits for it no longer than it must."""
    began = time.monotonic()
    for _ in range(10_000):
        writer.write("a frame that nobody sees" * 10)
    assert time.monotonic() - began < AT_ONCE_S
    began = time.monotonic()
    writer.stop()
    assert time.monotonic() - began < STALLED_S + AT_ONCE_S


def test_one_that_reads_again_is_drawn_anew(terminal, writer):
    """What waited is sent, what was left out is told, and what is written then comes through."""
    while writer._size < MOST:
        writer.write("before " * 1_000)
    writer.write("LEFT OUT")
    seen, done = b"", False
    while not done:
        done = writer.caught_up.is_set()
        if select.select([terminal[0]], [], [], 0 if done else 0.05)[0]:
            seen += terminal[0].read(65536)
    writer.write("AFTER")
    seen += _read(terminal[0], b"AFTER")
    assert b"LEFT OUT" not in seen
    assert len(seen) >= MOST


def test_what_is_drawn_while_a_large_picture_is_sent_is_not_left_out(terminal, writer):
    """One picture may be longer than all text that may wait; drawing all anew would send it again, and again."""
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
    """Memory stays bounded."""
    for _ in range(200):
        writer.write(f"\x1b_G{'A' * MOST}")
    assert sum(map(len, writer._waiting)) < 70 * MOST


def test_a_terminal_that_is_gone_ends_it_quietly(terminal, writer):
    """No exception, nobody waits, and writing goes on to be harmless."""
    terminal[0].close()
    for _ in range(1_000):
        writer.write("x" * 1_000)
    writer.join(AT_ONCE_S)
    assert not writer.is_open
    began = time.monotonic()
    writer.write("more")
    writer.stop()
    assert time.monotonic() - began < AT_ONCE_S


def test_gone_while_it_was_not_reading(terminal, writer):
    """A window that hung, and is killed then."""
    for _ in range(1_000):
        writer.write("x" * 1_000)
    terminal[0].close()
    writer.join(AT_ONCE_S)
    assert not writer.is_open
