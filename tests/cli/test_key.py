"""`cordage-tui key`: the API key without a screen."""

import hashlib
import json
import os
import termios

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.simulator.faults import Call
from tests.cli.json_schema import wrong_with


@pytest.fixture
def bare(studio, monkeypatch):
    """Return a profile without an API key."""
    monkeypatch.delenv("CORDAGE_API_KEY")
    return studio


def fingerprint_of(key):
    """Return the fingerprint of the key."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def status(studio):
    """Return exit code, source, fingerprint, acceptance and words of `key --json`."""
    ended = studio("key", "--json")
    answer = json.loads(ended.out)
    assert not wrong_with(answer)
    assert studio("key", "status").code == ended.code
    return ended.code, answer["source"], answer["fingerprint"], answer["accepted"], answer["words"]


def test_a_key_from_stdin_is_tested_saved_privately_and_never_shown(bare):
    """A key from stdin is tested by one read, saved in a private file, and never printed."""
    key = bare.server.api_key
    assert status(bare) == (2, None, None, None, None)
    ended = bare("key", "set", stdin=f" Bearer {key}\nmore\n")
    assert (ended.code, ended.out) == (0, "")
    assert (
        ended.err
        == f"API key {fingerprint_of(key)} of profile studio saved in credentials.toml. The server accepts it.\n"
    )
    assert [exchange.call for exchange in bare.server.log] == [Call.LIST]
    file = bare.home.paths.credentials_file
    assert key in file.read_text() and file.stat().st_mode & 0o777 == 0o600
    assert status(bare) == (0, "credentials.toml", fingerprint_of(key), True, None)
    assert key not in bare("key").out + bare("key", "--json").out
    assert bare("runs").code == 0


def test_a_key_that_the_server_refuses_is_not_saved(bare):
    """A refused key ends with 4 and an unreachable server with 3, and only `--untested` saves the key then."""
    ended = bare("key", "set", stdin="cordage_wrong\n")
    assert ended.code == 4 and "The key was not saved." in ended.err and "cordage_wrong" not in ended.err
    bare.server.close()
    ended = bare("key", "set", stdin="cordage_new\n")
    assert ended.code == 3 and "--untested" in ended.err
    assert not bare.home.paths.credentials_file.exists()
    assert bare("key", "set", "--untested", stdin="cordage_new\n").err.endswith("It was not tested.\n")
    assert status(bare) == (0, "credentials.toml", fingerprint_of("cordage_new"), None, None)


@pytest.mark.parametrize(
    "argv", [["cordage_secret123"], ["--untested", "cordage_secret123"], ["--key", "cordage_secret123"]]
)
def test_a_key_is_never_taken_as_an_argument(bare, argv):
    """A key as an argument is refused and not repeated."""
    ended = bare("key", "set", *argv)
    assert ended.code == 2 and "cordage_secret123" not in ended.err and not bare.server.log
    assert "key set" in ended.err
    assert not bare.home.paths.credentials_file.exists()


@pytest.mark.parametrize(
    ("text", "message"), [("", "is empty"), ("two words", "a space"), ("wh_abc123xyz", "webhook key")]
)
def test_what_is_no_key_is_refused_before_anything_is_sent(bare, text, message):
    """A text that cannot be a key is refused before any call."""
    ended = bare("key", "set", stdin=text)
    assert ended.code == 2 and message in ended.err and not bare.server.log


def test_the_answer_belongs_to_the_key_that_was_asked_with(bare, monkeypatch):
    """A refusal belongs to the tested key, and another key counts as not yet tested."""
    bare("key", "set", stdin=bare.server.api_key)
    monkeypatch.setenv("CORDAGE_API_KEY", "cordage_old")
    assert status(bare)[:4] == (0, "CORDAGE_API_KEY", fingerprint_of("cordage_old"), None)
    assert bare("runs").code == 4
    code, _, _, accepted, server_words = status(bare)
    assert (code, accepted) == (4, False) and server_words
    assert "The server refused it" in bare("key").out
    monkeypatch.delenv("CORDAGE_API_KEY")
    assert status(bare)[3] is None
    assert bare("runs").code == 0
    assert status(bare)[3] is True


def test_a_key_that_is_not_the_first_in_order_is_a_warning(bare, monkeypatch):
    """If the environment has another key, saving one prints a warning."""
    monkeypatch.setenv("CORDAGE_API_KEY", "cordage_old")
    assert "CORDAGE_API_KEY has another key" in bare("key", "set", stdin=bare.server.api_key).err
    assert json.loads(bare("key", "set", "--json", stdin=bare.server.api_key).out)["accepted"] is True


def test_prompts_held_for_the_old_key_are_queued_again(bare):
    """A new key queues the held prompts again."""
    bare("key", "set", "--untested", stdin="cordage_old")
    assert bare("trigger", "Sunset", "A fox", "--queue").code == 0
    with bare.store() as store:
        store.queue.hold(bare.profile.name, SafeText("The key is refused."), None)
    assert bare("key", "set", stdin=bare.server.api_key).err.endswith("1 held prompt is queued again.\n")
    with bare.store() as store:
        assert store.queue.counts(bare.profile.name) == {OutboxState.QUEUED: 1}


def test_the_first_key_may_come_before_the_first_webhook(cordage):
    """Without a webhook the key is saved untested, and `CORDAGE_PROFILE` may name the new profile."""
    ended = cordage("key", "set", stdin="cordage_new\n")
    assert ended.returncode == 0 and "webhooks add" in ended.stderr
    assert cordage("key", "set", stdin="cordage_two\n", CORDAGE_PROFILE="two").returncode == 0
    assert '[profiles.default]\napi_key = "cordage_new"' in cordage.paths.credentials_file.read_text()
    assert not cordage.paths.database.exists()


def test_a_key_is_not_saved_for_a_server_that_it_was_not_tested_with(bare):
    """A key tested with `--base-url` is not saved, because later commands would send it to another server."""
    ended = bare("key", "set", "--base-url", "http://127.0.0.1:1/api", stdin=bare.server.api_key)
    assert ended.code == 2 and "--base-url" in ended.err and not bare.home.paths.credentials_file.exists()


def test_a_terminal_does_not_echo_the_key(started, studio):
    """A key typed on a terminal is not echoed, and the echo is restored afterwards."""
    ours, theirs = os.openpty()
    before = termios.tcgetattr(theirs)
    try:
        child = started("key", "set", stdin=theirs, stderr=theirs)
        screen = b""
        while not screen.endswith(b"not shown: "):
            screen += os.read(ours, 4096)
        os.write(ours, f"{studio.server.api_key}\n".encode())
        assert child.wait() == 0
        screen += os.read(ours, 4096)
        assert termios.tcgetattr(theirs) == before
    finally:
        os.close(ours)
        os.close(theirs)
    assert b"The server accepts it." in screen and studio.server.api_key.encode() not in screen
    assert studio.server.api_key in studio.home.paths.credentials_file.read_text()


def test_a_webhook_that_is_gone_does_not_keep_a_key_from_being_saved(bare):
    """If the webhook of the test is gone, the key is saved with a warning and counts as untested."""
    bare.key = "wh_nowhere"
    bare.configure()
    ended = bare("key", "set", stdin=bare.server.api_key)
    assert ended.code == 0 and "warning: Sunset: not found" in ended.err and "It was not tested." in ended.err
    assert status(bare)[3] is None
