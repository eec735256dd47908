"""Arguments of every command."""

import argparse

from cordage_tui.cli.errors import REACHING, ExitCode
from cordage_tui.cli.parser import (
    PROGRAM,
    STATUSES,
    CommandSpec,
    Parser,
    add_command,
    add_common,
    add_shared,
    add_timeout,
    count,
    path,
    port,
    row,
    span,
    words,
)

# Commands that act: `trigger`, `kill` and `download`.

_TRIGGER = """\
  cordage-tui trigger Sunset "A beautiful sunset over mountains" style=anime
  cordage-tui trigger Sunset "A fox" steps:=30 mask:='{"x": 1}' notes=@notes.txt --wait
  echo "A fox" | cordage-tui trigger Sunset -
  cordage-tui trigger Sunset "A {red|blue} fox" seed=1..4 --expand --dry-run
  cordage-tui trigger Sunset --file prompts.csv --dry-run
  cordage-tui trigger Sunset --file prompts.txt --wait --yes --json
  cordage-tui trigger Sunset "A fox" --download pictures

inputs:
  key=value a string, or what the input is declared as; key:=json any JSON; key=@file the contents of a text file.
  Inputs that the webhook declares in the settings have their defaults; key= leaves one out.
  A prompt that begins like an input stands in prompt=….

exit codes 2, 3 and 4 mean that nothing was started; after 5, 6 and 70 the same command may pay twice.
"""
_KILL = """\
  cordage-tui kill 550e8400
  cordage-tui runs --status active --json | jq -r '.runs[].id' | xargs cordage-tui kill --yes
"""
_DOWNLOAD = """\
  cordage-tui download 550e8400
  cordage-tui download 550e8400 7c9e6679 -o pictures --template '{prompt}-{n}.{ext}'
  cordage-tui download 550e8400 --output 2 --wait
  cordage-tui runs --status completed --since 1d --json | jq -r '.runs[].id' | xargs cordage-tui download
"""


_TRIGGER_CODES = (*REACHING, ExitCode.FAILED, ExitCode.UNCERTAIN, ExitCode.UNFINISHED)


def _fill_trigger(parser: Parser) -> None:
    parser.add_argument("webhook", metavar="WEBHOOK", help="its name or key")
    parser.add_argument("inputs", metavar="PROMPT|INPUT", nargs="*", help="the prompt, - for stdin; then key=value …")
    parser.add_argument("--file", metavar="F", help="many prompts: .txt, .csv or .jsonl, - for lines on stdin")
    many = parser.add_mutually_exclusive_group()
    many.add_argument("--expand", action="store_true", help="{red|blue} in prompt and inputs are alternatives: run all")
    many.add_argument("--zip", action="store_true", help="as --expand, the first ones together, then the second …")
    parser.add_argument("--undeclared", action="store_true", help="send inputs too that the webhook does not declare")
    parser.add_argument("--dry-run", action="store_true", help="show every body and the time it takes; send nothing")
    parser.add_argument("--wait", action="store_true", help="until the runs have ended; exit 1 if one failed")
    parser.add_argument("--download", metavar="DIR", type=path, help="wait, and bring the outputs to files below DIR")
    add_timeout(parser, "nothing could be sent, or learned of what was, for so long")
    parser.add_argument("--yes", "-y", action="store_true", help="send many without asking")
    add_shared(parser)


def _fill_kill(parser: Parser) -> None:
    parser.add_argument("runs", metavar="RUN", type=words, nargs="+", help="their ids, or the beginnings of them")
    parser.add_argument(
        "--yes", "-y", action="store_true", help="kill without asking; takes no less than 4 characters of an id"
    )
    add_shared(parser)


def _fill_download(parser: Parser) -> None:
    parser.add_argument("runs", metavar="RUN", type=words, nargs="+", help="their ids, or the beginnings of them")
    parser.add_argument("-o", "--folder", metavar="DIR", type=path, help="below DIR, not where the settings say")
    parser.add_argument("--template", metavar="T", help="names of the files, such as {webhook}/{date}/{run}-{n}.{ext}")
    parser.add_argument(
        "--output", metavar="N", type=count, action="append", help="only the N-th output; may be repeated"
    )
    parser.add_argument("--wait", action="store_true", help="wait for runs that go on")
    add_timeout(parser, "nothing has come, or could be learned, for so long")
    add_shared(parser)


ACTION_COMMANDS = (
    CommandSpec("trigger", "run a webhook, once or for many prompts", _fill_trigger, _TRIGGER, _TRIGGER_CODES),
    CommandSpec("kill", "kill runs", _fill_kill, _KILL, REACHING),
    CommandSpec(
        *("download", "bring the outputs of runs to this disk", _fill_download, _DOWNLOAD),
        codes=(*REACHING, ExitCode.FAILED),
    ),
)


# Commands that look: `runs`, `show`, `watch`. They start nothing and cost nothing but reads.

