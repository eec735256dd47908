"""`cordage-tui queue edit`: the queue as one file in `$EDITOR`, at a terminal and in scripts."""

import json
import sys
from pathlib import Path

import pytest

from cordage_tui.store.outbox.queue_edits import QueueEdits
from tests.cli.conftest import Cordage
from tests.cli.test_queue import PROFILE, store, submit  # noqa: F401  a fixture

DECLARED = PROFILE.format("") + "inputs = { style = ['noir', 'ink'] }\n"


@pytest.fixture
def editor(tmp_path: Path):
    """Return a function that makes an editor from a line of Python, which has the text in `text`."""

    def make(line: str) -> str:
        script = tmp_path / "editor.py"
        script.write_text(
            "import pathlib, sys\n"
            "path = pathlib.Path(sys.argv[1])\n"
            f"text = path.read_text()\n{line}\npath.write_text(text)\n"
        )
        return f"{sys.executable} {script}"

    return make


def waits(store) -> list[str]:  # noqa: F811
    """Return the waiting prompts."""
    return [item.prompt for item in store.queue.waiting("studio")]


def kept(cordage: Cordage) -> list[Path]:
    """Return the files of the queue that were kept."""
    return [*cordage.paths.state_dir.glob("queue-*.toml")]


def test_what_the_editor_saved_is_applied(cordage, store, editor) -> None:  # noqa: F811
    """With `--yes` the saved changes are applied at once and listed, and `--json` prints the queue."""
    submit(store, "fox", "owl", "elk")
    drops = "parts = text.split('\\n[[prompt]]'); del parts[2]; text = '\\n[[prompt]]'.join(parts).replace('fox', 'red fox')"
    done = cordage("queue", "edit", "--yes", EDITOR=editor(drops))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "1 ~ red fox\n2 - owl\n1 changed, 1 dropped.\n"
    assert waits(store) == ["red fox", "elk"] and kept(cordage) == []
    assert '"waiting"' in cordage("queue", "edit", "--yes", "--json", EDITOR=editor("")).stdout


def test_some_are_edited_by_their_numbers(cordage, store, editor) -> None:  # noqa: F811
    """Numbers select the prompts of the file, and an unknown number is an error."""
    _, owl, _ = submit(store, "fox", "owl", "elk")
    done = cordage(
        "queue", "edit", owl, "--yes", EDITOR=editor("text = text.replace('prompt = \"', 'prompt = \"red ')")
    )
    assert done.returncode == 0 and waits(store) == ["fox", "red owl", "elk"]
    wrong = cordage("queue", "edit", "99", "--yes", EDITOR=editor(""))
    assert wrong.returncode == 2 and "There is no unsent prompt 99 in the queue." in wrong.stderr


def test_nothing_is_applied_without_a_yes(cordage, store, editor) -> None:  # noqa: F811
    """Without a yes nothing is applied, and the edited file is kept."""
    submit(store, "fox")
    done = cordage("queue", "edit", EDITOR=editor("text = text.replace('fox', 'elk')"))
    assert done.returncode == 2 and "stdin is not a terminal" in done.stderr and waits(store) == ["fox"]
    assert ["elk" in copy.read_text() for copy in kept(cordage)] == [True]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("text = text.replace('id = 1', 'id = 7')", "Prompt 7 was not in the file before; prompts cannot be added here."),
        ("text = text.replace('\"noir\"', '\"noirr\"')", "1 of the changed prompts does not fit the webhook's inputs."),
    ],
)  # fmt: skip
def test_what_cannot_be_applied_is_kept(cordage, store, editor, line, message) -> None:  # noqa: F811
    """A file that cannot be applied changes nothing and is kept."""
    cordage.config(DECLARED)
    store.outbox.submit("studio", "wh_1", {"prompt": "fox", "style": "noir"})
    done = cordage("queue", "edit", "--yes", EDITOR=editor(line))
    assert done.returncode == 2 and message in done.stderr
    (copy,) = kept(cordage)
    assert f"Your file is kept: {copy}" in done.stderr
    assert QueueEdits(store.database, store.outbox, "studio").unsent()[0].body == '{"prompt":"fox","style":"noir"}'


