"""Lines of the dialog that lists the changes of the queue."""

import json

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.queue_changes import QueueChanges, UnsentPrompt, moved_rows
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import StateChange
from cordage_tui.engine.batch.body_checks import InputFault
from cordage_tui.ui.queue.file_review import QueueReview, change_lines


def lines(width: int, before, changes, faults=None, stale=None) -> list[str]:
    """Return the text of the lines."""
    prompts = {
        RowId(row): UnsentPrompt(RowId(row), "wh", OutboxState.QUEUED, 0, lane, json.dumps(body))
        for row, (lane, body) in before.items()
    }
    review = QueueReview(QueueChanges(prompts, **changes), faults or {}, stale or {})
    return [line.plain for line in change_lines(review, width)]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ({"prompt": "a fox"}, {"prompt": "a fox in snow"}, "1 ~ a fox in snow"),
        ({"prompt": "a red fox"}, {"prompt": "a fox"}, "1 ~ a red fox"),  # red is struck out
        ({"prompt": "a fox", "style": "noir"}, {"prompt": "a fox", "style": "ink"}, "1 ~ a fox  style noir → ink"),
        ({"prompt": "a fox", "seed": 7}, {"prompt": "a fox"}, "1 ~ a fox  -seed 7"),
        ({"prompt": "a fox"}, {"prompt": "a fox", "n": None, "m": 1}, "1 ~ a fox  +n null · +m 1"),
        ({"n": 1}, {"n": 2}, '1 ~ {"n":2}  n 1 → 2'),
        ({"prompt": "fox\x1b]0;x\x07"}, {"prompt": "fox\n\x1b[31m"}, None),
    ],
)
def test_what_changes_is_shown(old, new, line) -> None:
    """A change of a prompt is one line with the words and inputs that differ."""
    (change_line,) = lines(80, {1: (Lane.INTERACTIVE, old)}, {"inputs": {RowId(1): new}})
    assert change_line == line or (line is None and change_line.isprintable())


def test_unchanged_text_gives_way_to_what_differs() -> None:
    """Unchanged text is cut first, so that the difference is visible."""
    sentence = "a very long prompt about many things that nobody reads to its end, "
    before, after = (
        {"prompt": f"{sentence * 3}in noir {sentence * 3}"},
        {"prompt": f"{sentence * 3}in ink {sentence * 3}"},
    )
    (change_line,) = lines(80, {1: (Lane.INTERACTIVE, before)}, {"inputs": {RowId(1): after}})
    assert change_line == "1 ~ …dy reads to its end, in noir ink a very long prompt abou…"


def test_errors_come_first_and_what_is_left_alone_last() -> None:
    """Faults are listed first, unchanged prompts last, and each prompt once."""
    before = {row: (Lane.BATCH if row > 3 else Lane.INTERACTIVE, {"prompt": f"fox {row}"}) for row in range(1, 7)}
    order = {Lane.INTERACTIVE: [RowId(5), RowId(1)], Lane.BATCH: [RowId(6), RowId(4)]}
    inputs = {RowId(1): {"prompt": "elk"}, RowId(4): {"prompt": "fox 4", "seed": "x"}}
    prompts = {RowId(row): UnsentPrompt(RowId(row), "wh", OutboxState.QUEUED, 0, lane, "{}") for row, (lane, _) in before.items()}  # fmt: skip
    changes = {"inputs": inputs, "dropped": [RowId(2), RowId(3)], "order": order, "moved": moved_rows(prompts, order)}
    faults = {RowId(4): (InputFault("seed", SafeText("'x' is not a number.")),)}
    stale = {RowId(3): StateChange(False, OutboxState.ACCEPTED, SafeText("550e8400-aa")), RowId(6): StateChange(False, OutboxState.QUEUED)}  # fmt: skip
    assert lines(100, before, changes, faults, stale) == [
        "4 ✖ seed: 'x' is not a number.  fox 4",
        "1 ~ fox 1 elk",  # fox 1 is struck out
        "2 - fox 2",
        "5 ↕ 3rd → 1st, interactive lane  fox 5",
        "3 = It was sent in the meantime as run 550e8400. Nothing was done.  fox 3",
        "6 = It was changed elsewhere in the meantime. Nothing was done.  fox 6",
    ]
