"""Hostile texts cannot act on a real terminal: it gets only our own colours."""

import json
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len

from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.simulator.fault_responses import EVERYTHING
from cordage_tui.simulator.world import Options, PlannedOutcome
from cordage_tui.store.store import Store
from tests.cli.stage import stage

HOSTILE = EVERYTHING + '" \\ \n\r\t \x00 \x9b31m </script> $(reboot) `x`'
TYPED = re.sub("[\x00\ud800-\udfff]", "", HOSTILE)
"""The part of HOSTILE that can stand on a command line and in a file."""
NAME = "Sun\x1b]0;PWNED\x07\u202e\x9b31mset"
OURS = re.compile(r"\x1b\[(?:0|2|3[1-4])m|\r\x1b\[K|\r\n")
"""The sequences that we print ourselves: colours and their end, the erasing of the progress line, and line ends."""
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

FORMS = {
    "runs": (["runs"], "completed"),
    "show": (["show", "DONE"], "completed within"),
    "show a failure": (["show", "FAILED"], "failed within"),
    "watch": (["watch", "DONE"], "completed"),
    "kill": (["kill", "ACTIVE"], "Nothing was killed."),
    "kill --yes": (["kill", "ACTIVE", "--yes"], "Cancelled."),
    "trigger": (["trigger", "WEBHOOK", "prompt=@PROMPT", "--wait"], "completed in"),
    "trigger many": (["trigger", "WEBHOOK", "--file", "MANY", "--wait", "--yes"], "completed"),
    "ask before many": (["trigger", "WEBHOOK", "--file", "MANY"], "Nothing was sent."),
    "dry run": (["trigger", "WEBHOOK", "--file", "MANY", "--dry-run"], "prompt"),
    "download": (["download", "DONE"], ".png"),
    "queue": (["queue"], "1 queued"),
    "queue drop": (["queue", "drop", "--all"], "Nothing was dropped."),
    "webhooks": (["webhooks"], "wh_"),
    "doctor": (["doctor"], "Nothing is wrong."),
    "no such run": (["show", TYPED], "No run here"),
    "no such webhook": (["runs", TYPED], "no such webhook"),
    "no such option": ([f"--{TYPED}"], "See: cordage-tui --help"),
    "no such file": (["trigger", "WEBHOOK", "--file", TYPED], "There is no file"),
}
"""Every form that people read, and a text that shows that it was printed."""


@pytest.fixture
def hostile(tmp_path):
    """Yield a prepared home and server with hostile texts in everything.

    The server echoes what it is sent, past runs and the queue contain such texts, and so does the name of the webhook.
    """
    with stage(tmp_path) as prepared:
        world, key = prepared.server.world, prepared.server.world.webhooks[0].key
        world.options = Options(echo_inputs=True)
        runs = {}
        for name, fate in (
            ("DONE", PlannedOutcome(0.0)),
            ("FAILED", PlannedOutcome(0.0, failure=HOSTILE)),
            ("ACTIVE", PlannedOutcome(1e6)),
        ):
            world.fate(key, fate)
            runs[name] = world.trigger(key, {"prompt": HOSTILE, "style": HOSTILE, HOSTILE[:50]: 1}).run_id[:8]
        file = prepared.home.paths.config_file
        file.write_text(file.read_text().replace("'Sunset'", json.dumps(NAME)))
        assert prepared.home("runs").returncode == 0
        store = Store.open(prepared.home.paths.database, SystemClock())
        store.outbox.submit("studio", key, {"prompt": HOSTILE})
        store.close()
        (tmp_path / "prompt").write_text(TYPED)
        (tmp_path / "many.jsonl").write_text("".join(json.dumps({"prompt": f"{n} {TYPED}"}) + "\n" for n in (1, 2)))
        names = {
            "WEBHOOK": key,
            "prompt=@PROMPT": f"prompt=@{tmp_path / 'prompt'}",
            "MANY": f"{tmp_path / 'many.jsonl'}",
        }
        yield replace(prepared, names=names | runs)


def test_no_control_byte_reaches_a_terminal(hostile):
    """On a real terminal with colours, no form for people prints a control byte. Questions are answered with no."""
    endings = hostile.all(
        {name: argv for name, (argv, _) in FORMS.items()}, lambda name, argv: hostile.run_on_terminal(name, argv, "n\n")
    )
    for name, (_, text) in FORMS.items():
        assert text in endings[name].out, (name, endings[name])
        assert not CONTROL.search(OURS.sub("\n", endings[name].out)), (name, endings[name])
    assert "\x1b[32m" in endings["runs"].out


def test_lines_for_people_fit_the_terminal(hostile):
    """Tables and followed runs are cut at the width of the terminal, and reasons continue in the next line."""
    forms = ("runs", "watch", "kill --yes", "trigger many", "queue", "webhooks")
    endings = hostile.all(
        {name: FORMS[name][0] for name in forms}, lambda name, argv: hostile.run_on_terminal(name, argv, columns=60)
    )
    for name, ended in endings.items():
        lines = re.sub(r"\x1b\[[0-9;]*m", "", ended.out.replace("\r\x1b[K", "\r\n")).split("\r\n")
        assert max(map(cell_len, lines)) <= 60, (name, lines)
