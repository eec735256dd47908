"""The details of the selected prompt."""

from datetime import UTC

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox_states import SHOWN_AS, OutboxState
from cordage_tui.domain.queue import BlockedBy, QueueItem, QueueStanding
from cordage_tui.domain.run import RunDetail, RunRow
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.queue.selected_prompt import SelectedPrompt, detail_lines

NOW = 1_000_000.0
KEYS = {"queue.resend": "S", "queue.keep_waiting": "W", "queue.drop": "X", "queue.settle": "U"}


def drawn(waiting: QueueItem, inputs: Inputs, width: int = 70, standing: QueueStanding | None = None) -> list[str]:
    """Return the text of the details."""
    status = SHOWN_AS[waiting.state]
    row = RunRow(waiting.row, "wh_a", None, status, SafeText(status.value), waiting.prompt, waiting.submitted_at)
    detail = RunDetail(row, inputs, (), None, None, waiting.note, "{}", None)
    selected = SelectedPrompt(waiting, detail, SafeText("Sunset"), standing, UTC)
    return [line.plain for line in detail_lines(selected, width, NOW, lambda action: SafeText(KEYS[action]))]


def test_a_queued_prompt_is_shown_with_all_that_will_be_sent(prompt) -> None:
    """The details have state, webhook and time, the prompt with its lines, and every other input."""
    assert drawn(prompt(1), {"prompt": "a fox\nin snow", "style": "noir", "seed": 7}) == [
        "◌ queued  Sunset · submitted 13:44:30",
        "",
        "a fox",
        "in snow",
        "",
        "style       noir",
        "seed        7",
    ]


def test_position_and_time_come_first_or_what_is_in_the_way(prompt) -> None:
    """A queued prompt shows first its position and the time, or the reason why it is not sent."""
    going = drawn(prompt(1), {"prompt": "a fox"}, standing=QueueStanding(3, 38.0))
    assert going[0] == "◌ queued  3rd, about 40s · Sunset · submitted 13:44:30"
    paused = drawn(prompt(1), {"prompt": "a fox"}, standing=QueueStanding(22, None, BlockedBy.PAUSE))
    assert paused[0].startswith("◌ queued  22nd, paused · ")


def test_an_uncertain_prompt_is_shown_with_all_that_is_known(prompt) -> None:
    """An uncertain prompt shows when it was sent, what happened, and the keys of the possible actions."""
    note = SafeText(
        "We sent this but got no answer. It may be running and may be charged.\nNext check with the first answer after 13:47:23."
    )
    lines = drawn(prompt(1, OutboxState.UNCERTAIN, sent_at=NOW - 125, note=note), {"prompt": "a fox"})
    assert lines[0] == "? uncertain  Sunset · submitted 13:44:30 · sent 13:44:35"
    assert " ".join(lines[1:3]) == note.replace("\n", " ")
    assert lines[3] == "S resend   W keep waiting   X drop   U settle"


def test_only_an_uncertain_one_has_choices(prompt) -> None:
    """Only an uncertain prompt offers to be sent again."""
    assert not any("resend" in line for line in drawn(prompt(1, OutboxState.HELD), {"prompt": "a fox"}))


def test_a_note_shows_no_webhook_key(prompt) -> None:
    """A note is shown without the webhook key, which is a secret."""
    lines = drawn(prompt(1, OutboxState.HELD, note=SafeText("No access to wh_a here.")), {"prompt": "a fox"})
    assert "wh_a " not in "".join(lines)
