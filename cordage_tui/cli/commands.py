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
  key=value is a string, or of the declared type; key:=json any JSON; key=@file the contents of a text file.
  Declared inputs have the defaults of the settings; key= omits one.
  Use prompt=… for a prompt that looks like an input.

After exit codes 2, 3 and 4 nothing was started; after 5, 6 and 70 repeating the command may pay twice.
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
    parser.add_argument("webhook", metavar="WEBHOOK", help="name or key of the webhook")
    parser.add_argument("inputs", metavar="PROMPT|INPUT", nargs="*", help="prompt, or - for stdin, then key=value …")
    parser.add_argument("--file", metavar="F", help="read prompts from .txt, .csv or .jsonl; - reads lines from stdin")
    many = parser.add_mutually_exclusive_group()
    many.add_argument("--expand", action="store_true", help="run all combinations of {red|blue} alternatives")
    many.add_argument("--zip", action="store_true", help="like --expand, but pair the n-th alternatives")
    parser.add_argument("--undeclared", action="store_true", help="allow inputs that the webhook does not declare")
    parser.add_argument(
        "--dry-run", action="store_true", help="print every request body and the expected time; send nothing"
    )
    parser.add_argument("--wait", action="store_true", help="wait until the runs have ended; exit 1 if one failed")
    parser.add_argument("--download", metavar="DIR", type=path, help="wait, then download the outputs to DIR")
    add_timeout(parser, "progress")
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask before sending many")
    add_shared(parser)


def _fill_kill(parser: Parser) -> None:
    parser.add_argument("runs", metavar="RUN", type=words, nargs="+", help="run ids, or their first characters")
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask; ids need at least 4 characters")
    add_shared(parser)


def _fill_download(parser: Parser) -> None:
    parser.add_argument("runs", metavar="RUN", type=words, nargs="+", help="run ids, or their first characters")
    parser.add_argument("-o", "--folder", metavar="DIR", type=path, help="download folder (default: from the settings)")
    parser.add_argument("--template", metavar="T", help="file names, e.g. {webhook}/{date}/{run}-{n}.{ext}")
    parser.add_argument("--output", metavar="N", type=count, action="append", help="only the N-th output; repeatable")
    parser.add_argument("--wait", action="store_true", help="wait for active runs")
    add_timeout(parser, "progress")
    add_shared(parser)


# Commands that look: `runs`, `show`, `watch`. They start nothing and cost nothing but reads.

_RUNS = """\
  cordage-tui runs                              the newest 30, refreshed
  cordage-tui runs Sunset --status failed --since 1d
  cordage-tui runs --status active --json | jq '.runs[].id'
  cordage-tui runs --text lighthouse --all --offline
"""
_SHOW = """\
  cordage-tui show 550e8400
  cordage-tui show 550e8400 --json | jq -r '.run.outputs[]'
"""
_WATCH = """\
  cordage-tui watch                             all active runs, until they have ended
  cordage-tui watch 550e8400 7c9e6679
  cordage-tui watch --webhook Sunset --json     one event a line
"""


def _fill_runs(parser: Parser) -> None:
    parser.add_argument("webhook", metavar="WEBHOOK", nargs="?", help="only runs of this webhook, by name or key")
    parser.add_argument(
        "--status", metavar="S", action="append", choices=STATUSES, help=f"one of {', '.join(STATUSES)}; repeatable"
    )
    parser.add_argument("--since", metavar="AGE", type=span, help="only runs started within AGE: 90s, 30m, 2h, 1d, 2w")
    parser.add_argument("--older", metavar="AGE", type=span, help="only runs started before AGE")
    parser.add_argument("--text", metavar="TEXT", type=words, help="only runs with TEXT in the prompt or id")
    many = parser.add_mutually_exclusive_group()
    many.add_argument("--limit", metavar="N", type=count, default=30, help="the newest N (default: 30)")
    many.add_argument(
        "--all",
        dest="limit",
        action="store_const",
        const=None,
        help="all runs known here; notes where the server may have more",
    )
    _offline(parser)
    add_shared(parser)


def _fill_show(parser: Parser) -> None:
    parser.add_argument("run", metavar="RUN", type=words, help="run id, or its first characters")
    _offline(parser)
    add_shared(parser)


def _fill_watch(parser: Parser) -> None:
    parser.add_argument("runs", metavar="RUN", type=words, nargs="*", help="run ids, or their first characters")
    parser.add_argument("--webhook", metavar="W", help="only runs of this webhook, by name or key")
    parser.add_argument("--forever", action="store_true", help="keep watching when no run is active")
    add_timeout(parser, "a successful read", never="--forever")
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object per event"
    )
    add_common(parser)


def _offline(parser: Parser) -> None:
    parser.add_argument("--offline", action="store_true", help="use local data only")


# `cordage-tui queue`, as it can be typed.

_QUEUE_EXAMPLES = """\
  cordage-tui queue                          prompts waiting to be sent
  cordage-tui queue pause                    send nothing, from any process, until resume
  cordage-tui queue drop 41 42               by their numbers in the list; unsent prompts are not charged
  cordage-tui queue drop --all --yes
  cordage-tui queue settle                   list sets of uncertain prompts and the runs they may be
  cordage-tui queue settle 41 --all-ran      all prompts in the set of 41 ran: send none again
  cordage-tui queue work                     send and follow without a screen, until the queue is done
  cordage-tui queue work --detach            the same in the background; survives the terminal
  cordage-tui queue stop                     stop the worker gracefully
"""
_BUSY = (ExitCode.TRY_AGAIN,)
_WORK = (*REACHING, ExitCode.UNCERTAIN)


