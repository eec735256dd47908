"""Ctrl-C at the end of a command: no traceback, and the exit code that says whether a run was started stays."""

import signal
import sys

import pytest

from cordage_tui.cli import main as entry
from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.engine.engine import Engine
from cordage_tui.store.store import Store


@pytest.fixture(autouse=True)
def own_interrupts():
    """The tests keep their own Ctrl-C."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def interrupted(monkeypatch, place, name):
    """Each call of this function is interrupted before it begins."""
    call = getattr(place, name)

    def press(*args, **kwargs):
        signal.raise_signal(signal.SIGINT)
        return call(*args, **kwargs)

    monkeypatch.setattr(place, name, press)


def test_ctrl_c_in_the_last_flush_is_no_traceback(monkeypatch):
    """The process ends with the code of its command."""
    interrupted(monkeypatch, entry, "finish_output")
    monkeypatch.setattr(sys, "argv", ["cordage-tui", "--version"])
    assert entry.main() == ExitCode.OK


def test_a_second_ctrl_c_while_the_first_is_reported_is_no_traceback(monkeypatch):
    """Both together are one interruption."""
    interrupted(monkeypatch, entry, "_answer")
    interrupted(monkeypatch, entry, "discard_output")
    assert entry.main(["--version"]) == ExitCode.INTERRUPTED


@pytest.mark.parametrize(("place", "name"), [(Engine, "stop"), (Store, "close")])
def test_ctrl_c_after_the_outcome_leaves_the_exit_code(studio, monkeypatch, place, name):
    """The id is printed, and 130 would say that nothing is known of the run."""
    interrupted(monkeypatch, place, name)
    ended = studio("trigger", "Sunset", "a fox")
    (run,) = studio.server.world.list_runs(studio.key)
    assert (ended.code, ended.out, ended.err) == (ExitCode.OK, f"{run.run_id}\n", "")
