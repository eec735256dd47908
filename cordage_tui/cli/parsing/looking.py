"""Commands that look: `runs`, `show`, `watch`. They start nothing and cost nothing but reads."""

import argparse

from cordage_tui.cli.exit_codes import REACHING, ExitCode
from cordage_tui.cli.parsing.frame import CommandSpec, Parser, add_common, add_shared
from cordage_tui.cli.parsing.values import STATUSES, add_timeout, count, span, words

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
