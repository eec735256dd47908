"""`cordage-tui skill`: the text for agents is true."""

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


def test_the_skill_is_printed_unchanged(studio) -> None:
    """The skill is printed with only its two-field front matter before it."""
    ended = studio("skill")
    assert (ended.code, ended.out.rstrip("\n"), ended.err) == (0, TEXT.rstrip("\n"), "")
    front = re.match(r"---\nname: ([a-z-]+)\ndescription: ([^:\n]+)\n---\n", TEXT)
    assert front and front[1] == "cordage-tui" and len(front[2]) <= 1024
    assert len(TEXT.splitlines()) < 120


def test_every_line_can_be_typed() -> None:
    """Every example and every command in a sentence is accepted by the parser."""
    lines = [line for block in FENCED for line in block.splitlines()]
    sentences = [code for code in CODE if code.startswith("cordage-tui ") and "COMMAND" not in code]
    assert len(lines) > 8 and len(sentences) > 3
    for line in [*lines, *sentences]:
        program, *arguments = shlex.split(line, comments=True)
        assert program == "cordage-tui"
        parse(arguments)


def test_every_command_and_option_exists() -> None:
    """Every command and option that the text names exists."""
    all_parsers = [*parsers(build_parser())]
    options = {name for parser in all_parsers for action in parser.arguments for name in action.option_strings}
    named = {code.split("=")[0].split()[0] for code in CODE if code.startswith("--")}
    assert len(named) > 5 and named <= options
    commands = {parser.prog.removeprefix("cordage-tui ") for parser in all_parsers}
    assert {"kill", "queue drop", "prune", "webhooks remove", "trigger", "watch"} & {*CODE} <= commands
    listed = dict(re.findall(r"^- `([\w-]+)`: (.+)$", TEXT, re.MULTILINE))
    assert listed == {command.name: command.words for command in COMMANDS if command.name not in _OMITTED}
    assert {command.name for command in COMMANDS} > _OMITTED


def test_every_exit_code_is_explained_and_some_forbid_repeating() -> None:
    """Every exit code is explained, and those after which a repeat may cost money say so."""
    rows = {
        int(code): (meaning, then) for code, meaning, then in re.findall(r"^\| (\d+) \| (.+) \| (.*) \|$", TEXT, re.M)
    }
    assert {code: meaning for code, (meaning, _) in rows.items()} == MEANINGS
    assert all(then for _, then in rows.values())
    refused = {code for code, (_, then) in rows.items() if "Do not repeat it" in then}
    assert refused == {ExitCode.UNCERTAIN, ExitCode.UNFINISHED, ExitCode.STILL_RUNNING, ExitCode.BUG}
    assert {code for code, (_, then) in rows.items() if "Nothing was started" in then} == {2, 3, 4}


def test_every_final_status_is_named_as_one() -> None:
    """Exactly the final statuses are named as ends of a run."""
    (statuses,) = re.findall(r"A run is over when its `status` is one of ([^.;]+)[.;]", TEXT)
    assert {*re.findall(r"`(\w+)`", statuses)} == {status for status in Status if status.is_final}
