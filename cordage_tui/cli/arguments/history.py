"""Commands on the history, with their arguments, examples and exit codes."""

import argparse

from cordage_tui.cli.base.errors import REACHING, ExitCode
from cordage_tui.cli.base.parser import (
    ENDED,
    EXPRESSION,
    RATINGS,
    SIGNED_WORDS,
    STATUSES,
    TABLES,
    CommandSpec,
    arg,
    count,
    fields,
    flag,
    path,
    row,
    since,
    span,
    status,
    words,
)

_OFFLINE = flag("--offline", help="use local data only")

_RUNS = """\
  cordage-tui runs                              the newest 30, refreshed
  cordage-tui runs Sunset --status failed --since 1d
  cordage-tui runs --status active --json | jq '.runs[].id'
  cordage-tui runs --text lighthouse --all --offline
  cordage-tui runs --where 'status:failed,cancelled since:monday -is:batch'
  cordage-tui runs --where '"red fox" seed:12,13 is:kept' --all
  cordage-tui runs --view 'failed today'
  cordage-tui runs --json=id,inputs,ratings --batch 41
  cordage-tui runs --all --format csv > runs.csv
  cordage-tui runs --failures --since 7d        errors: how often, since when, how many completed when rerun

tables:
  A column for each input is named input.NAME. A cell that begins with = + - or @, or a tab or line break, gets ' before it:
  a spreadsheet would run it as a formula. Numbers stay as they are; control characters are shown.
"""
_ALL_HELP = "all runs known here; notes where the server may have more"
_JSON_HELP = "print one JSON object; --json=FIELDS: with these fields, such as id,inputs"
RUNS_COMMAND = CommandSpec(
    "runs",
    "list runs, newest first",
    arg("webhook", metavar="WEBHOOK", nargs="?", help="only runs of this webhook, by name or key"),
    arg(
        "--status",
        metavar="S",
        action="append",
        type=status,
        choices=STATUSES,
        help=f"one of {', '.join(STATUSES)}; repeatable",
    ),
    arg("--since", metavar="AGE", type=since, help="only runs started within AGE: 90s, 30m, 2h, 1d, 2w"),
    arg("--older", metavar="AGE", type=span, help="only runs started before AGE"),
    arg("--text", metavar="TEXT", type=words, help="only runs with TEXT in prompt, inputs or id"),
    arg("--where", metavar=EXPRESSION, type=words, help="only runs that this filter finds, as / in the app"),
    arg("--view", metavar="VIEW", type=words, help="only runs of this view of the app's sidebar, by name"),
    [
        arg("--limit", "-L", metavar="N", type=count, default=30, help="the newest N (default: 30)"),
        arg("--all", dest="limit", action="store_const", const=None, help=_ALL_HELP),
    ],
    arg("--batch", metavar="BATCH", type=row, help="only runs of this batch, by its run number, such as @41"),
    [
        arg("--json", metavar="FIELDS", type=fields, nargs="?", const="", default=argparse.SUPPRESS, help=_JSON_HELP),
        arg("--format", choices=TABLES, help="print a table with names of columns, whole, with all inputs"),
    ],
    flag("--failures", help="count failures by their errors, and how many of the same prompts completed when rerun"),
    _OFFLINE,
    examples=_RUNS,
    codes=REACHING,
    json=None,
)

_SHOW = """\
  cordage-tui show 550e8400
  cordage-tui show 550e8400 --json | jq -r '.run.outputs[]'
"""
SHOW_COMMAND = CommandSpec(
    "show",
    "show one run",
    arg("run", metavar="RUN", type=words, help="run id, or its first characters"),
    _OFFLINE,
    examples=_SHOW,
    codes=REACHING,
)

_PRUNE = """\
  cordage-tui prune --older 180d --dry-run      what would be removed, and what stays and why
  cordage-tui prune Sunset --older 30d --status failed
  cordage-tui prune --yes                       with the age that is set as keep under [retention]
  cordage-tui prune --compact                   give free space of an older database back, once

Never removed: runs that have not ended, rated and tagged runs, pinned prompts, outputs being downloaded or in a queued
prompt, runs that may belong to an uncertain prompt, batches with a run that stays, and downloaded files.
cordage-tui remembers that a prompt was sent, without its words.
"""
PRUNE_COMMAND = CommandSpec(
    "prune",
    "remove old runs from the history",
    arg("webhook", metavar="WEBHOOK", nargs="?", help="only runs of this webhook, by name or key"),
    arg("--older", metavar="AGE", type=span, help="runs that ended before AGE: 180d, 26w (default: from the settings)"),
    arg(
        "--status",
        metavar="S",
        action="append",
        type=status,
        choices=ENDED,
        help=f"one of {', '.join(ENDED)}; repeatable",
    ),
    arg("--where", metavar=EXPRESSION, type=words, help="only runs that this filter finds, as / in the app"),
    flag("--dry-run", help="only print what would be removed"),
    flag("--compact", help="rebuild the database without free space; other windows wait meanwhile"),
    flag("--yes", "-y", help="do not ask"),
    examples=_PRUNE,
    codes=(ExitCode.TRY_AGAIN,),
)

