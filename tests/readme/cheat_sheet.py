"""The cheat sheet: the keys of the most important actions, by panel, in two columns."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from tests.readme.key_tables import rows

LEFT = {
    "Everywhere": {
        "app.help": "keys here; then t: manual",
        "app.commands": "find a command by name",
        "panel.prompt": "write a prompt",
        "panel.webhooks panel.runs panel.run": "webhooks, runs, run",
        "panel.back": "back one level",
        "app.queue": "queue and downloads",
        "app.quit": "quit",
    },
    "Runs": {
        "runs.open": "show; unfold a batch",
        "runs.filter": "filter: fox is:kept",
        "runs.mark": "mark for the next key",
        "run.kill": "kill",
        "run.edit": "edit and rerun",
        "run.again": "rerun",
        "runs.sheet": "contact sheet",
        "runs.compare": "compare two marked runs",
        "run.use_output": "use as an input",
        "run.download": "download",
    },
}
RIGHT = {
    "Prompt": {
        "prompt.submit": "send",
        "prompt.newline": "new line",
        "prompt.batch": "preview {red|blue}",
        "prompt.search_history": "find an earlier prompt",
        "prompt.add_field": "add an input",
    },
    "Contact sheet": {
        "sheet.keep": "keep",
        "sheet.reject": "reject",
        "sheet.stars_1 sheet.stars_5": "give stars",
        "sheet.filter": "show kept only, or others",
        "sheet.download": "download the kept ones",
    },
    "Queue": {
        "queue.pause": "pause; resume",
        "queue.drop": "drop a prompt",
        "queue.edit": "edit a prompt",
        "queue.send_first": "send next",
        "queue.resend": "resend an uncertain one",
        "queue.approve": "approve an agent's one",
    },
}
"""Panel → the ids of actions whose first keys stand together → what they do."""
KEY, COLUMN = 8, 36
"""Cells of a key, and of a column with the gap behind it."""


def cheat_sheet(_: list[str]) -> str:
    """The sheet as a block of code."""
    keys = {id: row.keys.split("`")[1] for id, row in rows().items()}
    pairs = zip_longest(_lines(LEFT, keys), _lines(RIGHT, keys), fillvalue="")
    return "\n".join(["```", *(f"{left:<{COLUMN}}{right}".rstrip() for left, right in pairs), "```"]) + "\n"


def _lines(panels: dict[str, dict[str, str]], keys: dict[str, str]) -> Iterator[str]:
    for place, (panel, actions) in enumerate(panels.items()):
        yield from ("", panel.upper()) if place else (panel.upper(),)
        yield from (f"{_joined([keys[one] for one in ids.split()]):<{KEY}}{does}" for ids, does in actions.items())


def _joined(keys: Sequence[str]) -> str:
    ends = all(key.isdecimal() for key in keys) and len(keys) == 2
    return "–".join(keys) if ends else " ".join(keys)
