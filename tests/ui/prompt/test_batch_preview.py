"""The preview of a batch: its keys, and its look."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.events import Key

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.batch.body_checks import InputFault
from cordage_tui.engine.batch.draft import BatchEstimate, draft_of, line_count
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.dialogs.list_dialog import DialogList
from cordage_tui.ui.prompt.batch_preview import BatchPlan, BatchPreview, ParseOptions, PreviewRequest, Propose
from tests.pictures import compare, picture

PAUSE_S = 0.04
MATRIX = {"prompt": "a {red|blue|green|old} fox in the {rain|snow}\nstyle={noir,ink}\nseed=1..3"}
LINES = {"prompt": "a fox\nan owl\na fox"}


class Previewing(BaseApp):
    """App that opens the preview and records its answers."""

    def __init__(self, preview: BatchPreview, theme: str) -> None:
        super().__init__(theme)
        self.preview = preview
        self.answers: list[bool | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.preview, self.answers.append)


def proposing(inputs: dict[str, str]) -> Propose:
    """Return the function that plans the batch, with a fault if the prompt has the word "faulty"."""

    def propose(reading: ParseOptions) -> BatchPlan:
        draft = draft_of(inputs, lines=reading.lines, combine=reading.combine)
        count = len(draft.bodies)
        before = frozenset({2, 5}) if count > 5 else frozenset()
        if "faulty" in inputs["prompt"]:
            fault = InputFault("style", SafeText("'inkk' is not a choice. Did you mean 'ink'?"))
            draft = replace(draft, faults={1: (fault,)})
        sent = draft if reading.faulty else draft.without_faulty()
        price = BatchEstimate(len(sent.bodies) if sent else 0, 0, float(count), 540.0, None)
        return BatchPlan(draft, sent, price, before, draft.repeated())

    return propose


@pytest.fixture
def previewing() -> Callable[..., Previewing]:
    """Return a function that makes an app with the preview of these inputs."""

    def make(inputs: dict[str, str] = MATRIX, *, lines: bool = False, theme: str = "cordage") -> Previewing:
        several = line_count(inputs) > 1
        offer = PreviewRequest(
            SafeText("Sunset"), proposing(inputs), ParseOptions(lines), by_lines=several, written=True
        )
        return Previewing(BatchPreview(offer), theme)

    return make


def drawn(app: Previewing) -> str:
    """Return the text of the screen."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def press(pilot, *keys):
    """Press the keys with a person's pauses."""
    for key in keys:
        await pilot.pause(PAUSE_S)
        await pilot.press(key)
    await pilot.pause()


async def test_yes_needs_the_number_and_answers_with_the_batch(previewing):
    """A batch of 48 needs its number typed, and the answer is the batch as shown."""
    app = previewing()
    async with app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "4", "enter")
        assert app.answers == []
        await press(pilot, "8", "enter")
        assert app.answers == [True]
        assert app.preview.chosen is not None and len(app.preview.chosen.bodies) == 48


async def test_another_reading_is_another_batch(previewing):
    """Reading the text by lines or as one prompt changes list, number and answer."""
    app = previewing(LINES, lines=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert "Run 3" in drawn(app) and "ctrl+t" not in drawn(app)
        await press(pilot, "ctrl+l")
        assert "Run 1" in drawn(app)
        await press(pilot, "ctrl+l", "y")
        assert app.preview.chosen is not None and len(app.preview.chosen.bodies) == 3


async def test_what_makes_no_batch_cannot_be_run(previewing):
    """A text that makes no batch shows the reason, and can only be sent as it is."""
    app = previewing()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "ctrl+t")
        assert "Lists must have equal length to be paired" in drawn(app)
        await press(pilot, "y", "enter")
        assert [answer for answer in app.answers if answer] == []
    app = previewing({"prompt": "{a|{b|c}}"})
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "y")
        assert app.answers == [] and "Nested braces" in drawn(app)
        await press(pilot, "ctrl+o")
        assert app.answers == [True] and app.preview.chosen is None


async def test_a_burst_of_keys_is_no_answer(previewing):
    """Keys that arrive in a burst do not answer the preview."""
    app = previewing(LINES, lines=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause(PAUSE_S)
        for letter in "xy":
            app.post_message(Key(letter, letter))
        await pilot.pause()
        assert app.answers == []


async def test_all_bodies_can_be_scrolled_to(previewing):
    """All prompts can be scrolled to, also while the number is typed."""
    app = previewing()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert " 1  a red fox" in drawn(app)
        for _ in range(12):
            await pilot.press("pagedown")
        await pilot.pause()
        assert "48  a old fox" in drawn(app)
        await pilot.press("up")
        assert (
            app.screen.query_one(DialogList).top
            == app.screen.query_one(DialogList).line_count - app.screen.query_one(DialogList).size.height - 1
        )


async def test_prompts_with_errors_are_sent_only_if_they_are_asked_for(previewing):
    """Prompts with faults are marked and left out, and ctrl+e includes them."""
    app = previewing({"prompt": "a faulty {red|blue|green} fox"})
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "j")
        assert "Run 2" in drawn(app) and "1 of 3 does not fit" in drawn(app) and "✖ style: 'inkk'" in drawn(app)
        await press(pilot, "ctrl+e")
        assert "Run 3" in drawn(app)
        await press(pilot, "ctrl+e", "y")
        assert app.preview.chosen is not None
        assert [body["prompt"] for body in app.preview.chosen.bodies] == ["a faulty red fox", "a faulty green fox"]
        assert not app.preview.chosen.faults


@pytest.mark.parametrize("count", [2, 30, 2_000])
@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_price_errors_and_buttons_are_in_sight_and_only_the_list_scrolls(previewing, size, count, tmp_path):
    """Price, faults and buttons are visible at any number of prompts, after any key and size."""
    app = previewing({"prompt": f"a faulty fox number {{{'|'.join(map(str, range(count)))}}}"})
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        compare(picture(app), Path(__file__).parent / "snapshots" / f"{count}-{size[0]}x{size[1]}.svg", tmp_path)
        for next_size in (size, (80, 24), (200, 50), size):
            await pilot.resize_terminal(*next_size)
            await press(pilot, "pagedown", "end")
            for text in (f"{count - 1:,} run", f"1 of {count:,} does not fit", "Cancel", f"Run {count - 1:,}"):
                assert text in drawn(app)
            assert ("to confirm" in drawn(app)) is (count > 20)
        card = app.screen.query_one(".card")
        assert card.max_scroll_y == 0


@pytest.mark.parametrize("size", [(1, 1), (10, 4), (40, 12), (80, 24), (60, 17), (200, 60)])
async def test_the_preview_opens_at_any_size(previewing, size):
    """The preview opens at any size, and at usual sizes its buttons are visible."""
    app = previewing()
    async with app.run_test(size=size) as pilot:
        await press(pilot, "ctrl+t", "ctrl+t")
        assert size[0] < 40 or ("48 runs" in drawn(app) and "Run 48" in drawn(app))


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("written", ["matrix", "lines"])
async def test_the_preview_looks_as_in_its_picture(previewing, written, size, tmp_path):
    """The preview is drawn exactly as in its stored picture."""
    app = previewing(MATRIX if written == "matrix" else LINES, lines=written == "lines")
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        compare(picture(app), Path(__file__).parent / "snapshots" / f"{written}-{size[0]}x{size[1]}.svg", tmp_path)
