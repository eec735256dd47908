"""A line is a command of the command line, and numbers name runs and webhooks."""

import re

import pytest

from cordage_tui.cli.arguments.commands import COMMANDS
from cordage_tui.cli.base.command_line import parse
from cordage_tui.cli.base.errors import UsageError
from cordage_tui.cli.linear.sentences import numbers, spoken_age, spoken_duration
from cordage_tui.cli.linear.spoken_help import spoken_help
from cordage_tui.cli.linear.typed_commands import KNOWN, OWN, SHORT, adapt, argv_of, words_of
from cordage_tui.domain.manual import TOPICS, page
from cordage_tui.domain.webhook import Profile, Webhook

PROFILE = Profile("studio", "https://cordage.example", (Webhook("wh_1", "Sunset"), Webhook("wh_2", "Video")))


def options_of(line: str):
    """Return the options that the command gets."""
    options = parse(argv_of(words_of(line)))
    adapt(options, PROFILE)
    return options


@pytest.mark.parametrize(
    ("line", "command", "expected_options"),
    [
        ("kill 3 12", "kill", {"runs": ["@3", "@12"]}),
        ("show 3", "show", {"run": "@3"}),
        ("show 550e8400", "show", {"run": "550e8400"}),
        ("rerun 3 style=ink", "rerun", {"words": ["@3", "style=ink"], "queue": True}),
        ("keep 3 1", "rate", {"words": ["@3#1", "keep"]}),
        ("reject 3", "rate", {"words": ["@3", "reject"]}),
        ("stars 3 1 5", "rate", {"words": ["@3#1", "5"]}),
        ("unrate 3", "rate", {"words": ["@3", "none"]}),
        ("drop 3", "queue", {"action": "drop", "numbers": [3]}),
        ("resend 3", "queue", {"action": "resend", "numbers": [3]}),
        ("queue limit 4", "queue", {"action": "limit", "runs": 4}),
        ("trigger 2 'a fox' steps=3", "trigger", {"webhook": "wh_2", "inputs": ["a fox", "steps=3"], "queue": True}),
        ("trigger 1 'a {red|blue} fox'", "trigger", {"expand": True, "zip": False}),
        ("trigger 1 --zip fox", "trigger", {"expand": False, "zip": True}),
        ("trigger 1 --file foxes.txt", "trigger", {"expand": False}),
        ("trigger Sunset 12 --wait", "trigger", {"webhook": "Sunset", "inputs": ["12"], "queue": False}),
        ("TRIGGER 3 fox", "trigger", {"webhook": "3"}),
        ("runs 1 --status failed", "runs", {"webhook": "wh_1", "limit": 10}),
        ("runs --limit 3", "runs", {"limit": 3}),
        ("tag 3 +poster", "tag", {"words": ["@3", "+poster"]}),
        ("download 3 --output 2", "download", {"runs": ["@3"], "output": [2]}),
    ],
)
def test_numbers_and_short_forms(line, command, expected_options):
    """A number in the place of a run names a run, and a command that spends money is queued."""
    options = options_of(line)
    assert options.command == command
    assert {name: getattr(options, name) for name in expected_options} == expected_options


@pytest.mark.parametrize(
    "line",
    [
        *("simulate", "man", "queue edit", "queue work", "trigger 1 -", "trigger 1 --file -", "keep", "stars 3"),
        *("kill --profile other 3", "trigger 1 'a fox", "kil 3"),
    ],
)
def test_what_is_not_for_lines_is_refused(line):
    """Commands that read stdin, open a screen, serve or change the profile are refused, and typing errors too."""
    with pytest.raises(UsageError):
        options_of(line)


def test_each_name_is_a_command_or_a_short_form():
    """Every name is a command or a short form, and never both."""
    assert {command.name for command in COMMANDS} >= KNOWN
    assert not set(SHORT) & KNOWN
    assert "help" in OWN


@pytest.mark.parametrize(
    ("seconds", "duration_text"),
    [
        (0.4, "0 seconds"),
        (1, "1 second"),
        (72, "1 minute 12 seconds"),
        (3_600, "1 hour"),
        (3_605, "1 hour"),
        (90_061, "1 day 1 hour"),
    ],
)
def test_durations_are_words(seconds, duration_text):
    """A duration is spoken with two units at most."""
    assert spoken_duration(seconds) == duration_text


def test_ages_and_numbers_are_words():
    """Ages are spoken in words, and lists of numbers as pairs or ranges."""
    assert [spoken_age(age) for age in (-3, 59, 61, 7_300)] == ["just now", "just now", "1 minute ago", "2 hours ago"]
    assert [numbers(rows) for rows in ([3], [3, 7], [9, 8, 7])] == ["3", "3 and 7", "7 to 9"]


@pytest.mark.parametrize("name", sorted({*KNOWN, *SHORT, *OWN, "batch", "again", "discard", "exceed"}))
def test_each_command_is_explained_in_short(name):
    """The help of each command takes half a minute at most, without its options."""
    about = spoken_help([name])
    assert len(about.split()) <= 75
    assert about.endswith(".") and "usage" not in about and "cordage-tui" not in about
    options = spoken_help([name, "options"])
    assert "--config" not in options and "cordage-tui" not in options


@pytest.mark.parametrize("topic", TOPICS)
def test_pages_are_read_out(topic):
    """A page of the manual is spoken without rules, columns and Markdown signs. A comment in a sample is read as it is."""
    code = "".join(re.findall(r"^```.*?^```", page(topic), re.DOTALL | re.MULTILINE)).splitlines()
    code += [line.strip() for line in code]
    spoken_page = spoken_help([topic, "page"])
    assert spoken_page.startswith(f"Page {topic} of the manual, ")
    lines = [line for line in spoken_page.splitlines() if line not in code]
    assert [line for line in lines if re.search(r"─|^\||^#+ ", line)] == []
