"""`cordage-tui skill`: what an agent is told is so."""

import re
import shlex
from collections.abc import Iterator

from cordage_tui.cli.agents.skill import _OMITTED, skill
from cordage_tui.cli.arguments.commands import COMMANDS
from cordage_tui.cli.base.command_line import build_parser, parse
from cordage_tui.cli.base.errors import MEANINGS, ExitCode
from cordage_tui.cli.base.parser import Parser
from cordage_tui.domain.run import Status

TEXT = skill()
FENCED = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
CODE = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL))


def parsers(parser: Parser) -> Iterator[Parser]:
    yield parser
    for inner in parser.commands.values():
        yield from parsers(inner)


def test_it_is_printed_as_it_is(studio) -> None:
    """Nothing before the front matter, which has the two fields of the convention within their limits."""
    ended = studio("skill")
    assert (ended.code, ended.out.rstrip("\n"), ended.err) == (0, TEXT.rstrip("\n"), "")
    front = re.match(r"---\nname: ([a-z-]+)\ndescription: ([^:\n]+)\n---\n", TEXT)
    assert front and front[1] == "cordage-tui" and len(front[2]) <= 1024
    assert len(TEXT.splitlines()) < 120


def test_every_line_can_be_typed() -> None:
    """Each example is taken by the parser, and so is what stands in the sentences."""
    lines = [line for block in FENCED for line in block.splitlines()]
    sentences = [code for code in CODE if code.startswith("cordage-tui ") and "COMMAND" not in code]
    assert len(lines) > 8 and len(sentences) > 3
    for line in [*lines, *sentences]:
        program, *words = shlex.split(line, comments=True)
        assert program == "cordage-tui"
        parse(words)


def test_every_command_and_option_exists() -> None:
    """Also those named alone; a command with its action too."""
    every = [*parsers(build_parser())]
    options = {name for parser in every for action in parser.arguments for name in action.option_strings}
    named = {code.split("=")[0].split()[0] for code in CODE if code.startswith("--")}
    assert len(named) > 5 and named <= options
    commands = {parser.prog.removeprefix("cordage-tui ") for parser in every}
    assert {"kill", "queue drop", "prune", "webhooks remove", "trigger", "watch"} & {*CODE} <= commands
    listed = dict(re.findall(r"^- `([\w-]+)`: (.+)$", TEXT, re.MULTILINE))
    assert listed == {one.name: one.words for one in COMMANDS if one.name not in _OMITTED}
    assert {one.name for one in COMMANDS} > _OMITTED


def test_every_exit_code_is_told_and_some_are_not_to_be_repeated() -> None:
    rows = {int(code): (words, then) for code, words, then in re.findall(r"^\| (\d+) \| (.+) \| (.*) \|$", TEXT, re.M)}
    assert {code: words for code, (words, _) in rows.items()} == MEANINGS
    assert all(then for _, then in rows.values())
    refused = {code for code, (_, then) in rows.items() if "Do not repeat it" in then}
    assert refused == {ExitCode.UNCERTAIN, ExitCode.UNFINISHED, ExitCode.STILL_RUNNING, ExitCode.BUG}
    assert {code for code, (_, then) in rows.items() if "Nothing was started" in then} == {2, 3, 4}


def test_every_final_status_is_named_as_one() -> None:
    """And no other, so that an agent never reports what is not known as an end."""
    (told,) = re.findall(r"A run is over when its `status` is one of ([^.]+)\.", TEXT)
    assert {*re.findall(r"`(\w+)`", told)} == {status for status in Status if status.is_final}
