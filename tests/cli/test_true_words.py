"""No command says something untrue about the key, the server or its own knowledge."""

import json

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.simulator.faults import Call, FaultKind


@pytest.mark.parametrize("command", [("runs",), ("watch",), ("runs", "--failures")])
def test_a_read_by_another_key_is_not_fresh(studio, monkeypatch, command):
    """If the server refuses the present key, no list is fresh, however recently another key has read it."""
    studio.started(0.0)
    assert studio("runs").code == ExitCode.OK
    monkeypatch.setenv("CORDAGE_API_KEY", "cordage_wrong")
    ended = studio(*command, "--json")
    assert ended.code == ExitCode.KEY_REFUSED
    assert "API key rejected (401)" in ended.err
    if command[0] == "runs":
        assert json.loads(ended.out)["fresh"] is False
    monkeypatch.setenv("CORDAGE_API_KEY", studio.server.api_key)
    assert studio(*command, "--json").code == ExitCode.OK


@pytest.mark.parametrize("trouble", ["dead", "key"])
def test_a_list_that_was_not_read_is_not_called_empty(studio, trouble):
    """After a read that failed, no message claims that there are no runs."""
    if trouble == "dead":
        studio.server.close()
    else:
        studio.server.world.api_keys.clear()
    for options in ((), ("--failures",)):
        ended = studio("runs", *options)
        assert ended.code in (ExitCode.TRY_AGAIN, ExitCode.KEY_REFUSED)
        assert "No matching runs." not in ended.err
        assert "No failures." not in ended.err
        assert "not all could be read" in ended.err


@pytest.mark.parametrize("status", [401, 402, 429])
def test_a_refused_trigger_is_not_called_unsent(studio, status):
    """After a refused request, the message says that nothing was started and nothing is queued. It does not say that
    nothing was sent."""
    studio.fails(Call.TRIGGER, FaultKind.STATUS, status=status)
    ended = studio("trigger", "Sunset", "a fox", "--timeout", "3")
    assert studio.triggers
    assert "Nothing was started, and nothing is queued" in ended.err
    assert "Nothing was sent" not in ended.err


@pytest.mark.parametrize(
    "argv", [("kill", "--where", "is:kept", "--yes"), ("urls", "--where", "is:kept"), ("webhooks",)]
)
def test_a_refused_read_is_not_called_unsent(studio, argv):
    """After a request to the server, no command says that nothing was sent to it."""
    studio.server.world.api_keys.clear()
    whole_argv = ("webhooks", "add", "wh_unknown", "Other") if argv == ("webhooks",) else argv
    ended = studio(*whole_argv)
    assert list(studio.server.log)
    assert "Nothing was sent to Cordage" not in ended.err


def test_an_account_that_cannot_pay_is_no_rejected_key(studio):
    """Status 402 is reported as a problem of the account with the advice to pay, and not as a rejected key."""
    studio.fails(Call.ANY, FaultKind.STATUS, status=402)
    for argv in (("trigger", "Sunset", "a fox"), ("watch",)):
        ended = studio(*argv)
        assert ended.code == ExitCode.KEY_REFUSED
        assert "the account cannot pay for this (402)" in ended.err
        assert "Pay for the account" in ended.err
        assert "API key rejected" not in ended.err
    assert "account" in studio("trigger", "--help").out.partition("exit codes")[2]


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_a_rejected_prompt_ends_with_1(studio, status):
    """A prompt that the server rejects ends with 1 and the words that nothing was started, as the page of exit codes
    says."""
    studio.fails(Call.TRIGGER, FaultKind.STATUS, status=status)
    ended = studio("trigger", "Sunset", "a fox", "--wait")
    assert ended.code == ExitCode.FAILED
    assert "Nothing was started." in ended.err


def test_keepers_without_judged_runs_says_so(studio):
    """Without a judged run, `keepers` prints nothing on stdout and says why on stderr."""
    ended = studio("keepers")
    assert (ended.code, ended.out) == (0, "")
    assert "decided" in ended.err