_RUNS = """\
  cordage-tui runs                              the newest 30, read afresh
  cordage-tui runs Sunset --status failed --since 1d
  cordage-tui runs --status active --json | jq '.runs[].id'
  cordage-tui runs --text lighthouse --all --offline
"""
_SHOW = """\
  cordage-tui show 550e8400
  cordage-tui show 550e8400 --json | jq -r '.run.outputs[]'
"""
_WATCH = """\
  cordage-tui watch                             everything that goes on, until it has ended
  cordage-tui watch 550e8400 7c9e6679
  cordage-tui watch --webhook Sunset --json     one event a line
"""


def _fill_runs(parser: Parser) -> None:
    parser.add_argument("webhook", metavar="WEBHOOK", nargs="?", help="only this one's, by name or key")
    parser.add_argument(
        "--status",
        metavar="S",
        action="append",
        choices=STATUSES,
        help=f"one of {', '.join(STATUSES)}; may be repeated",
    )
    parser.add_argument("--since", metavar="AGE", type=span, help="only younger ones: 90s, 30m, 2h, 1d, 2w")
    parser.add_argument("--older", metavar="AGE", type=span, help="only older ones")
    parser.add_argument("--text", metavar="TEXT", type=words, help="only those with TEXT in prompt or id")
    many = parser.add_mutually_exclusive_group()
    many.add_argument("--limit", metavar="N", type=count, default=30, help="at most N, the newest (default: 30)")
    many.add_argument(
        "--all",
        dest="limit",
        action="store_const",
        const=None,
        help="all that are known here; says where the server may have more",
    )
    _offline(parser)
    add_shared(parser)


def _fill_show(parser: Parser) -> None:
    parser.add_argument("run", metavar="RUN", type=words, help="its id or the beginning of it")
    _offline(parser)
    add_shared(parser)


def _fill_watch(parser: Parser) -> None:
    parser.add_argument("runs", metavar="RUN", type=words, nargs="*", help="their ids, or the beginnings of them")
    parser.add_argument("--webhook", metavar="W", help="only this one's runs, by name or key")
    parser.add_argument("--forever", action="store_true", help="go on when nothing is active any more")
    add_timeout(parser, "nothing could be read for so long", never="--forever")
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON event a line")
    add_common(parser)


def _offline(parser: Parser) -> None:
    parser.add_argument("--offline", action="store_true", help="read what this machine knows, and ask nobody")


READ_COMMANDS = (
    CommandSpec("runs", "list runs, the newest first", _fill_runs, _RUNS, REACHING),
    CommandSpec("show", "show all that is known of one run", _fill_show, _SHOW, REACHING),
    CommandSpec(
        *("watch", "follow runs until they have ended", _fill_watch, _WATCH),
        codes=(*REACHING, ExitCode.FAILED, ExitCode.UNCERTAIN),
    ),
)


# `cordage-tui queue`, as it can be typed.

_QUEUE_EXAMPLES = """\
  cordage-tui queue                          what waits to be sent
  cordage-tui queue pause                    send nothing, in whatever window, until resume
  cordage-tui queue drop 41 42               by the numbers of the list; what was not sent costs nothing
  cordage-tui queue drop --all --yes
  cordage-tui queue settle                   sets of prompts and runs of which is not told which is whose
  cordage-tui queue settle 41 --all-ran      the set of prompt 41 ran: none of it is sent again
  cordage-tui queue work                     send and follow here, without a screen, until all is done
  cordage-tui queue work --detach            the same, when the terminal or SSH has gone
  cordage-tui queue stop                     end the worker, in good order
"""
_BUSY = (ExitCode.TRY_AGAIN,)
_WORK = (*REACHING, ExitCode.UNCERTAIN)


def _add_queue_arguments(parser: Parser) -> None:
    add_shared(parser)
    prog = f"{PROGRAM} queue"
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", prog=prog)
    for command in (
        CommandSpec("list", "list what waits to be sent (the default)", add_shared, codes=_BUSY),
        CommandSpec("pause", "send nothing until resume, in whatever process", add_shared, codes=_BUSY),
        CommandSpec("resume", "send again", add_shared, codes=_BUSY),
        CommandSpec("drop", "take prompts off the queue", _fill_drop, codes=_BUSY),
        CommandSpec("settle", "say which uncertain prompts ran, a whole set in one step", _fill_settle, codes=_BUSY),
        CommandSpec("work", "send and follow without a screen, until all is done", _fill_work, codes=_WORK),
        CommandSpec("stop", "end the worker, in good order", add_shared, codes=_BUSY),
    ):
        add_command(actions, prog, command)


