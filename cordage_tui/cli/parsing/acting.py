"""Commands that act: `trigger`, `kill` and `download`."""

from cordage_tui.cli.exit_codes import REACHING, ExitCode
from cordage_tui.cli.parsing.frame import CommandSpec, Parser, add_shared
from cordage_tui.cli.parsing.values import add_timeout, count, path, words

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