def test_inputs_that_do_not_fit_are_applied_on_purpose(cordage, store, editor) -> None:  # noqa: F811
    """`--unchecked` applies inputs that do not fit."""
    cordage.config(DECLARED)
    store.outbox.submit("studio", "wh_1", {"prompt": "fox", "style": "noir"})
    done = cordage("queue", "edit", "--yes", "--unchecked", EDITOR=editor("text = text.replace('noir', 'noirr')"))
    assert done.returncode == 0 and "noirr" in QueueEdits(store.database, store.outbox, "studio").unsent()[0].body


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("", 0, "Nothing was changed."),
        ("sys.exit(3)", 2, "ended with code 3. Queue unchanged."),
    ],
)
def test_an_editor_without_changes_leaves_the_queue(cordage, store, editor, line, code, message) -> None:  # noqa: F811
    """An editor without changes, or one that fails, leaves the queue as it was."""
    submit(store, "fox")
    done = cordage("queue", "edit", "--yes", EDITOR=editor(line))
    assert done.returncode == code and message in done.stderr and waits(store) == ["fox"] and kept(cordage) == []


def test_an_empty_queue_and_a_read_only_profile_open_no_editor(cordage, store, editor) -> None:  # noqa: F811
    """An empty queue and a read-only profile open no editor."""
    assert "The queue has no unsent prompts." in cordage("queue", "edit", EDITOR="false").stderr
    submit(store, "fox")
    cordage.config(PROFILE.format("read_only = true\n"))
    refused = cordage("queue", "edit", "--yes", EDITOR="false")
    assert refused.returncode == 2 and "read-only" in refused.stderr


def test_what_was_sent_meanwhile_is_named(cordage, store, editor) -> None:  # noqa: F811
    """A prompt sent while the editor was open is named and not changed, and the file is kept."""
    submit(store, "fox", "owl")
    sends = (
        "from cordage_tui.domain.base.clock import SystemClock\n"
        "from cordage_tui.store.store import Store\n"
        f"store = Store.open(pathlib.Path({str(cordage.paths.database)!r}), SystemClock())\n"
        "store.outbox.claim('studio'); store.close()\n"
        "text = text.replace('prompt = \"', 'prompt = \"red ')"
    )
    done = cordage("queue", "edit", "--yes", EDITOR=editor(sends))
    assert done.returncode == 0 and sorted(waits(store)) == ["fox", "red owl"]
    assert (
        "1 changed.\nPrompt 1: Being sent right now; it can be killed once it has an id. Nothing was done.\n"
        in done.stderr
    )
    assert len(kept(cordage)) == 1


def test_an_edit_that_met_only_what_was_sent_meanwhile_is_not_applied(cordage, store, editor) -> None:  # noqa: F811
    """If all edited prompts were already sent, the command ends with 3 and keeps the file."""
    submit(store, "fox")
    sends = (
        "from cordage_tui.domain.base.clock import SystemClock\n"
        "from cordage_tui.store.store import Store\n"
        f"store = Store.open(pathlib.Path({str(cordage.paths.database)!r}), SystemClock())\n"
        "store.outbox.claim('studio'); store.close()\n"
        "text = text.replace('fox', 'red fox')"
    )
    done = cordage("queue", "edit", "--yes", EDITOR=editor(sends))
    assert done.returncode == 3
    assert "Prompt 1: Being sent right now" in done.stderr and "Nothing was changed: " in done.stderr
    (copy,) = kept(cordage)
    assert f"Your file is kept: {copy}" in done.stderr


def test_inputs_are_set_without_an_editor(cordage, store) -> None:  # noqa: F811
    """`queue edit NUMBER key=value` sets inputs of the named prompts, and refuses values that do not fit."""
    cordage.config(DECLARED)
    fox, owl, _ = submit(store, "fox", "owl", "elk")
    done = cordage("queue", "edit", fox, f"@{owl}", "style=noir")
    assert (done.returncode, done.stderr) == (0, "2 changed.\n")
    bodies = [json.loads(prompt.body) for prompt in QueueEdits(store.database, store.outbox, "studio").unsent()]
    changed = {"style": "noir"}
    assert bodies == [{"prompt": "fox", **changed}, {"prompt": "owl", **changed}, {"prompt": "elk"}]
    assert "Nothing was changed." in cordage("queue", "edit", fox, "style=noir").stderr
    wrong = cordage("queue", "edit", fox, "style=charcoal")
    assert wrong.returncode == 2 and "Nothing was changed." in wrong.stderr and "--unchecked" in wrong.stderr
    assert cordage("queue", "edit", "style=noir").returncode == 2, "of no prompt in particular"
    assert cordage("queue", "edit", "fox").returncode == 2
    long = "a heron " * 200
    assert cordage("queue", "edit", fox, f"prompt={long}").returncode == 0
    (item, *_) = json.loads(cordage("queue", "--json").stdout)["waiting"]
    assert item["prompt"] == long.strip(), "uncut"
    assert long.strip() in cordage("queue").stdout
