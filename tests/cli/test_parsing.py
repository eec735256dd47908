"""Places of options: before, between and after the words of a command, with the same meaning."""

import argparse
import itertools

import pytest

from cordage_tui.cli.base.command_line import build_parser, parse
from cordage_tui.cli.base.errors import UsageError
from cordage_tui.cli.base.parser import span

LINES = {
    "trigger": (["Sunset", "a fox", "n:=-3"], [["--wait"], ["--stall", "5"], ["--download=out"], ["-qy"]]),
    "kill": (["a1", "b2"], [["-y"], ["--profile", "p"], ["--json"]]),
    "watch": (["a1", "b2"], [["--webhook", "W"], ["--json"]]),
    "download": (["a1", "b2"], [["-qo", "out"], ["--output=2"], ["--template", "{n}"]]),
    "runs": (["Sunset"], [["--status", "failed"], ["--limit", "5"], ["--since=2h"]]),
    "show": (["a1"], [["--offline"], ["--no-color"]]),
}


def _placed(arguments, options, places):
    """Return the line with `options[n]` before the word number `places[n]`, or after them all."""
    line = []
    for number in range(len(arguments) + 1):
        line += [word for option, place in zip(options, places, strict=True) if place == number for word in option]
        line += arguments[number : number + 1]
    return line


@pytest.mark.parametrize("command", LINES)
def test_options_mean_the_same_wherever_they_stand(command):
    """An option has the same meaning at any place, and the order of the words stays."""
    arguments, options = LINES[command]
    expected = vars(parse([command, *arguments, *itertools.chain(*options)]))
    for places in itertools.product(range(len(arguments) + 1), repeat=len(options)):
        line = _placed(arguments, options, places)
        assert vars(parse([command, *line])) == expected, line


@pytest.mark.parametrize(
    "action",
    [["queue", "drop", "--yes", "41", "--profile", "p", "42"], ["queue", "drop", "41", "-y", "42", "--profile=p"]],
)
def test_options_may_stand_between_the_words_of_an_action(action):
    """Options may stand between the numbers of `queue drop`."""
    options = parse(action)
    assert (options.numbers, options.yes, options.profile) == ([41, 42], True, "p")


def test_each_option_of_each_command_may_stand_anywhere_behind_it():
    """Each option of each command is accepted at any place after the command, with or without `=`."""
    count = 0
    for parser in _leaves(build_parser()):
        values = [
            _sample(action)
            for action in parser._get_positional_actions()
            for _ in range(1 + (action.nargs in ("*", "+")))
        ]
        for option, form in _forms(parser):
            lines = [[*values[:gap], *form, *values[gap:]] for gap in range(len(values) + 1)]
            first, *other_parses = (vars(parser.parse_args(line)) for line in lines)
            assert all(each == first for each in other_parses), (lines, option)
            count += len(lines)
    assert count > 1_000


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        (["queue", "--yes", "drop", "41"], "cordage-tui queue drop --yes"),
        (["queue", "--before", "3", "move", "4"], "cordage-tui queue move --before"),
        (["-q", "--wait", "trigger", "Sunset"], "cordage-tui trigger --wait"),
        (["--profile", "p", "--timeout=5", "watch"], "cordage-tui watch --timeout"),
    ],
)
def test_an_option_before_its_command_is_refused_with_its_place(line, advice):
    """An option of a command is refused before it with the right order, and program options are accepted there."""
    with pytest.raises(UsageError, match="stands before its command") as caught:
        parse(line)
    assert caught.value.advice.endswith(advice)


def _leaves(parser):
    if not parser.commands:
        yield parser
    for inner in parser.commands.values():
        yield from _leaves(inner)


def _forms(parser):
    for action in parser.arguments:
        for option in action.option_strings if action.dest != "help" else ():
            if action.nargs in (0, argparse.OPTIONAL):
                yield option, [option]
            else:
                yield option, [option, _sample(action)]
                yield (
                    option,
                    [f"{option}={_sample(action)}" if option.startswith("--") else f"{option}{_sample(action)}"],
                )


def _sample(action):
    """Return a value that the argument accepts."""
    if action.choices:
        return next(iter(action.choices))
    return next(text for text in ("3", "30m") if _takes(action.type or str, text))


def _takes(kind, text):
    try:
        kind(text)
    except (argparse.ArgumentTypeError, ValueError):
        return False
    return True


@pytest.mark.parametrize(
    ("line", "inputs"),
    [
        (["S", "--wait", "--", "--fox", "-y"], ["--fox", "-y"]),
        (["S", "--wait", "--", "-fox"], ["-fox"]),
        (["S", "-", "--wait"], ["-"]),
        (["S", "- a list item", "--wait"], ["- a list item"]),
        (["--wait", "S", "-x=1 2"], ["-x=1 2"]),
        (["S", "--wait", "-5"], ["-5"]),
    ],
)
def test_texts_that_look_like_options_stay_words(line, inputs):
    """A lone dash, a number, a text with a space, and everything after `--` are words."""
    options = parse(["trigger", *line])
    assert (options.webhook, options.inputs, options.yes) == ("S", inputs, False)
    assert options.wait is ("--wait" in line[: line.index("--") if "--" in line else None])


def test_completion_counts_words_and_not_the_values_of_options():
    """Completion does not count the value of an option as a word of the command."""
    parser = build_parser("runs")
    inner = next(action.choices["runs"] for action in parser.arguments if action.dest == "command")
    assert inner.split(["--limit", "5", "Sun", "-q", "--", "x"]) == (["--limit", "5", "-q"], ["Sun"], ["--", "x"])


@pytest.mark.parametrize(
    "line",
    [["runs", "--limit", "0"], ["runs", "--limit", "-1"], ["queue", "drop", "0"], ["download", "a1", "--output", "x"]],
)
def test_a_number_of_things_is_at_least_one(line):
    """A number of things must be a number and at least one."""
    with pytest.raises(UsageError):
        parse(line)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1_800), ("2h", 7_200), ("1d", 86_400), ("2w", 1_209_600)]
)
def test_a_span_is_a_number_and_a_unit(text, seconds):
    """A span of time is a number and a unit."""
    assert span(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "2", "2 h", "-2h", "2y", "1h30m", "٣h", "9999999999s"])
def test_what_is_no_span_is_refused(text):
    """An invalid span of time is refused."""
    with pytest.raises(argparse.ArgumentTypeError):
        span(text)


@pytest.mark.parametrize(
    "first", ["", "-", "--", "-q", "-o", "-x", "--json", "--jso", "--xyz", "-5", "-5.5", "-.5", "a"]
)
def test_a_word_is_an_option_where_argparse_reads_one(first):
    """The parser sorts words by argparse's own rule, which has no public name: with another one their order would change."""
    for parser in _leaves(build_parser()):
        for rest in ("", "q", "=", "=5", " x", "5", "-", "\n"):
            word = first + rest
            if word != "--":  # ends the options
                assert parser.reads_as_option(word) == (parser._parse_optional(word) is not None), (parser.prog, word)
