"""Answers to slips of the fingers, and to words that other programs have taught."""

import re

import pytest

from cordage_tui.cli.arguments.commands import COMMANDS, GROUPS
from cordage_tui.cli.base.command_line import build_parser, parse, unchanged
from cordage_tui.cli.base.errors import UsageError


def refused(line):
    """The error for a command line."""
    with pytest.raises(UsageError) as caught:
        parse(line.split())
    return caught.value


@pytest.mark.parametrize(
    ("line", "happened", "advice"),
    [
        ("runs --limt 5", "runs has no option --limt. Did you mean --limit?", "See: cordage-tui runs --help"),
        ("queue drop --al", "queue drop has no option --al. Did you mean --all?", "See: cordage-tui queue drop --help"),
        (
            "trigger S --dryrun",
            "trigger has no option --dryrun. Did you mean --dry-run?",
            "See: cordage-tui trigger --help",
        ),
        ("--demoo", "There is no option --demoo. Did you mean --demo?", "See: cordage-tui --help"),
        ("runs --demo", "--demo only works without a command.", "To try commands, run: cordage-tui simulate"),
        ("runs --version", "--version only works without a command.", "Without a command: cordage-tui --version"),
        ("runs --status faild", "'faild' is not a status. Did you mean 'failed'?", "Use one of: active, "),
        ("queue limit x", "'x' is not a limit: use a number from 1 to 100000, or none.", "See: "),
        ("runs --limit x", "--limit: 'x' is not a number from 1.", "See: cordage-tui runs --help"),
        ("runs --limit", "--limit needs a value.", "See: cordage-tui runs --help"),
        ("runs --all --limit 3", "--limit and --all cannot be combined.", "Omit one of them."),
        ("webhooks add wh_1", "webhooks add needs NAME.", "Type: cordage-tui webhooks add KEY NAME"),
        ("rate", "rate needs RUN[#N] and RATING.", "Type: cordage-tui rate RUN[#N] RATING"),
        ("runs Product shots", "'shots' is one word too many.", "Put quotes around a name with spaces."),
        ("key show", "key has no action 'show'.", "To do it: cordage-tui key status"),
        ("config chek", "config has no action 'chek'. Did you mean 'check'?", "It has: path, check, schema, example."),
    ],
)
def test_an_error_names_the_value_and_the_options_of_its_own_command(line, happened, advice):
    """The advice is a command, or what to write instead."""
    error = refused(line)
    assert error.happened == happened and error.advice.startswith(advice)


@pytest.mark.parametrize(
    ("words", "advised"),
    [
        ("list ls history", "cordage-tui runs"),
        ("ps status", "cordage-tui runs --status active"),
        ("cancel stop", "cordage-tui kill RUN"),
        ("login connect", "cordage-tui key set"),
        ("version", "cordage-tui --version"),
        ("RUNS", "cordage-tui runs"),
        ("manual docs ?", "cordage-tui help"),
    ],
)
def test_the_habit_of_another_program_is_answered_with_the_command(words, advised):
    """Exit code 2: a word that is guessed wrong must not start or kill anything."""
    for word in words.split():
        error = refused(word)
        assert (error.code, error.happened) == (2, f"There is no command {word!r}.")
        assert advised in error.advice


@pytest.mark.parametrize(
    ("line", "advised"),
    [
        ("config get", 'cat "$(cordage-tui config path)"'),
        ("config show", 'cat "$(cordage-tui config path)"'),
        ("config set ui.theme nord", '${EDITOR:-vi} "$(cordage-tui config path)"'),
        ("config edit", '${EDITOR:-vi} "$(cordage-tui config path)"'),
        ("queue help", "cordage-tui queue --help"),
        ("queue rm", "cordage-tui queue drop"),
        ("webhooks ls", "cordage-tui webhooks list"),
        ("profile switch", "cordage-tui profile use"),
        ("runs --since yesterday", "--where since:yesterday"),
        ("runs --since 2026-11-01", "--where since:2026-11-01"),
    ],
)
def test_words_after_a_command_are_answered_too(line, advised):
    """With an action that is there, or with the filter that takes a day."""
    assert advised in refused(line).advice


def test_each_advised_command_is_one_that_can_be_typed():
    """What follows the program in an advice is read by the parser, with a value for each name in capitals."""
    from cordage_tui.cli.base import suggestions

    advices = [*suggestions._COMMANDS.values(), *suggestions._ACTIONS.values()]
    lines = [line for advice in advices for line in re.findall(r"cordage-tui((?: [\w.=-]+| \"PROMPT\")*)", advice)]
    for line in {line.strip() for line in lines} - {"", "--version", "--demo"}:
        parse(line.replace("RUN", "550e8400").replace('"PROMPT"', "fox").split())
    assert len(lines) > 60
    for (command, word), synonyms in (
        ((c, w), s) for c in build_parser().commands.items() for w, s in suggestions._SYNONYMS.items()
    ):
        actions = tuple(command[1].commands)
        advice = suggestions.advice_for(command[0], word, actions) if actions else ""
        assert not advice.startswith("To do it: cordage-tui") or advice.split()[-1] in (*actions, *synonyms)


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("trigger S fox --wiat", "No run was started."),
        ("--profile p rerun", "No run was started."),
        ("kill", "No run was killed."),
        ("queue drop --al", "The queue was not changed."),
        ("queue work", "Nothing was sent."),
        ("queue list", ""),
        ("runs --limt", ""),
        ("help xyzzy", ""),
        ("webhooks add", "Nothing was saved."),
        ("webhooks list", ""),
    ],
)
def test_an_error_says_that_nothing_happened_only_where_something_could(line, meaning):
    """A command that only reads cannot have started or changed anything."""
    assert unchanged(line.split()) == meaning


def test_help_lists_each_command_once_below_its_group():
    """And ends with where the manual is."""
    words = build_parser(None).format_help()
    for title, commands in GROUPS.items():
        section = words.split(f"\n{title}:\n")[1].split("\n\n")[0]
        assert re.findall(r"^  ([\w-]+) ", f"{section}\n", re.M) == [command.name for command in commands]
    assert len(COMMANDS) == len({command.name for command in COMMANDS})
    assert words.rstrip().splitlines()[-3:-1] == ["manual:", "  cordage-tui help              list its pages"]
    assert words.count("129") == 1 and "COMMAND" in words