def _add_queue_arguments(parser: Parser) -> None:
    add_shared(parser)
    prog = f"{PROGRAM} queue"
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", prog=prog)
    for command in (
        CommandSpec("list", "list queued prompts (the default)", add_shared, codes=_BUSY),
        CommandSpec("pause", "pause sending in all processes", add_shared, codes=_BUSY),
        CommandSpec("resume", "resume sending", add_shared, codes=_BUSY),
        CommandSpec("drop", "remove prompts from the queue", _fill_drop, codes=_BUSY),
        CommandSpec("settle", "resolve a set of uncertain prompts", _fill_settle, codes=_BUSY),
        CommandSpec("work", "send and follow without a screen, until the queue is done", _fill_work, codes=_WORK),
        CommandSpec("stop", "stop the worker gracefully", add_shared, codes=_BUSY),
    ):
        add_command(actions, prog, command)


def _fill_drop(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("numbers", metavar="N", nargs="*", type=count, help="numbers in the list")
    parser.add_argument("--all", action="store_true", help="all queued and held prompts, not uncertain ones")
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask")


def _fill_settle(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument(
        "number", metavar="N", nargs="?", type=row, help="number of a prompt in the set; default: list all sets"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--all-ran", dest="how", action="store_const", const="all-ran", help="all ran: send none again")
    how.add_argument(
        "--none-ran",
        dest="how",
        action="store_const",
        const="none-ran",
        help="none of the runs is theirs: leave them uncertain, send nothing",
    )
    how.add_argument(
        "--as-guessed",
        dest="how",
        action="store_const",
        const="as-guessed",
        help="accept the guesses, leave the rest uncertain",
    )
    parser.add_argument(
        "--again", action="store_true", help="with --none-ran: send them again; those that did run are charged twice"
    )
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask")


def _fill_work(parser: Parser) -> None:
    add_common(parser)
    parser.add_argument("--detach", action="store_true", help="run in the background; survives the terminal")
    parser.add_argument("--detached", action="store_true", help=argparse.SUPPRESS)  # how --detach starts it


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
  cordage-tui doctor --json                     for a bug report; contains no key and no prompt
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
  cordage-tui simulate --port 0 --json          print its URLs for a script

Prints an API key, webhook keys and a curl command. Ctrl-C stops it.
"""


def _fill_doctor(parser: Parser) -> None:
    parser.add_argument("--offline", action="store_true", help="do not try to reach the server")
    add_shared(parser)


def _fill_completion(parser: Parser) -> None:
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
    add_common(parser)


def _fill_simulate(parser: Parser) -> None:
    parser.add_argument(
        "--port", type=port, default=DEFAULT_PORT, help="loopback port; 0 uses any free port (default: %(default)s)"
    )
    add_shared(parser)


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
        CommandSpec("list", "list the webhooks of the profile (the default)", _fill_list),
        CommandSpec("add", "add a webhook to the profile", _fill_add),
        CommandSpec("rename", "rename a webhook", _fill_rename),
        CommandSpec("remove", "remove a webhook; its runs are kept", _fill_remove),
    ):
        add_command(actions, prog, command)


def _fill_list(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("--show-keys", action="store_true", help="show full webhook keys")


def _fill_add(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("key", metavar="KEY", help="key from the webhook node's settings; - reads it from stdin")
    parser.add_argument("name", metavar="NAME", help="display name")


def _fill_rename(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("webhook", metavar="WEBHOOK", help="name or key of the webhook")
    parser.add_argument("name", metavar="NAME", help="new name")


def _fill_remove(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("webhook", metavar="WEBHOOK", help="name or key of the webhook")


COMMANDS = (
    CommandSpec("trigger", "run a webhook, once or for many prompts", _fill_trigger, _TRIGGER, _TRIGGER_CODES),
    CommandSpec("kill", "kill runs", _fill_kill, _KILL, REACHING),
    CommandSpec(
        *("download", "download the outputs of runs", _fill_download, _DOWNLOAD), codes=(*REACHING, ExitCode.FAILED)
    ),
    CommandSpec("runs", "list runs, newest first", _fill_runs, _RUNS, REACHING),
    CommandSpec("show", "show one run", _fill_show, _SHOW, REACHING),
    CommandSpec(
        *("watch", "follow runs until they have ended", _fill_watch, _WATCH),
        codes=(*REACHING, ExitCode.FAILED, ExitCode.UNCERTAIN),
    ),
    CommandSpec(
        "queue", "show and edit the queue, or send it without a screen", _add_queue_arguments, _QUEUE_EXAMPLES, _WORK
    ),
    CommandSpec("webhooks", "list, add, rename and remove webhooks", _add_webhook_arguments, _WEBHOOK_EXAMPLES),
    CommandSpec("doctor", "diagnose problems", _fill_doctor, _DOCTOR, REACHING),
    CommandSpec("completion", "print a shell completion script", _fill_completion, _COMPLETION),
    CommandSpec("man", "print the manual page", add_common, _MAN),
    CommandSpec("keys", "print the app's keys and action ids as a Markdown table", add_common, _KEYS),
    CommandSpec("simulate", "run the built-in simulator as a server", _fill_simulate, _SIMULATE),
)
"""Every command, in the order of the help."""