_URLS = """\
  cordage-tui urls --where 'is:kept since:monday'
  cordage-tui urls 550e8400 --fresh             get a new link if one has expired
"""
URLS_COMMAND = CommandSpec(
    "urls",
    "print the addresses of outputs, one per line",
    arg("runs", metavar="RUN", type=words, nargs="*", help="run ids, or their first characters"),
    arg("--where", metavar=EXPRESSION, type=words, help="all completed runs that this filter finds, as / in the app"),
    flag("--fresh", help="get new links for runs whose links have expired"),
    examples=_URLS,
    codes=REACHING,
)

_RATE = """\
  cordage-tui rate 550e8400 keep                all outputs of the run
  cordage-tui rate 550e8400#2 7c9e6679#1 reject
  cordage-tui rate 550e8400#2 5                 stars; a decision stays
  cordage-tui rate --where 'batch:41 is:undecided' reject   asks, with their number
"""
RATE_COMMAND = CommandSpec(
    "rate",
    "keep, reject or star outputs",
    arg("words", metavar="RUN[#N]|RATING", type=words, nargs="+", help=f"runs or outputs, then {', '.join(RATINGS)}"),
    arg(
        "--where",
        metavar=EXPRESSION,
        type=words,
        help="outputs that this filter finds, as / in the app; is:kept: the kept ones only",
    ),
    flag("--yes", "-y", help="do not ask"),
    examples=_RATE,
    codes=(ExitCode.TRY_AGAIN,),
)

_TAG = """\
  cordage-tui tag 550e8400 7c9e6679 +poster -draft
  cordage-tui tag 550e8400                      its tags
  cordage-tui tag --where 'batch:41 is:kept' +poster        asks, with their number
  cordage-tui tag                               all tags, with the number of their runs
  cordage-tui runs --where 'tag:poster'

A tag is a word of up to 40 characters; its case does not matter. If a tag looks like an option,
put -- before it: cordage-tui tag 550e8400 -- -y
"""
TAG_COMMAND = CommandSpec(
    "tag",
    "tag runs, to find them again",
    arg("words", metavar=SIGNED_WORDS, type=words, nargs="*", help="runs, then tags to add and to remove"),
    arg("--where", metavar=EXPRESSION, type=words, help="all runs that this filter finds, as / in the app"),
    flag("--yes", "-y", help="do not ask"),
    examples=_TAG,
    codes=(ExitCode.TRY_AGAIN,),
)

_KEEPERS = """\
  cordage-tui keepers                           all decided runs of the profile
  cordage-tui keepers Sunset --where 'since:30d'
  cordage-tui keepers --batch 41                by the batch's alternatives and inputs
  cordage-tui keepers --json | jq '.findings[] | select(.real) | {input, value, kept}'

A decided run has an output that was kept or rejected. It counts as kept if one output is. A difference is called likely real
by an exact test within the values of the other inputs. About one in ten of these is chance.
"""
KEEPERS_COMMAND = CommandSpec(
    "keepers",
    "print the keepers report: words and inputs that kept runs have in common",
    arg("webhook", metavar="WEBHOOK", nargs="?", help="only runs of this webhook, by name or key"),
    [
        arg("--where", metavar=EXPRESSION, type=words, help="only runs that this filter finds, as / in the app"),
        arg(
            "--batch",
            metavar="BATCH",
            type=row,
            help="only runs of this batch, by its run number, such as @41",
        ),
    ],
    examples=_KEEPERS,
    codes=(ExitCode.TRY_AGAIN,),
)

LISTS = (RUNS_COMMAND, SHOW_COMMAND, URLS_COMMAND, RATE_COMMAND, TAG_COMMAND, KEEPERS_COMMAND)
"""Commands that print, rate and tag runs."""
_EXPORT = """\
  cordage-tui export > runs.jsonl
  cordage-tui export --where 'is:kept since:30d' --format csv > kept.csv

A line is a run, the newest first, as it is known here, with inputs, outputs, ratings, tags, files and parent: all fields
of runs --json=FIELDS. CSV has a column input.NAME for each input, and no cell that a spreadsheet would run: see runs --help.
"""
EXPORT_COMMAND = CommandSpec(
    "export",
    "print whole runs, one per line",
    arg("--where", metavar=EXPRESSION, type=words, help="only runs that this filter finds, as / in the app"),
    arg("--format", choices=("jsonl", *TABLES), default="jsonl", help="default: jsonl, one JSON object per line"),
    examples=_EXPORT,
    codes=(ExitCode.TRY_AGAIN,),
    json=None,
)

_BACKUP = """\
  cordage-tui backup cordage-2026-01-15.db
  cordage-tui backup /mnt/disk/cordage.db --json

The file is readable by you alone. To restore it, close all windows and put it in the place of cordage.db (see FILES in the
manual page): its queue is then paused until you resume it, since its prompts may have been sent meanwhile.
"""
BACKUP_COMMAND = CommandSpec(
    "backup",
    "copy the history and the queue to a new file, also while windows are open",
    arg("file", metavar="FILE", type=path, help="name of the new file"),
    examples=_BACKUP,
    codes=(ExitCode.TRY_AGAIN,),
)
