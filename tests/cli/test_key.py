"""`cordage-tui key`: the API key without a screen."""

import hashlib
import json
import os
import termios

import pytest

from cordage_tui.domain.run import OutboxState
from cordage_tui.domain.text import SafeText
from cordage_tui.simulator.faults import Call
from tests.cli.json_schema import wrong_with


@pytest.fixture
def bare(studio, monkeypatch):
    """A profile without an API key."""
    monkeypatch.delenv("CORDAGE_API_KEY")
    return studio


def print_of(key):
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def status(studio):
    ended = studio("key", "--json")
    told = json.loads(ended.out)
    assert not wrong_with(told)
    assert studio("key", "status").code == ended.code
    return ended.code, told["source"], told["fingerprint"], told["accepted"], told["words"]


def test_a_key_from_stdin_is_tested_saved_privately_and_never_shown(bare):
    """By one read, which starts nothing; then it is used as one that was saved in the app."""
    key = bare.server.api_key
    assert status(bare) == (2, None, None, None, None)
    ended = bare("key", "set", stdin=f" Bearer {key}\nmore\n")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == f"API key {print_of(key)} of profile studio saved in credentials.toml. The server accepts it.\n"
    assert [exchange.call for exchange in bare.server.log] == [Call.LIST]
    file = bare.home.paths.credentials_file
    assert key in file.read_text() and file.stat().st_mode & 0o777 == 0o600
    assert status(bare) == (0, "credentials.toml", print_of(key), True, None)
    assert key not in bare("key").out + bare("key", "--json").out
    assert bare("runs").code == 0


def test_a_key_that_the_server_refuses_is_not_saved(bare):
    """Exit code 4; and 3 where the server is not reached, unless it is wished untested."""
    ended = bare("key", "set", stdin="cordage_wrong\n")
    assert ended.code == 4 and "The key was not saved." in ended.err and "cordage_wrong" not in ended.err
    bare.server.close()
    ended = bare("key", "set", stdin="cordage_new\n")
    assert ended.code == 3 and "--untested" in ended.err
    assert not bare.home.paths.credentials_file.exists()
    assert bare("key", "set", "--untested", stdin="cordage_new\n").err.endswith("It was not tested.\n")
    assert status(bare) == (0, "credentials.toml", print_of("cordage_new"), None, None)


@pytest.mark.parametrize(
    "argv", [["cordage_secret123"], ["--untested", "cordage_secret123"], ["--key", "cordage_secret123"]]
)
def test_a_key_is_never_taken_as_an_argument(bare, argv):
    """Nor repeated: what the shell kept is enough."""
    ended = bare("key", "set", *argv)
    assert ended.code == 2 and "cordage_secret123" not in ended.err and not bare.server.log
    assert "key set" in ended.err
    assert not bare.home.paths.credentials_file.exists()


@pytest.mark.parametrize(
    ("text", "words"), [("", "is empty"), ("two words", "a space"), ("wh_abc123xyz", "webhook key")]
)
def test_what_is_no_key_is_refused_before_anything_is_sent(bare, text, words):
    ended = bare("key", "set", stdin=text)
    assert ended.code == 2 and words in ended.err and not bare.server.log


def test_the_answer_belongs_to_the_key_that_was_asked_with(bare, monkeypatch):
    """A refusal is told with its words and code 4, until another key is there, which has not been asked with."""
    bare("key", "set", stdin=bare.server.api_key)
    monkeypatch.setenv("CORDAGE_API_KEY", "cordage_old")
    assert status(bare)[:4] == (0, "CORDAGE_API_KEY", print_of("cordage_old"), None)
    assert bare("runs").code == 4
    code, _, _, accepted, words = status(bare)
    assert (code, accepted) == (4, False) and words
    assert "The server refused it" in bare("key").out
    monkeypatch.delenv("CORDAGE_API_KEY")
    assert status(bare)[3] is None
    assert bare("runs").code == 0
    assert status(bare)[3] is True


def test_a_key_that_is_not_the_first_in_order_is_a_warning(bare, monkeypatch):
    monkeypatch.setenv("CORDAGE_API_KEY", "cordage_old")
    assert "CORDAGE_API_KEY has another key" in bare("key", "set", stdin=bare.server.api_key).err
    assert json.loads(bare("key", "set", "--json", stdin=bare.server.api_key).out)["accepted"] is True


def test_prompts_held_for_the_old_key_are_queued_again(bare):
    """As in the app; the window that sends them is told to nobody else."""
    bare("key", "set", "--untested", stdin="cordage_old")
    assert bare("trigger", "Sunset", "A fox", "--queue").code == 0
    with bare.store() as store:
        store.queue.hold(bare.profile.name, SafeText("The key is refused."), None)
    assert bare("key", "set", stdin=bare.server.api_key).err.endswith("1 held prompt is queued again.\n")
    with bare.store() as store:
        assert store.queue.counts(bare.profile.name) == {OutboxState.QUEUED: 1}


def test_the_first_key_may_come_before_the_first_webhook(cordage):
    """It is saved untested, and the webhook's test uses it. A variable may name the new profile."""
    ended = cordage("key", "set", stdin="cordage_new\n")
    assert ended.returncode == 0 and "webhooks add" in ended.stderr
    assert cordage("key", "set", stdin="cordage_two\n", CORDAGE_PROFILE="two").returncode == 0
    assert '[profiles.default]\napi_key = "cordage_new"' in cordage.paths.credentials_file.read_text()
    assert not cordage.paths.database.exists()


def test_a_key_is_not_saved_for_a_server_that_it_was_not_tested_with(bare):
    """Else the next command without the option would send it to the other one."""
    ended = bare("key", "set", "--base-url", "http://127.0.0.1:1/api", stdin=bare.server.api_key)
    assert ended.code == 2 and "--base-url" in ended.err and not bare.home.paths.credentials_file.exists()


def test_a_terminal_does_not_echo_it(started, studio):
    """What is typed there is on no screen; afterwards the terminal echoes as before."""
    ours, theirs = os.openpty()
    before = termios.tcgetattr(theirs)
    try:
        child = started("key", "set", stdin=theirs, stderr=theirs)
        shown = b""
        while not shown.endswith(b"not shown: "):
            shown += os.read(ours, 4096)
        os.write(ours, f"{studio.server.api_key}\n".encode())
        assert child.wait() == 0
        shown += os.read(ours, 4096)
        assert termios.tcgetattr(theirs) == before
    finally:
        os.close(ours)
        os.close(theirs)
    assert b"The server accepts it." in shown and studio.server.api_key.encode() not in shown
    assert studio.server.api_key in studio.home.paths.credentials_file.read_text()


def test_a_webhook_that_is_gone_does_not_keep_a_key_from_being_saved(bare):
    """As in the app; nothing is said of the key then."""
    bare.key = "wh_nowhere"
    bare.configure()
    ended = bare("key", "set", stdin=bare.server.api_key)
    assert ended.code == 0 and "warning: Sunset: not found" in ended.err and "It was not tested." in ended.err
    assert status(bare)[3] is None
