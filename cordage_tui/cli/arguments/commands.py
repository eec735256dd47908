"""Commands of the command line, with their arguments, examples and exit codes."""

from cordage_tui.cli.arguments.agents import AGENTS
from cordage_tui.cli.arguments.history import (
    BACKUP_COMMAND,
    EXPORT_COMMAND,
    KEEPERS_COMMAND,
    PRUNE_COMMAND,
    RATE_COMMAND,
    RUNS_COMMAND,
    SHOW_COMMAND,
    TAG_COMMAND,
    URLS_COMMAND,
)
from cordage_tui.cli.arguments.key import KEY_COMMAND
from cordage_tui.cli.arguments.profile import PROFILE_COMMAND
from cordage_tui.cli.arguments.queue import QUEUE_COMMAND
from cordage_tui.cli.base.errors import REACHING, ExitCode
from cordage_tui.cli.base.parser import (
    EXPRESSION,
    FORMATS,
    LANES,
    CommandSpec,
    arg,
    count,
    flag,
    path,
    port,
    times,
    words,
)

SHELLS = ("bash", "zsh", "fish")
DEFAULT_PORT = 8765
_BUSY = (ExitCode.TRY_AGAIN,)
_WORK = (*REACHING, ExitCode.UNCERTAIN)
_WEBHOOK = arg("webhook", metavar="WEBHOOK", help="name or key of the webhook")
_IDS = arg("runs", metavar="RUN", type=words, nargs="*", help="run ids, or their first characters")
_YES = flag("--yes", "-y", help="do not ask")

_SUBMITTING = (
    flag("--undeclared", help="allow inputs that the webhook does not declare"),
    flag("--unchecked", help="also send values and rows that do not fit the webhook's inputs"),
    flag("--literal", help="send text that looks like a pattern, a curl command, JSON or a table of prompts as it is"),
    flag("--dry-run", help="print every request body and the expected time; send nothing"),
    flag(
        "--queue",
        help="put the prompts into the queue, print their numbers and return; a window or worker sends them",
    ),
    flag("--wait", help="wait until the runs have ended; exit 1 if one failed"),
    arg("--download", metavar="DIR", type=path, help="wait, then download the outputs to DIR"),
    arg("--over-limit", metavar="N", type=count, help="send N prompts although the run limit is reached"),
    arg("--lane", choices=LANES, help="lane of the queue: interactive goes first; default: batch for many prompts"),
    *times("progress"),
    arg("--author", metavar="NAME", help="who submits, if it is not you (or CORDAGE_AUTHOR); uses the lane batch"),
    flag("--yes", "-y", help="do not ask before many prompts are sent"),
)
"""Options of commands that start runs."""

_TRIGGER = """\
  cordage-tui trigger Sunset "A beautiful sunset over mountains" style=anime
  cordage-tui trigger Sunset "A fox" steps:=30 mask:='{"x": 1}' notes=@notes.txt --wait
  echo "A fox" | cordage-tui trigger Sunset -
  cordage-tui trigger Sunset "A {red|blue} fox" seed=1..4 --pattern --dry-run
  cordage-tui trigger Sunset --file prompts.csv --dry-run
  cordage-tui trigger Sunset --file prompts.txt --wait --yes --json
  cordage-tui trigger Sunset "A fox" --download pictures
  cordage-tui trigger Upscale image_url=@run:550e8400#2
  cordage-tui trigger Upscale --each-output-of 'is:kept since:today' --dry-run

inputs:
  key=value is a string, or of the declared type; key:=json any JSON; key=@file the contents of a text file.
  Declared inputs have the defaults of the settings; key= omits one.
  Use prompt=… for a prompt that looks like an input.

After exit codes 2, 3 and 4 nothing was started; after 5, 6, 7 and 70 repeating the command may pay twice.
"""
_TRIGGER_COMMAND = CommandSpec(
    "trigger",
    "run a webhook, once or for many prompts",
    _WEBHOOK,
    arg("inputs", metavar="PROMPT|INPUT", nargs="*", help="prompt, or - for stdin, then inputs: key=value …"),
    arg("--file", metavar="F", help="read prompts from .txt, .csv, .tsv, .jsonl or .json, a pipe, or - for stdin"),
    arg(
        "--each-output-of",
        metavar="EXPR",
        help="make a prompt for each output, unless rejected, of the runs that this filter finds; write key=@run:each for its input",
    ),
    arg("--format", choices=FORMATS, help="how the file is read; default: by its suffix, stdin as lines"),
    [
        arg(
            "--pattern",
            "--expand",
            dest="expand",
            action="store_true",
            help="run all combinations of {red|blue} alternatives, also in a file",
        ),
        flag("--zip", help="like --pattern, but pair the n-th alternatives"),
    ],
    arg(
        "--random-seed",
        metavar="N",
        type=count,
        help="seed of random patterns, such as take=20 and {~a|b}; default: a new one",
    ),
    *_SUBMITTING,
    examples=_TRIGGER,
    codes=(*REACHING, ExitCode.FAILED, ExitCode.UNCERTAIN, ExitCode.UNFINISHED, ExitCode.STILL_RUNNING),
)

