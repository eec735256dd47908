"""`cordage-tui help`, and the two scripts of the README, which are commands for a shell."""

import re
import shlex
from pathlib import Path

import pytest

from cordage_tui.domain.manual import TOPICS, page, title
from cordage_tui.simulator.world import PlannedOutcome

README = (Path(__file__).parents[2] / "README.md").read_text()
SCRIPTS = README.split("<!-- ci: scripts -->\n```sh\n")[1].split("```")[0].splitlines()


def test_help_without_a_topic_lists_them(studio):
    """`help` lists every topic with the title of its page."""
    ended = studio("help")
    assert (ended.code, ended.err) == (0, "")
    assert re.findall(r"^  ([\w-]+) +(.+)$", ended.out, re.MULTILINE) == [(name, title(page(name))) for name in TOPICS]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_printed_without_markup(studio, topic):
    """In a pipe a topic has no escape bytes, links or markers, and at most 100 cells per line."""
    ended = studio("help", topic)
    assert ended.code == 0
    assert ended.out.startswith(f"{title(page(topic))}\n\n".replace("`", ""))
    assert "\x1b" not in ended.out and "](" not in ended.out and "<!--" not in ended.out
    assert max(map(len, ended.out.splitlines())) <= 100


def test_a_word_that_is_no_topic_leads_to_the_pages_that_have_it(studio):
    """An unknown topic lists the pages that contain the word, or the nearest topic."""
    assert "'tmux'. Pages with that word: outputs, " in studio("help", "tmux").err
    assert "batches" in studio("help", "CSV").err
    assert "Pages" not in studio("help", "xyzzy").err
    assert "Did you mean 'batches'?" in studio("help", "bacthes").err


def test_a_topic_on_a_terminal_has_colours_and_its_width(studio, monkeypatch):
    """On a terminal a topic has colours instead of backticks and fits the width, and NO_COLOR removes colours."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    page_text = studio("help", "batches", terminal=True).out
    assert page_text.startswith("\x1b[1mBatches: many prompts at once\x1b[m\n") and "`" not in page_text
    assert max(len(re.sub(r"\x1b\[\d*m", "", line)) for line in page_text.splitlines()) <= 60
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in studio("help", "batches", terminal=True).out


def test_a_command_has_its_help_printed(studio):
    """`help` of a command prints its `--help`, and of a topic with the same name it mentions the command."""
    assert studio("help", "trigger") == studio("trigger", "--help")
    assert studio("help", "queue", "drop") == studio("queue", "drop", "--help")
    assert studio("help", "queue").err == "The options of the command: cordage-tui queue --help\n"


def test_a_topic_that_is_none_is_answered_with_the_nearest(studio):
    """A misspelt topic ends with 2 and the nearest name."""
    ended = studio("help", "filer")
    assert ended.code == 2
    assert "Did you mean 'filter'?" in ended.err and "cordage-tui help" in ended.err


def test_the_scripts_of_the_readme_do_what_is_said_of_them(studio, tmp_path, monkeypatch):
    """The two scripts of the README do what the text says."""
    monkeypatch.chdir(tmp_path)
    for_each_row, kept = (shlex.split(line, comments=True)[1:] for line in SCRIPTS)
    Path("prompts.csv").write_text("prompt,seed\na fox,1\nan owl,2\na hen,3\n")
    fates = [
        PlannedOutcome(0.0),
        PlannedOutcome(0.0, failure="upstream timeout"),
        PlannedOutcome(0.0, failure="broken"),
    ]
    studio.server.world.fate(studio.key, *fates)
    ended = studio(*for_each_row)
    assert (ended.code, studio.triggers) == (1, 3), ended.err
    assert len(list(Path("pictures").rglob("*.png"))) == 1
    assert studio("rerun", "--failed", "--where", "error:timeout since:today", "--yes").code == 0
    assert studio.triggers == 4, "what failed with that error runs again, and nothing else"
    assert studio("runs").code == 0
    assert studio("rate", "--where", "status:completed -owl", "keep", "--yes").code == 0
    ended = studio(*kept)
    assert ended.code == 0
    assert len(list(Path("kept").rglob("*.png"))) == 1
