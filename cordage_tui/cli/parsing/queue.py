"""`cordage-tui queue`, as it can be typed."""

import argparse

from cordage_tui.cli.exit_codes import REACHING, ExitCode
from cordage_tui.cli.parsing.frame import PROGRAM, CommandSpec, Parser, add_command, add_common, add_shared
from cordage_tui.cli.parsing.values import count

_QUEUE_EXAMPLES = """\
  cordage-tui queue                          what waits to be sent
  cordage-tui queue pause                    send nothing, in whatever window, until resume
  cordage-tui queue drop 41 42               by the numbers of the list; what was not sent costs nothing
  cordage-tui queue drop --all --yes
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
        CommandSpec("work", "send and follow without a screen, until all is done", _fill_work, codes=_WORK),
        CommandSpec("stop", "end the worker, in good order", add_shared, codes=_BUSY),
    ):
        add_command(actions, prog, command)


def _fill_drop(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("numbers", metavar="N", nargs="*", type=count, help="numbers of the list")
    parser.add_argument("--all", action="store_true", help="all that is queued or held; not what is uncertain")
    parser.add_argument("--yes", "-y", action="store_true", help="drop without asking")


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
