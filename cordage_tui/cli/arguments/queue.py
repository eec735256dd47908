"""Commands on the queue, with their arguments, examples and exit codes."""

import argparse

from cordage_tui.cli.base.errors import REACHING, ExitCode
from cordage_tui.cli.base.parser import CommandSpec, arg, flag, limit, row

_BUSY = (ExitCode.TRY_AGAIN,)
_WORK = (*REACHING, ExitCode.UNCERTAIN)
_YES = flag("--yes", "-y", help="do not ask")

_QUEUE_EXAMPLES = """\
  cordage-tui queue                          prompts waiting to be sent
  cordage-tui queue pause                    send nothing, from any window or worker, until resume
  cordage-tui queue approve 43               approve a held prompt of an author
  cordage-tui queue drop 41 42               drop two prompts by their numbers; unsent prompts are not charged
  cordage-tui queue drop --all --yes
  cordage-tui queue edit                     change, drop and reorder prompts as one file in $EDITOR
  cordage-tui queue edit 12 style=noir       set an input of one prompt
  cordage-tui queue move 45 --before 41
  cordage-tui queue limit 4
  cordage-tui queue settle                   list uncertain prompts and the runs that may be theirs
  cordage-tui queue settle 41 --all-ran      all prompts in the set of 41 ran: resend none
  cordage-tui queue work                     send and follow without a screen, until the queue is done
  cordage-tui queue work --detach            the same in the background; survives the terminal
  cordage-tui queue stop                     stop the worker gracefully
"""
_NONE_RAN_HELP = "none of the runs belongs to these prompts: leave them uncertain, send nothing"
_GUESSED_HELP = "accept the guesses, leave the rest uncertain"
_RESEND_HELP = "with --none-ran: resend the prompts; prompts that did run are charged twice"
_QUEUE_ACTIONS = (
    CommandSpec("list", "list queued prompts (the default)", codes=_BUSY),
    CommandSpec("pause", "pause sending in all windows and workers", codes=_BUSY),
    CommandSpec("resume", "resume sending, including a rerun that stopped after failures", codes=_BUSY),
    CommandSpec(
        "approve",
        'approve held prompts of an author (agents = "ask"); shows each one first',
        arg("numbers", metavar="PROMPT", nargs="*", type=row, help="run numbers in the list, such as @41"),
        flag("--all", help="all prompts that wait for approval"),
        _YES,
        codes=_BUSY,
    ),
    CommandSpec(
        "drop",
        "remove prompts from the queue",
        arg("numbers", metavar="PROMPT", nargs="*", type=row, help="run numbers in the list, such as @41"),
        flag("--all", help="all queued and held prompts, not uncertain ones"),
        _YES,
        codes=_BUSY,
    ),
    CommandSpec(
        "edit",
        "edit unsent prompts as one file in $EDITOR, or set inputs of some",
        arg(
            "words",
            metavar="PROMPT|INPUT=VALUE",
            nargs="*",
            help="run numbers in the list, default: all unsent prompts; inputs to set in them, as for trigger, without an editor",
        ),
        flag("--unchecked", help="also apply values that do not fit the webhook's inputs"),
        _YES,
        codes=_BUSY,
    ),
    CommandSpec(
        "resend",
        "resend uncertain prompts; prompts that did run are charged twice",
        arg("numbers", metavar="PROMPT", nargs="+", type=row, help="run numbers in the list, such as @41"),
        _YES,
        codes=_BUSY,
    ),
    CommandSpec(
        "wait",
        "look for uncertain prompts in the run list again",
        arg("numbers", metavar="PROMPT", nargs="+", type=row, help="run numbers in the list, such as @41"),
        codes=_BUSY,
    ),
    CommandSpec(
        "move",
        "move queued prompts to the front, or before or after another prompt",
        arg("numbers", metavar="PROMPT", nargs="+", type=row, help="run numbers in the list, in the order wanted"),
        [
            arg("--before", metavar="PROMPT", type=row, help="before this prompt; default: before all"),
            arg("--after", metavar="PROMPT", type=row, help="after this prompt"),
        ],
        codes=_BUSY,
    ),
    CommandSpec(
        "limit",
        "limit the active runs: send nothing while RUNS of them are active",
        arg("runs", metavar="RUNS", type=limit, help="number of runs, or none"),
        codes=_BUSY,
    ),
    CommandSpec(
        "settle",
        "settle a set of uncertain prompts",
        arg("number", metavar="PROMPT", nargs="?", type=row, help="run number in the set; default: list all sets"),
        [
            arg("--all-ran", dest="how", action="store_const", const="all-ran", help="all prompts ran: resend none"),
            arg("--none-ran", dest="how", action="store_const", const="none-ran", help=_NONE_RAN_HELP),
            arg("--as-guessed", dest="how", action="store_const", const="as-guessed", help=_GUESSED_HELP),
        ],
        arg("--resend", "--again", action="store_true", help=_RESEND_HELP),
        _YES,
        codes=_BUSY,
    ),
    CommandSpec(
        "work",
        "send and follow without a screen, until the queue is done",
        flag("--detach", help="run in the background; survives the terminal"),
        flag("--detached", help=argparse.SUPPRESS),  # how --detach starts it
        codes=_WORK,
        json=None,
    ),
    CommandSpec("stop", "stop the worker gracefully", codes=_BUSY),
)
QUEUE_COMMAND = CommandSpec(
    "queue",
    "show and edit the queue, or send it without a screen",
    examples=_QUEUE_EXAMPLES,
    codes=_WORK,
    actions=_QUEUE_ACTIONS,
)
