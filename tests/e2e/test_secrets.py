"""The API key and the webhook keys are seen by nobody but the server (docs/dev/faults.md rules 6 to 9)."""

import base64
import re
from pathlib import Path

import pytest

from tests.acceptance.server import KEY, Judge
from tests.e2e.conftest import WEBHOOKS
from tests.e2e.person import PAUSE_S, Person
from tests.e2e.vt import tokens

CANARIES = (KEY, *WEBHOOKS)
_COPY = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)")


def shown(written: bytes) -> str:
    """All text that was sent to the terminal, without what moves the cursor between its pieces; and what was copied."""
    copied = [base64.b64decode(data).decode() for data in _COPY.findall(written)]
    return "".join(token.body for token in tokens(written) if token.kind == "text") + "\n".join(copied)


def assert_hidden(written: bytes) -> None:
    text = shown(written)
    assert [canary for canary in CANARIES if canary in text or canary.encode() in written] == []


def looks_everywhere(person: Person) -> None:
    """Details with the raw answer, everything that can be copied, a webhook's name, help, palette."""
    terminal = person.terminal
    person.leaves_prompt()
    terminal.type("4")
    terminal.wait_for("C copy as curl")
    terminal.type("J")
    terminal.wait_for('"metadata"')
    terminal.type("\x1b")
    terminal.wait_for("C copy as curl")
    for key, words in (("C", "Copied curl command"), ("Y", "Copied URL"), ("y", "Copied run id")):
        terminal.type(key)
        terminal.wait_for(words)
    person.chooses("Sunset")
    for key, words in (
        ("R", "Rename webhook"),
        ("X", "Remove Sunset?"),
        ("?", "Keyboard shortcuts"),
        (":", "Find a command"),
    ):
        terminal.type(key)
        terminal.wait_for(words)
        terminal.type("\x1b")
        terminal.wait_for(lambda text, words=words: words not in text)


@pytest.mark.parametrize("forked", [False], ids=["an interpreter of its own"])
def test_no_key_leaves_the_program(opens, judge, home):
    """Not in a byte to the terminal or the clipboard, not in its arguments, not in a file but where keys are kept."""
    person = opens(columns=160, rows=60)
    person.runs("fox")
    person.waits_for(fox="completed")
    arguments = Path(f"/proc/{person.terminal.process.pid}/cmdline").read_bytes()
    looks_everywhere(person)
    person.quits()
    assert_hidden(person.terminal.written)
    assert not [canary for canary in CANARIES if canary.encode() in arguments]
    paths = home.paths
    assert judge.fetched, "the picture was shown"
    assert not {"authorization", "cookie", "referer"} & set().union(*judge.fetched)
    for path, data in home.files().items():
        assert KEY.encode() not in data, path
        if path != paths.config_file and path.name != paths.database.name:
            assert not [key for key in WEBHOOKS if key.encode() in data], path


def test_files_are_private(opens, home):
    """Folders and files that the program makes are the user's alone (docs/dev/faults.md rule 10)."""
    person = opens()
    person.runs("fox")
    person.waits_for(fox="completed")
    person.quits()
    for folder in (home.paths.data_dir, home.paths.state_dir):
        for path in [folder, *folder.rglob("*")] if folder.exists() else []:
            assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("status", [401, 404])
def test_a_refusal_shows_no_key(home, judge, status):
    """Neither the API key nor the webhook's, wherever the refusal is told."""
    home.configure(judge.base_url, {"wh_nosuchhook99": "Gone"} if status == 404 else WEBHOOKS)
    key = KEY if status == 404 else "cordage_canary4017777"
    with home.open(home.environ(key), columns=160) as terminal:
        terminal.wait_for(lambda text: "rejected" in text if status == 401 else "Webhook not found" in text)
        terminal.read_for(1.0)
        terminal.signal(15)
        terminal.wait_exit()
        assert_hidden(terminal.written)
        text = shown(terminal.written)
        assert "wh_nosuchhook99" not in text
        assert key not in text


@pytest.mark.parametrize("variable", ["CORDAGE_API_KEY", "STUDIO_SECRET"])
def test_an_editor_is_given_no_key(home, judge, tmp_path, variable):
    """`$EDITOR` runs without the API key in its environment, wherever that came from, and what it writes comes back."""
    home.configure(judge.base_url, WEBHOOKS, extra='api_key_env = "STUDIO_SECRET"')
    script, seen = tmp_path / "editor", tmp_path / "seen"
    script.write_text(f'#!/bin/sh\nenv > "{seen}"\nprintf "from the editor" > "$1"\n')
    script.chmod(0o700)
    with home.open(home.environ(EDITOR=str(script), **{variable: KEY})) as terminal:
        terminal.wait_for("● live")
        terminal.type("t")
        terminal.wait_for("ctrl+e $EDITOR")
        terminal.read_for(PAUSE_S)
        terminal.type("\x05")
        terminal.wait_for("from the editor")
        assert "PATH=" in seen.read_text()
        assert KEY not in seen.read_text()


def test_the_judge_is_told_the_key(judge: Judge, opens):
    """The scan would find a key: the program does use this one."""
    opens()
    assert {status for _, status in judge.calls} == {200}
