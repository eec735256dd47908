"""Errors of commands: what was wrong, what it means, and what to type."""

import ast
from pathlib import Path

from cordage_tui.cli.base.errors import ExitCode

PACKAGE = Path(__file__).parents[2] / "cordage_tui"


def test_an_error_is_never_a_question():
    """A question in a log looks like a prompt that waits for an answer."""
    happened = []
    for file in PACKAGE.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "UsageError":
                happened += [part.value for part in ast.walk(call.args[0]) if isinstance(part, ast.Constant)]
    assert len(happened) > 100
    assert [text for text in happened if str(text).rstrip().endswith("?")] == []


def test_an_error_of_a_file_says_what_to_write(studio, tmp_path, monkeypatch):
    """A file that is missing is named with the folder, and a list of texts with the form that a prompt has."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "texts.json").write_text('["a fox"]')
    missing, texts = (studio("trigger", "Sunset", "--file", name) for name in ("none.csv", "texts.json"))
    assert f"There is no file none.csv in {tmp_path}." in missing.err
    assert 'Element 1 is not a JSON object. Write each prompt as an object: {"prompt": "a fox"}' in texts.err
    for ended in (missing, texts):
        assert ended.code == ExitCode.USAGE and "No run was started." in ended.err
        assert "cordage-tui help batches" in ended.err and "trigger --help" not in ended.err


def test_a_paused_queue_says_so_once(studio):
    """`queue` prints the reason of the pause and the command that ends it."""
    studio("queue", "pause")
    words = studio("queue").err
    assert words.count("Paused") == 1 and "cordage-tui queue resume" in words


def test_stars_are_given_in_a_sentence(studio):
    """`rate` prints what it did, and not the bare value."""
    run_id = studio.started(0.0)
    studio("runs")
    assert studio("rate", run_id, "5").err.startswith("Gave 5 stars to ")
    assert studio("rate", run_id, "1").err.startswith("Gave 1 star to ")
    assert studio("rate", run_id, "none").err.startswith("Removed the rating of ")


def test_without_a_profile_the_page_that_connects_is_named(cordage):
    """Each command that needs a profile names the page."""
    for argv in (["profile"], ["profile", "show"], ["runs"], ["queue"]):
        assert "cordage-tui help connect" in cordage(*argv).stderr


def test_a_name_that_a_webhook_has_already_changes_nothing(cordage):
    """Renaming to the same name says so, and does not claim a new name."""
    cordage("webhooks", "add", "wh_1", "Sunset", "--untested")
    ended = cordage("webhooks", "rename", "Sunset", "Sunset")
    assert (ended.returncode, "has this name already in profile" in ended.stderr) == (0, True)


def test_runs_that_cannot_be_refreshed_come_with_advice(studio):
    """A rejected key or a server that is away is named with the command that helps."""
    studio.server.world.api_keys.clear()
    assert "could not be refreshed" in (words := studio("runs").err) and "cordage-tui key set" in words
    studio.server.close()
    assert "cordage-tui doctor" in studio("runs").err