_RERUN = """\
  cordage-tui rerun 550e8400                    once more; random inputs get new values
  cordage-tui rerun 550e8400 --times 8 --dry-run
  cordage-tui rerun 550e8400 prompt="A red owl" style=ink seed=      other prompt and style, no seed
  cordage-tui rerun --where 'batch:3f2' --failed          failed runs of a batch, with the same values
  cordage-tui rerun --where 'is:kept since:1d' seed=random --yes --wait
"""
_RERUN_COMMAND = CommandSpec(
    "rerun",
    "rerun earlier runs of a webhook",
    arg(
        "words",
        metavar="RUN|INPUT",
        type=words,
        nargs="*",
        help="run ids, then key=value … to change inputs; prompt=… too",
    ),
    arg("--where", metavar=EXPRESSION, type=words, help="all runs that this filter finds, as / in the app"),
    flag(
        "--failed",
        help="only runs that failed and prompts that were rejected, also if the same prompt has completed since; random inputs keep their values",
    ),
    arg("--times", metavar="N", type=count, default=1, help="run each N times (default: 1)"),
    arg("--random-seed", metavar="N", type=count, help="seed of new random numbers; default: a new one"),
    *_SUBMITTING,
    examples=_RERUN,
    codes=(*REACHING, ExitCode.FAILED, ExitCode.UNCERTAIN, ExitCode.UNFINISHED, ExitCode.STILL_RUNNING),
)

_KILL = """\
  cordage-tui kill 550e8400
  cordage-tui kill --where 'status:active style:noir'     asks, with their number
  cordage-tui runs --status active --json | jq -r '.runs[].id' | xargs cordage-tui kill --yes
"""
_KILL_COMMAND = CommandSpec(
    "kill",
    "kill runs",
    _IDS,
    arg("--where", metavar=EXPRESSION, type=words, help="all runs not ended that this filter finds, as / in the app"),
    flag("--yes", "-y", help="do not ask; ids need at least 4 characters; a guess is not killed"),
    examples=_KILL,
    codes=REACHING,
)

_DOWNLOAD = """\
  cordage-tui download 550e8400
  cordage-tui download 550e8400 7c9e6679 -o pictures --template '{prompt}-{n}.{ext}'
  cordage-tui download 550e8400 --output 2 --wait
  cordage-tui download --where 'is:kept since:monday'
"""
_DOWNLOAD_COMMAND = CommandSpec(
    "download",
    "download the outputs of runs",
    _IDS,
    arg("--where", metavar=EXPRESSION, type=words, help="all completed runs that this filter finds, as / in the app"),
    arg("-o", "--folder", metavar="DIR", type=path, help="download folder (default: from the settings)"),
    arg("--template", metavar="T", help="file names, e.g. {webhook}/{date}/{run}-{n}.{ext}"),
    arg("--output", metavar="N", type=count, action="append", help="only the N-th output; repeatable"),
    flag("--wait", help="wait for active runs"),
    *times("progress"),
    examples=_DOWNLOAD,
    codes=(*REACHING, ExitCode.FAILED, ExitCode.STILL_RUNNING),
)

