"""Every command in every kind of trouble: its exit code, and words of its output."""

from collections.abc import Callable, Mapping, Sequence

from cordage_tui.simulator.faults import Call, FaultKind
from tests.cli.stage import Stage

Row = Mapping[str, tuple[int, str]]
"""Command → exit code, and words that stand somewhere in what it prints; SERVER and STORAGE are host and port of the server
and of its files."""

COMMANDS: Mapping[str, Sequence[str]] = {
    "app": [],
    "trigger": ["trigger", "Sunset", "a fox", "--wait", "--stall", "2"],
    "kill": ["kill", "ACTIVE", "--yes"],
    "runs": ["runs", "Sunset"],
    "runs offline": ["runs", "--offline"],
    "show": ["show", "DONE"],
    "watch": ["watch", "DONE"],
    "download": ["download", "DONE", "--stall", "2"],
    "urls": ["urls", "DONE"],
    "rate": ["rate", "DONE", "keep"],
    "export": ["export", "--format", "csv"],
    "queue": ["queue"],
    "queue drop": ["queue", "drop", "--all", "--yes"],
    "queue pause": ["queue", "pause"],
    "queue resume": ["queue", "resume"],
    "queue stop": ["queue", "stop"],
    "webhooks": ["webhooks"],
    "webhooks add": ["webhooks", "add", "wh_other", "Other"],
    "stats": ["stats"],
    "keepers": ["keepers", "--json"],
    "prune": ["prune", "--older", "180d", "--dry-run"],
    "doctor": ["doctor"],
    "completion": ["completion", "bash"],
    "man": ["man"],
    "keys": ["keys"],
}
"""They end by themselves. DONE is a run that has ended, ACTIVE one that goes on."""

FOR_READER = ("trigger", "watch")
"""What ends as soon as nobody reads its output."""

WELL: Row = {
    "app": (2, "stdin is not a terminal"),
    "trigger": (0, "completed in"),
    "kill": (0, "cancelled"),
    "runs": (0, "completed\tSunset"),
    "runs offline": (0, "completed\tSunset"),
    "show": (0, "completed within"),
    "watch": (0, "completed"),
    "download": (0, ".png"),
    "urls": (0, ".png"),
    "rate": (0, "Kept 1 output of 1 run."),
    "export": (0, "2 runs as known here."),
    "queue": (0, "The queue is empty."),
    "queue drop": (0, "Nothing was dropped."),
    "queue pause": (0, "The queue is paused"),
    "queue resume": (0, "is resumed"),
    "queue stop": (0, "worker"),
    "webhooks": (0, "Sunset  wh_"),
    "webhooks add": (0, "Other (wh_…) added to"),
    "stats": (0, "Sunset\t2\t0\t2\t"),
    "keepers": (0, '"kind": "keepers"'),
    "prune": (0, "No run is to be removed."),
    "doctor": (0, "Nothing is wrong."),
    "completion": (0, "complete -o default"),
    "man": (0, ".TH CORDAGE-TUI"),
    "keys": (0, "| `x` | "),
}


def _reads(code: int, words: str) -> Row:
    """What the commands say that read, and show what they knew before all the same."""
    return dict.fromkeys(("runs", "show", "watch"), (code, f"The runs could not be refreshed: {words}")) | {
        "kill": (code, f"Not killed: {words}"),
        "doctor": (code, words),
    }


def _no_settings(stage: Stage) -> None:
    stage.home.paths.config_file.unlink()


def _bad_key(stage: Stage) -> None:
    stage.server.world.api_keys.clear()


def _gone(stage: Stage) -> None:
    stage.server.world.remove_webhook(stage.server.world.webhooks[0].key)


def _offline(stage: Stage) -> None:
    stage.server.close()


def _limited(stage: Stage) -> None:
    body = '{"error": "Rate limit exceeded.", "retry_after": 30}'
    stage.fails(Call.ANY, FaultKind.STATUS, status=429, body=body, headers={"Retry-After": "30"})


def _in_trouble(stage: Stage) -> None:
    stage.fails(Call.ANY, FaultKind.STATUS, status=503)


def _garbled(stage: Stage) -> None:
    stage.fails(Call.ANY, FaultKind.MALFORMED)


def _read_only(stage: Stage) -> None:
    file = stage.home.paths.config_file
    file.write_text(file.read_text().replace("[[", "read_only = true\n[[", 1))


_FOR_ANYBODY = {"app", "webhooks", "webhooks add", "doctor", "completion", "man", "keys"}
_UNCONNECTED = (2, "No profile is configured.")
_MAY_RUN = "It may be running and may be charged."
_MAY_BE_KILLED = "The run may have been killed"
_NOTHING_LEFT = "nothing is queued: it is safe to try again"

