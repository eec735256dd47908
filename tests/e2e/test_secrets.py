"""Only the server sees the API key and the webhook keys (docs/dev/faults.md rules 6 to 9)."""

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


def visible_text(written: bytes) -> str:
    """Return all text that was sent to the terminal, without cursor movements, and all text that was copied."""
    copied_texts = [base64.b64decode(data).decode() for data in _COPY.findall(written)]
    return "".join(token.body for token in tokens(written) if token.kind == "text") + "\n".join(copied_texts)


def assert_hidden(written: bytes) -> None:
    """Assert that no key is in the visible text or in the bytes."""
    text = visible_text(written)
    assert [canary for canary in CANARIES if canary in text or canary.encode() in written] == []


def open_every_view(person: Person) -> None:
    """Open the details with the raw answer, copy everything, and open the dialogs of a webhook, help and palette."""
    terminal = person.terminal
    person.leaves_prompt()
    terminal.type("4")
    terminal.wait_for("C copy as curl")
    terminal.type("J")
    terminal.wait_for('"metadata"')
    terminal.type("\x1b")
    terminal.wait_for("C copy as curl")
    for key, message in (("C", "Copied curl command"), ("Y", "Copied URL"), ("y", "Copied run id")):
        terminal.type(key)
        terminal.wait_for(message)
    person.chooses("Sunset")
    for key, message in (
        ("R", "Rename webhook"),
        ("X", "Remove Sunset?"),
        ("?", "Keyboard shortcuts"),
        (":", "Find a command"),
    ):
        terminal.type(key)
        terminal.wait_for(message)
        terminal.type("\x1b")
        terminal.wait_for(lambda text, message=message: message not in text)


@pytest.mark.parametrize("forked", [False], ids=["an interpreter of its own"])
def test_no_key_leaves_the_program(open_window, judge, home):
    """No key is in the output, the clipboard or the arguments, or in a file other than those for keys."""
    person = open_window(columns=160, rows=60)
    person.runs("fox")
    person.waits_for(fox="completed")
    arguments = Path(f"/proc/{person.terminal.process.pid}/cmdline").read_bytes()
    open_every_view(person)
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


def test_files_are_private(open_window, home):
    """Folders and files of the program belong to the user alone (docs/dev/faults.md rule 10)."""
    person = open_window()
    person.runs("fox")
    person.waits_for(fox="completed")
    person.quits()
    for folder in (home.paths.data_dir, home.paths.state_dir):
        for path in [folder, *folder.rglob("*")] if folder.exists() else []:
            assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("status", [401, 404])
def test_a_refusal_shows_no_key(home, judge, status):
    """Neither the API key nor the key of the webhook is on the screen, wherever a refusal is shown."""
    home.configure(judge.base_url, {"wh_nosuchhook99": "Gone"} if status == 404 else WEBHOOKS)
    key = KEY if status == 404 else "cordage_canary4017777"
    with home.open(home.environ(key), columns=160) as terminal:
        terminal.wait_for(lambda text: "rejected" in text if status == 401 else "Webhook not found" in text)
        terminal.read_for(1.0)
        terminal.signal(15)
        terminal.wait_exit()
        assert_hidden(terminal.written)
        text = visible_text(terminal.written)
        assert "wh_nosuchhook99" not in text
        assert key not in text


@pytest.mark.parametrize("variable", ["CORDAGE_API_KEY", "STUDIO_SECRET"])
def test_an_editor_is_given_no_key(home, judge, tmp_path, variable):
    """`$EDITOR` runs without the API key in its environment, whichever variable has it, and its text comes back."""
    home.configure(judge.base_url, WEBHOOKS, extra='api_key_env = "STUDIO_SECRET"')
    script, environment_file = tmp_path / "editor", tmp_path / "seen"
    script.write_text(f'#!/bin/sh\nenv > "{environment_file}"\nprintf "from the editor" > "$1"\n')
    script.chmod(0o700)
    with home.open(home.environ(EDITOR=str(script), **{variable: KEY})) as terminal:
        terminal.wait_for("● live")
        terminal.type("t")
        terminal.wait_for("ctrl+e $EDITOR")
        terminal.read_for(PAUSE_S)
        terminal.type("\x05")
        terminal.wait_for("from the editor")
        assert "PATH=" in environment_file.read_text()
        assert KEY not in environment_file.read_text()


def test_the_program_sends_the_key_to_the_judge(judge: Judge, open_window):
    """The program of these tests really uses the key, so the scans above could find it."""
    open_window()
    assert {status for _, status in judge.calls} == {200}
