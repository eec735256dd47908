"""The approval of prompts: every input is shown by name and value."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.queue_changes import UnsentPrompt
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.batch.draft import BatchEstimate
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.dialogs.list_dialog import DialogList
from cordage_tui.ui.queue import approval
from cordage_tui.ui.queue.approval import WHOLE, ApprovalDialog, prompt_lines, short_line

SUNSET = SafeText("Sunset")


def held(inputs: Inputs, row: int = 41) -> UnsentPrompt:
    """Return a held prompt of claude."""
    body = json.dumps(inputs)
    return UnsentPrompt(RowId(row), "wh_abc123xyz", OutboxState.HELD, 0, Lane.BATCH, body, author=SafeText("claude"))


@pytest.mark.parametrize(
    ("inputs", "expected_lines"),
    [
        ({"prompt": "a fox", "style": "noir", "seed": 7}, ["a fox", "style  noir", "seed  7"]),
        ({"prompt": "a fox", "negative": "a fox"}, ["a fox", "negative  a fox"]),
        ({"style": "noir", "caption": "noir", "up": True}, ["style  noir", "caption  noir", "up  true"]),
        ({"prompt": 5, "style": "noir"}, ["prompt  5", "style  noir"]),
        ({"prompt": " ", "seed": 7}, ["prompt", "seed  7"]),
        ({"seed": 7}, ["seed  7"]),
        ({"": "b", "prompt": "a"}, ["a", "  b"]),
    ],
)
def test_every_input_is_shown_with_its_name(inputs: Inputs, expected_lines: list[str]) -> None:
    """Every input is shown with its name, except the text of `prompt`, also if two values are equal."""
    head, *lines = [line.plain.rstrip() for line in prompt_lines(held(inputs), SUNSET, 60)]
    assert head == "41 · Sunset · claude" and lines == [f"  {line}" for line in expected_lines]
    parts = " · ".join(line.replace("  ", " ").strip() for line in expected_lines)
    assert short_line(held(inputs), 80).plain.replace("prompt  ·", "prompt ·") == f"41  {parts}"


def test_what_is_cut_or_covered_is_marked() -> None:
    """A cut text ends with a mark, a signature is hidden, and wrapped lines are indented more than names."""
    long = {"prompt": "x" * 200_000, "note": "y\nseed  7", "image": "https://a.example/i.png?sig=CANARY"}
    lines = [line.plain for line in prompt_lines(held(long), SUNSET, 100)]
    assert sum(line.count("x") for line in lines) > 99_000 and lines[-4].endswith("…")
    assert lines[-3:] == ["  note  y", "    seed  7", "  image  https://a.example/i.png?…"]
    assert short_line(held(long), 40).plain.endswith("x…") and short_line(held(long), 40).cell_length == 40


class Approving(BaseApp):
    """App that opens the approval of prompts that are never sent."""

    def __init__(self, prompts: list[UnsentPrompt]) -> None:
        super().__init__()
        self.prompts = prompts

    def on_mount(self) -> None:
        engine: Any = SimpleNamespace(profile=SimpleNamespace(protected=False, label=lambda key: SUNSET))
        self.push_screen(ApprovalDialog(engine, self.prompts))

    @property
    def view(self) -> DialogList:
        return self.screen.query_one(DialogList)

    def lines(self) -> list[str]:
        """Return the lines of the list on the screen."""
        return [row.content.plain.rstrip() for row in self.view._drawn_rows]  # type: ignore[union-attr]


@pytest.fixture
def approving(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Inputs], Approving]:
    """Return a function that makes an app with the approval of so many prompts, the second with these inputs."""
    price = BatchEstimate(WHOLE, 0, 200.0, 540.0, None)
    monkeypatch.setattr(approval, "estimates", lambda *_: [("wh_abc123xyz", price)])

    def make(count: int, second: Inputs) -> Approving:
        return Approving([held(second if n == 1 else {"prompt": f"fox {n}"}, n) for n in range(count)])

    return make


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_of_many_each_can_be_read_whole(
    approving: Callable[[int, Inputs], Approving], size: tuple[int, int]
) -> None:
    """Each of many prompts can be read whole by scrolling line by line, in both directions."""
    second = {"prompt": " ".join(f"word{n}" for n in range(700)), "style": "noir"}
    app = approving(WHOLE + 1, second)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert app.lines()[:2] == ["0 · Sunset · claude", "  fox 0"] and app.lines()[2].startswith("1  word0")
        whole = [line.plain.rstrip() for line in prompt_lines(app.prompts[1], SUNSET, app.view.text_width)]
        assert len(whole) > 2 * app.view.size.height
        lines_seen = set(await lines_until(pilot, app, "down", "2 · Sunset · claude"))
        assert lines_seen >= set(whole)
        assert app.lines()[:2] == ["2 · Sunset · claude", "  fox 2"]
        assert set(await lines_until(pilot, app, "up", "0 · Sunset · claude")) >= set(whole[:1])
        assert app.screen.query_one(".card").max_scroll_y == 0


async def lines_until(pilot: Pilot[Any], app: Approving, key: str, until: str) -> list[str]:
    """Press a key until a line is on the screen, and return all lines that were shown."""
    lines = app.lines()
    for _ in range(1_000):
        if until in app.lines():
            return lines
        await pilot.press(key)
        lines += app.lines()
    raise AssertionError(f"{until} was not reached")


async def test_a_click_unfolds_a_prompt_and_pages_move_on(approving: Callable[[int, Inputs], Approving]) -> None:
    """A click unfolds a prompt, and page keys move through the list."""
    app = approving(WHOLE + 1, {"prompt": "a fox", "style": "noir"})
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        await pilot.click(DialogList, offset=(5, 6))
        assert "5 · Sunset · claude" in app.lines() and "0 · Sunset · claude" not in app.lines()
        await pilot.press(*["pagedown"] * 30)
        assert app.lines()[-2:] == [f"{WHOLE} · Sunset · claude", f"  fox {WHOLE}"]
        await pilot.press(*["pageup"] * 30)
        assert app.lines()[:2] == ["0 · Sunset · claude", "  fox 0"]


async def test_few_are_all_whole(approving: Callable[[int, Inputs], Approving]) -> None:
    """A few prompts are all shown whole."""
    app = approving(WHOLE, {"prompt": "a fox", "style": "noir"})
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("down")
        assert app.lines()[:5] == ["  fox 0", "1 · Sunset · claude", "  a fox", "  style  noir", "2 · Sunset · claude"]