def _fill_drop(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("numbers", metavar="N", nargs="*", type=count, help="numbers of the list")
    parser.add_argument("--all", action="store_true", help="all that is queued or held; not what is uncertain")
    parser.add_argument("--yes", "-y", action="store_true", help="drop without asking")


def _fill_settle(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument(
        "number", metavar="N", nargs="?", type=row, help="number of one of its prompts; without: list all"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--all-ran", dest="how", action="store_const", const="all-ran", help="each ran: none is sent again"
    )
    how.add_argument(
        "--none-ran",
        dest="how",
        action="store_const",
        const="none-ran",
        help="none of the runs is one of them: they are uncertain, and nothing is sent",
    )
    how.add_argument(
        "--as-guessed",
        dest="how",
        action="store_const",
        const="as-guessed",
        help="the guesses are right, the rest is uncertain",
    )
    parser.add_argument(
        "--again", action="store_true", help="with --none-ran: send them once more; what did run is charged twice"
    )
    parser.add_argument("--yes", "-y", action="store_true", help="settle without asking")


def _fill_work(parser: Parser) -> None:
    add_common(parser)
    parser.add_argument("--detach", action="store_true", help="in the background; survives the end of the terminal")
    parser.add_argument("--detached", action="store_true", help=argparse.SUPPRESS)  # how --detach starts it


QUEUE_COMMANDS = (
    CommandSpec(
        "queue",
        "show, hold and drop what waits to be sent, or send it from here",
        _add_queue_arguments,
        _QUEUE_EXAMPLES,
        _WORK,
    ),
)


# Commands about the program itself: `doctor`, `completion`, `man`, `simulate`.

SHELLS = ("bash", "zsh", "fish")
DEFAULT_PORT = 8765
_COMPLETION = """\
  eval "$(cordage-tui completion bash)"         in ~/.bashrc
  cordage-tui completion zsh > ~/.zfunc/_cordage-tui
  cordage-tui completion fish > ~/.config/fish/completions/cordage-tui.fish
"""
_DOCTOR = """\
  cordage-tui doctor
  cordage-tui doctor --json                     for a bug report: no key, no prompt in it
"""
_MAN = """\
  cordage-tui man > ~/.local/share/man/man1/cordage-tui.1
  cordage-tui man | man -l -
"""
_KEYS = """\
  cordage-tui keys
  cordage-tui keys | grep kill
"""
_SIMULATE = """\
  cordage-tui simulate --port 8765
  cordage-tui simulate --port 0 --json          where it is, for a script

It prints an API key, webhook keys and a curl line that works; ctrl+c ends it.
"""


def _fill_doctor(parser: Parser) -> None:
    parser.add_argument("--offline", action="store_true", help="do not try to reach the server")
    add_shared(parser)


def _fill_completion(parser: Parser) -> None:
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
    add_common(parser)


def _fill_simulate(parser: Parser) -> None:
    parser.add_argument(
        "--port", type=port, default=DEFAULT_PORT, help="loopback port, 0 for any free one (default: %(default)s)"
    )
    add_shared(parser)


TOOL_COMMANDS = (
    CommandSpec("doctor", "look for what is wrong, and say how to cure it", _fill_doctor, _DOCTOR, REACHING),
    CommandSpec("completion", "print the completion script of a shell", _fill_completion, _COMPLETION),
    CommandSpec("man", "print the manual page", add_common, _MAN),
    CommandSpec("keys", "print the app's keys and action ids as a Markdown table", add_common, _KEYS),
    CommandSpec("simulate", "serve a simulated Cordage on this machine", _fill_simulate, _SIMULATE),
)


# `cordage-tui webhooks`, as it can be typed.

_WEBHOOK_EXAMPLES = """\
  cordage-tui webhooks
  cordage-tui webhooks add wh_abc123xyz "Product shots"
  pass cordage/webhook | cordage-tui webhooks add - Sunset
  cordage-tui webhooks rename Sunset Dawn
  cordage-tui webhooks remove Dawn
  cordage-tui webhooks list --json --show-keys
"""


def _add_webhook_arguments(parser: Parser) -> None:
    add_shared(parser)
    prog = f"{PROGRAM} webhooks"
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", prog=prog)
    for command in (
        CommandSpec("list", "list the profile's webhooks (the default)", _fill_list),
        CommandSpec("add", "add a webhook to the profile", _fill_add),
        CommandSpec("rename", "give a webhook another name", _fill_rename),
        CommandSpec("remove", "forget a webhook; its runs stay", _fill_remove),
    ):
        add_command(actions, prog, command)


def _fill_list(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("--show-keys", action="store_true", help="show webhook keys whole")


def _fill_add(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("key", metavar="KEY", help="from the webhook node's settings; - reads it from stdin")
    parser.add_argument("name", metavar="NAME", help="what you call it")


def _fill_rename(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("webhook", metavar="WEBHOOK", help="its name or key")
    parser.add_argument("name", metavar="NAME", help="its new name")


def _fill_remove(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("webhook", metavar="WEBHOOK", help="its name or key")


WEBHOOK_COMMANDS = (
    CommandSpec("webhooks", "list, add, rename and remove webhooks", _add_webhook_arguments, _WEBHOOK_EXAMPLES),
)