_WATCH = """\
  cordage-tui watch                             all active runs, until they have ended
  cordage-tui watch 550e8400 7c9e6679
  cordage-tui watch --webhook Sunset --json     one event per line
"""
_WATCH_COMMAND = CommandSpec(
    "watch",
    "follow runs until they have ended",
    arg("runs", metavar="RUN", type=words, nargs="*", help="run ids, or their first characters"),
    arg("--webhook", metavar="W", help="only runs of this webhook, by name or key"),
    flag("--fail-fast", help="end with 1 as soon as a run has failed; the others continue"),
    flag("--forever", help="keep watching when no run is active"),
    *times("a successful read", never="--forever"),
    examples=_WATCH,
    codes=(*REACHING, ExitCode.FAILED, ExitCode.UNCERTAIN, ExitCode.STILL_RUNNING),
    json="print one JSON object per event",
)

_STATS = """\
  cordage-tui stats                             each webhook of the profile
  cordage-tui stats Sunset
  cordage-tui stats --json | jq '.webhooks[] | {webhook, success}'

Uses local data only, and shows its age.
To see all errors, and how many completed when rerun: cordage-tui runs --failures
"""
_STATS_COMMAND = CommandSpec(
    "stats",
    "show statistics of webhooks: runs, success, durations, errors, money",
    arg("webhook", metavar="WEBHOOK", nargs="?", help="only this webhook, by name or key"),
    examples=_STATS,
    codes=_BUSY,
)

_WEBHOOK_EXAMPLES = """\
  cordage-tui webhooks
  cordage-tui webhooks add wh_abc123xyz "Product shots"
  cordage-tui webhooks add wh_abc123xyz Sunset --base-url cordage.example.com    for a new profile
  pass cordage/webhook | cordage-tui webhooks add - Sunset
  cordage-tui webhooks rename Sunset Dawn
  cordage-tui webhooks remove Dawn
  cordage-tui webhooks list --json --show-keys
"""
_KEY_HELP = "key from the webhook node's settings, or its URL; - reads it from stdin"
_WEBHOOK_ACTIONS = (
    CommandSpec(
        "list",
        "list the webhooks of the profile (the default)",
        flag("--show-keys", help="show full webhook keys"),
    ),
    CommandSpec(
        "add",
        "add a webhook to the profile, and check it with one request; a new profile needs an API key first",
        arg("key", metavar="KEY", help=_KEY_HELP),
        arg("name", metavar="NAME", help="display name"),
        flag("--untested", help="add the webhook without checking it"),
        flag("--yes", "-y", help="do not ask whether the API key may go to the server of the webhook's URL"),
        codes=REACHING,
    ),
    CommandSpec("rename", "rename a webhook", _WEBHOOK, arg("name", metavar="NAME", help="new name")),
    CommandSpec("remove", "remove a webhook; its runs are kept", _WEBHOOK),
)
_WEBHOOKS_COMMAND = CommandSpec(
    "webhooks", "list, add, rename and remove webhooks", examples=_WEBHOOK_EXAMPLES, actions=_WEBHOOK_ACTIONS
)