TROUBLES: Mapping[str, tuple[Callable[[Stage], None], Row]] = {
    "ok": (lambda stage: None, WELL),
    "no config": (
        _no_settings,
        WELL
        | dict.fromkeys(set(WELL) - _FOR_ANYBODY, _UNCONNECTED)
        | {"webhooks": (0, "No webhook is configured."), "doctor": (2, "1 wrong.")},
    ),
    "bad key": (
        _bad_key,
        WELL
        | _reads(4, "API key rejected (401)")
        | {"trigger": (4, _NOTHING_LEFT), "watch": (4, "The runs continue.")},
    ),
    "webhook gone": (
        _gone,
        WELL
        | _reads(2, "not found (404): Webhook not found")
        | dict.fromkeys(
            ("runs", "watch"), (2, "The runs could not be refreshed: Sunset: not found (404): Webhook not found")
        )
        | {"trigger": (1, "Webhook not found. Nothing runs."), "download": (2, "the link has expired")}
        | {"kill": (2, "Not killed: ")},  # the list may have told before that the run is gone
    ),
    "offline": (
        _offline,
        WELL
        | _reads(3, "SERVER refused the connection")
        | {"trigger": (3, _NOTHING_LEFT), "download": (3, "STORAGE refused the connection")},
    ),
    "429": (
        _limited,
        WELL | _reads(3, "the rate limit is reached (429)") | {"trigger": (3, _NOTHING_LEFT), "download": (3, "429")},
    ),
    "5xx": (
        _in_trouble,
        WELL
        | _reads(3, "the server is in trouble (503)")
        | {"trigger": (5, _MAY_RUN), "download": (3, "503"), "kill": (3, _MAY_BE_KILLED)},
    ),
    "bad JSON": (
        _garbled,
        WELL | _reads(3, "the body is not JSON") | {"trigger": (5, _MAY_RUN), "kill": (3, _MAY_BE_KILLED)},
    ),
    "read-only": (
        _read_only,
        WELL | dict.fromkeys(("trigger", "kill", "queue resume"), (2, "Profile studio is read-only")),
    ),
}
"""What is done to the server or the settings, and how every command then ends."""

GO_ON: Mapping[str, Sequence[str]] = {
    "queue work": ["queue", "work"],
    "watch": ["watch", "ACTIVE"],
    "simulate": ["simulate", "--port", "0"],
}
"""They go on until somebody ends them: no trouble of the server's makes a worker or a follower give up."""

GOING_ON: Row = {
    "queue work": (130, "begins on profile studio"),
    "watch": (130, "running"),
    "simulate": (0, "Ctrl+C ends it."),
}
"""Words by which it can be seen that they go on, and their code after a Ctrl-C."""

GO_ON_IN: Mapping[str, Row] = {
    "ok": GOING_ON,
    "no config": GOING_ON | dict.fromkeys(("queue work", "watch"), _UNCONNECTED),
    "bad key": GOING_ON | {"queue work": (4, "Set a key that works"), "watch": (4, "The runs continue.")},
    "webhook gone": GOING_ON,
    "offline": GOING_ON,
    "429": GOING_ON,
    "5xx": GOING_ON,
    "bad JSON": GOING_ON,
    "read-only": GOING_ON | {"queue work": (2, "Profile studio is read-only")},
}

UNKNOWN_WEBHOOK: Mapping[str, Sequence[str]] = {
    "trigger": ["trigger", "sunst", "a fox"],
    "runs": ["runs", "sunst"],
    "stats": ["stats", "sunst"],
    "keepers": ["keepers", "sunst"],
    "watch": ["watch", "--webhook", "sunst"],
    "webhooks remove": ["webhooks", "remove", "sunst"],
    "webhooks rename": ["webhooks", "rename", "sunst", "Dawn"],
}
"""All commands that take one."""

ASKING: Mapping[str, Sequence[str]] = {
    "kill": ["kill", "ACTIVE"],
    "trigger": ["trigger", "Sunset", "--file", "PROMPTS"],
}
"""What asks before it does anything."""

HANGING: Mapping[str, tuple[Sequence[str], Call, str]] = {
    "trigger": (["trigger", "Sunset", "a fox", "--wait"], Call.LIST, "Follow it: cordage-tui watch"),
    "kill": (["kill", "ACTIVE", "--yes"], Call.KILL, "Kills already sent still apply"),
    "runs": (["runs"], Call.LIST, ""),
    "show": (["show", "DONE"], Call.GET, ""),
    "doctor": (["doctor"], Call.LIST, ""),
    "download": (["download", "DONE"], Call.DOWNLOAD, "Interrupted. Partial files are kept."),
}
"""What waits for an answer, for which, and what is said when a Ctrl-C ends it meanwhile."""

AT_ONCE: Mapping[str, Sequence[str]] = {
    name: argv for name, argv in COMMANDS.items() if name not in {*HANGING, "app", "watch", "queue drop"}
}
"""What is done before anybody could press a key, unless whoever reads it does not."""
