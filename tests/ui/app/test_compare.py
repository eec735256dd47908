"""Comparison of two marked runs in the whole app."""

from dataclasses import replace

import pytest

from cordage_tui.config.settings import ImageSettings
from cordage_tui.domain.output import Rating
from cordage_tui.simulator import storage
from cordage_tui.simulator.webhooks import OutputKind
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.ui.compare.screen import CompareScreen
from cordage_tui.ui.viewer.screen import ViewerScreen


async def test_two_marked_runs_stand_side_by_side(opened):
    """The comparison shows both runs with their differences; keys act on one side, and escape returns with the
    marks."""
    async with opened(120, 36, tells_prompts=True) as program:
        key = program.world.webhooks[0].key
        program.world.fate(key, PlannedOutcome(1.0, outputs=2), PlannedOutcome(2.0, outputs=3))
        await program.starts_elsewhere("a red fox in snow")
        await program.starts_elsewhere("a grey fox in snow")
        await program.passes(5)
        await program.until(lambda: [row.output_count for row in program.table.shown] == [3, 2])
        await program.press("space", "space", "equals_sign")
        await program.until(lambda: isinstance(program.app.screen, CompareScreen))
        await program.sees("Inputs · 1 differs")
        lines = program.text().splitlines()
        assert any(
            "~ prompt" in line and "a grey fox in snow" in line and "a red fox in snow" in line for line in lines
        )
        assert any("~ took" in line and "0:02" in line and "0:01" in line for line in lines)
        await program.press("]", "tab", "+")
        older = program.table.shown[1].id
        assert program.main.engine.store.ratings.all() == {older: {2: Rating(True)}}
        await program.press("left", "5")
        assert program.main.engine.store.ratings.of(older) == {1: Rating(None, 5), 2: Rating(True)}
        await program.press("0")
        assert program.main.engine.store.ratings.of(older) == {2: Rating(True)}
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, ViewerScreen))
        await program.press("d", "escape")
        await program.until(
            lambda: [download.number for download in program.main.engine.store.downloads.of(older)] == [1]
        )
        await program.press("escape")
        assert program.app.screen is program.main and len(program.table.marked) == 2


async def test_any_other_number_of_marks_shows_what_to_do(opened):
    """`=` without exactly two marks says what to mark, and opens nothing."""
    async with opened(tells_prompts=True) as program:
        await program.starts_elsewhere("a fox")
        await program.press("equals_sign")
        await program.sees("Mark two runs with space to compare")
        await program.press("space", "equals_sign")
        await program.sees("One is marked now")
        assert program.app.screen is program.main


TEXTS = {
    "a heron": "The heron waits in the canal \u202euntil the last parked car has left it for the night.",
    "a village": "The village sleeps under the snow; one window is lit, and nobody knows for whom it is.",
}


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let workflows answer each of these prompts with its text."""
    monkeypatch.setattr(storage, "text", lambda prompt, others, rng: TEXTS[prompt])


async def compared_texts(program) -> None:
    """Compare the text of each prompt; the village, which is newer, is on the left."""
    webhook = program.world.webhooks[0]
    program.world.add_webhook(replace(webhook, output=OutputKind.TEXT))
    program.world.fate(webhook.key, PlannedOutcome(1.0), PlannedOutcome(1.0))
    await program.starts_elsewhere(*TEXTS)
    await program.passes(5)
    await program.until(lambda: [row.output_count for row in program.table.shown] == [1, 1])
    await program.press("space", "space", "equals_sign")
    await program.until(lambda: isinstance(program.app.screen, CompareScreen))


def halves(program) -> list[str]:
    """Return the text of both columns above the inputs, each read from its top."""
    screen = program.text().splitlines()
    lines = screen[2 : next(y for y, line in enumerate(screen) if "Inputs ·" in line)]
    middle = 3 + program.app.screen.query_one("ComparePanel").text_width // 2
    return [" ".join(" ".join(side).split()) for side in ([n[1:middle] for n in lines], [n[middle:-1] for n in lines])]


async def test_texts_stand_side_by_side(opened, texts: None):
    """Each text wraps in its own column, and a character that reverses the line is shown as its number."""
    async with opened(80, 24, tells_prompts=True) as program:
        await compared_texts(program)
        await program.sees("canal")
        left, right = halves(program)
        assert left == TEXTS["a village"]
        assert right == TEXTS["a heron"].replace("\u202e", "<U+202E>")


async def test_a_text_that_is_not_loaded_names_the_key_that_loads_it(opened, texts: None):
    """If texts are not loaded automatically, each side names the key, which loads only the focused side."""
    for limited in (True, False):
        settings = ImageSettings(fetch_up_to=0 if limited else 1_000_000)
        async with opened(120, 36, tells_prompts=True, pictures=settings) as program:
            if not limited:
                program.app.renderer.switch()
            await compared_texts(program)
            await program.until(lambda: halves(program) and all("enter to load" in side for side in halves(program)))
            await program.press("tab", "enter")
            await program.sees("parked car")
            assert isinstance(program.app.screen, CompareScreen)
            assert "enter to load" in halves(program)[0] and "enter to load" not in halves(program)[1]
            await program.press("enter")
            await program.until(lambda: isinstance(program.app.screen, ViewerScreen))