_CONFIG = """\
  cordage-tui config                            print the path of the settings file
  cordage-tui config check --config new.toml
  cordage-tui config example > ~/.config/cordage-tui/config.toml
"""
_CONFIG_ACTIONS = (
    CommandSpec("path", "print the path of the settings file (the default)", json=None),
    CommandSpec("check", "read the settings and print errors and warnings, as a start of the app does", json=None),
    CommandSpec("schema", "print the JSON schema of config.toml, for editors", json=None),
    CommandSpec("example", "print a config.toml with every setting, commented out", json=None),
)
_DOCTOR = """\
  cordage-tui doctor
  cordage-tui doctor --json                     for scripts; contains no key and no prompt
  cordage-tui doctor --bundle bundle.txt        for a bug report, with what happened in the last 15 minutes
  cordage-tui doctor --bundle - | less          to read the bundle first
"""
_COMPLETION = """\
  eval "$(cordage-tui completion bash)"         in ~/.bashrc
  cordage-tui completion zsh > ~/.zfunc/_cordage-tui
  cordage-tui completion fish > ~/.config/fish/completions/cordage-tui.fish
"""
_MAN = """\
  cordage-tui man > ~/.local/share/man/man1/cordage-tui.1
  cordage-tui man | man -l -
"""
_KEYS = """\
  cordage-tui keys
  cordage-tui keys | grep kill
"""
_HELP = """\
  cordage-tui help
  cordage-tui help filter
  cordage-tui help trigger                      the same as cordage-tui trigger --help
"""
_SIMULATE = """\
  cordage-tui simulate --port 8765
  cordage-tui simulate --port 0 --json          print its URLs for a script

Prints an API key, webhook keys and a curl command. Ctrl-C stops it.
"""
_SHELL = arg("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
_PORT_HELP = "loopback port; 0 uses any free port (default: %(default)s)"
_PORT = arg("--port", type=port, default=DEFAULT_PORT, help=_PORT_HELP)

_CONFIG_COMMAND = CommandSpec(
    "config",
    "print, check and describe the settings file",
    examples=_CONFIG,
    json=None,
    actions=_CONFIG_ACTIONS,
)
_DOCTOR_COMMAND = CommandSpec(
    "doctor",
    "diagnose problems",
    flag("--offline", help="do not try to reach the server"),
    arg("--bundle", metavar="FILE", type=path, help="list what a bug report needs, ask, and write it to a new file"),
    flag("--yes", "-y", help="do not ask before writing the bundle"),
    examples=_DOCTOR,
    codes=REACHING,
)
_HELP_COMMAND = CommandSpec(
    "help",
    "print a page of the manual, or the list of its topics",
    arg("topic", metavar="TOPIC", nargs="*", help="topic or command; default: the list"),
    examples=_HELP,
    json=None,
)
_COMPLETION_COMMAND = CommandSpec(
    "completion", "print a shell completion script", _SHELL, examples=_COMPLETION, json=None
)
_MAN_COMMAND = CommandSpec("man", "print the manual page", examples=_MAN, json=None)
_KEYS_COMMAND = CommandSpec(
    "keys", "print the keys of the app and their action ids, as a Markdown table", examples=_KEYS, json=None
)
_SIMULATE_COMMAND = CommandSpec("simulate", "run the built-in simulator as a server", _PORT, examples=_SIMULATE)

GROUPS = {
    "first steps": (KEY_COMMAND, _WEBHOOKS_COMMAND, _DOCTOR_COMMAND, _KEYS_COMMAND, _HELP_COMMAND),
    "runs": (
        *(_TRIGGER_COMMAND, RUNS_COMMAND, SHOW_COMMAND, _WATCH_COMMAND, _KILL_COMMAND, _RERUN_COMMAND, TAG_COMMAND),
        *(_STATS_COMMAND, PRUNE_COMMAND),
    ),
    "queue": (QUEUE_COMMAND,),
    "outputs": (_DOWNLOAD_COMMAND, URLS_COMMAND, RATE_COMMAND, KEEPERS_COMMAND),
    "setup": (PROFILE_COMMAND, _CONFIG_COMMAND, BACKUP_COMMAND, _COMPLETION_COMMAND, _MAN_COMMAND),
    "for scripts and agents": (EXPORT_COMMAND, *AGENTS, _SIMULATE_COMMAND),
}
"""Commands below their titles, in the order of the help."""
COMMANDS = tuple(command for commands in GROUPS.values() for command in commands)
"""Every command, in the order of the help."""
