"""The pane as it behaves on a screen."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cordage_tui.domain.output import output_key
from cordage_tui.domain.run import RunDetail, Status
from cordage_tui.domain.statistics.duration_model import RunEstimate
from cordage_tui.domain.text import SafeText, safe
from cordage_tui.ui.run_detail.response import ResponsePanel
from tests.ui.run_detail.pictures import Shelf

Make = Callable[..., RunDetail]
LONG = "word " * 400


async def test_no_run_chosen_says_what_to_do(opened: Callable[..., Any]) -> None:
    """An empty pane has one sentence and a key, not a blank."""
    async with opened() as driver:
        await driver.show(None)
        assert "Choose a run to see it." in driver.text()
        assert "2 go to the runs" in driver.text()


async def test_a_narrow_pane_wraps_what_to_do(opened: Callable[..., Any]) -> None:
    """Nothing of the sentence is cut, at any width in which its words are whole."""
    async with opened(width=20) as driver:
        await driver.show(None)
        assert "Choose a run to see it." in " ".join(driver.text().replace("│", " ").split())


async def test_the_title_names_the_run(opened: Callable[..., Any], make: Make) -> None:
    """By the short id, as people type it; without one it is just the run."""
    async with opened() as driver:
        await driver.show(make())
        assert driver.pane.border_title == "Run 550e8400"
        await driver.show(make(Status.QUEUED, run_id=None))
        assert driver.pane.border_title == "Run"


async def test_another_run_starts_at_its_top_the_same_keeps_its_place(opened: Callable[..., Any], make: Make) -> None:
    """A refresh of the run being read does not move the text under the reader's eyes."""
    async with opened(height=14) as driver:
        await driver.show(make(inputs={"prompt": LONG}))
        await driver.press("j", "j", "j")
        assert driver.pane.top == 3
        await driver.show(make(Status.FAILED, inputs={"prompt": LONG}))
        assert driver.pane.top == 3
        await driver.show(make(row=2, inputs={"prompt": LONG}))
        assert driver.pane.top == 0


async def test_keys_move_within_the_text(opened: Callable[..., Any], make: Make) -> None:
    """First and last line are the ends; the last line comes to rest at the bottom."""
    async with opened(height=14) as driver:
        await driver.show(make(inputs={"prompt": LONG}))
        await driver.press("G")
        end = driver.pane.top
        assert end == driver.pane.line_count - driver.pane.size.height
        await driver.press("j")
        assert driver.pane.top == end
        await driver.press("ctrl+u")
        assert driver.pane.top == end - driver.pane.size.height // 2
        await driver.press("g", "k")
        assert driver.pane.top == 0


async def test_a_tick_repaints_only_the_lines_on_which_time_shows(
    opened: Callable[..., Any], make: Make, now: float
) -> None:
    """A run of minutes costs its headline and its two ticking times at each fifth second, and nothing between."""
    async with opened(height=45) as driver:
        await driver.show(make(Status.RUNNING))
        driver.forget()
        driver.pane.tick(now + 4)
        assert driver.pane.repainted == []
        driver.pane.tick(now + 6)
        lines = driver.lines()
        assert sorted(region.y for region in driver.pane.repainted) == [
            y for y, line in enumerate(lines) if "2m 20s" in line or "2m 10s" in line
        ]
        assert len(driver.pane.repainted) == 3


async def test_an_expectation_comes_with_a_tick_and_goes_with_it(
    opened: Callable[..., Any], make: Make, now: float
) -> None:
    """It stands among the times as long as something is known, and another run does not inherit it."""
    async with opened(height=45) as driver:
        await driver.show(make(Status.RUNNING))
        driver.pane.tick(now, RunEstimate(left_s=38.0, progress=0.5, slow=False, slow_s=130.0))
        assert "about 40s left" in driver.text()
        await driver.show(make(Status.RUNNING))
        assert "about 40s left" in driver.text()
        driver.pane.tick(now)
        assert "left" not in driver.text()
        driver.pane.tick(now, RunEstimate(left_s=38.0, progress=0.5, slow=True, slow_s=130.0))
        assert "slower than 95 % of its past runs" in driver.text()
        await driver.show(make(Status.RUNNING, row=2))
        assert "slower" not in driver.text()


async def test_nothing_ticks_on_a_run_that_has_ended(opened: Callable[..., Any], make: Make, now: float) -> None:
    """An idle screen writes nothing."""
    async with opened() as driver:
        await driver.show(make())
        driver.forget()
        driver.pane.tick(now + 3600)
        assert driver.pane.repainted == []


async def test_showing_the_same_again_repaints_nothing(opened: Callable[..., Any], make: Make) -> None:
    """A poll that brought nothing new costs nothing."""
    async with opened() as driver:
        await driver.show(make())
        driver.forget()
        await driver.show(make())
        assert driver.pane.repainted == []


async def test_another_run_is_one_repaint_and_no_layout(opened: Callable[..., Any], make: Make) -> None:
    """Moving the cursor through runs must cost one frame, however long each is."""
    async with opened() as driver:
        await driver.show(make())
        driver.forget()
        await driver.show(make(row=2, inputs={"prompt": LONG}))
        assert driver.pane.repainted and driver.pane.laid_out == 0


async def test_copy_keys_ask_for_a_copy(opened: Callable[..., Any], make: Make) -> None:
    """`y` the id, `Y` all URLs whole, `C` the shell line; the pane itself touches no clipboard."""
    async with opened() as driver:
        await driver.show(make(outputs=(safe("https://a/1?s=x"), safe("https://a/2"))))
        await driver.press("y", "Y", "C")
        assert driver.heard == [
            ("550e8400-e29b-41d4-a716-446655440000", "run id"),
            ("https://a/1?s=x\nhttps://a/2", "2 URLs"),
            ("curl x", "curl command"),
        ]


async def test_keys_without_a_subject_do_nothing(opened: Callable[..., Any], make: Make) -> None:
    """There is nothing to copy of a queued prompt, and no answer to show."""
    async with opened() as driver:
        driver.curl = SafeText("")
        await driver.show(make(Status.QUEUED, run_id=None))
        before = driver.text()
        await driver.press("y", "Y", "C", "J")
        assert driver.heard == [] and driver.text() == before
        bound = {active.binding.id for active in driver.app.screen.active_bindings.values()}
        assert not {"run.copy_id", "run.copy_urls", "run.copy_curl", "run.raw"} & bound


async def test_the_answer_opens_full_screen_and_closes(opened: Callable[..., Any], make: Make) -> None:
    """`J` brings the JSON to the eye, scrolled by the usual keys and copied by `y`; `J` again, or escape, puts it away."""
    async with opened(height=20) as driver:
        await driver.show(make(raw=json.dumps({"run_id": "x", "list": list(range(40))})))
        for key in ("J", "escape"):
            await driver.press("J")
            panel = driver.app.screen.query_one(ResponsePanel)
            shown = [panel.render_line(y).text for y in range(panel.size.height)]
            assert shown[0].startswith("{") and '"run_id": "x",' in shown[1]
            await driver.press("G", "y")
            assert "}" in panel.render_line(panel.size.height - 1).text
            await driver.press(key)
            assert not driver.app.screen.query(ResponsePanel)
        assert '"run_id"' not in driver.text()


async def test_escape_says_that_the_user_is_done(opened: Callable[..., Any], make: Make) -> None:
    """Where that leads is the screen's business."""
    async with opened() as driver:
        await driver.show(make())
        await driver.press("escape")
        assert driver.heard == ["closed"]


async def test_markup_in_a_prompt_is_text(opened: Callable[..., Any], make: Make) -> None:
    """What Textual would read as markup is shown as it was typed."""
    async with opened() as driver:
        await driver.show(make(inputs={"prompt": "[/x] [bold]fox[/] \x1b[31m"}))
        assert "[/x] [bold]fox[/] ␛[31m" in driver.text()


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 3), (4, 5), (12, 4), (200, 50)])
async def test_no_size_is_too_small(opened: Callable[..., Any], make: Make, size: tuple[int, int]) -> None:
    """Whatever the terminal is resized to, the pane survives it and its keys too."""
    async with opened(*size) as driver:
        await driver.show(make(outputs=(safe("https://s.example/日本語.png"),), raw='{"a": 1}'))
        await driver.press("J", "G", "j", "ctrl+d", "g")
        await driver.show(None)


async def test_a_new_width_sets_the_lines_anew(opened: Callable[..., Any], make: Make) -> None:
    """Text is wrapped to the width there is now."""
    async with opened(width=60) as driver:
        await driver.show(make(inputs={"prompt": "one two three four five six seven eight nine ten"}))
        assert "one two three four five six seven eight nine ten" in driver.text()
        await driver.pilot.resize_terminal(31, 40)
        await driver.pilot.pause()
        assert "one two three four five six" in driver.lines()


async def _hung(driver: Any, make: Make, *, count: int = 2, row: int = 1, **fields: Any) -> Shelf:
    """A run with so many outputs, shown on a pane with pictures; all of them are there."""
    shelf = Shelf()
    urls = tuple(safe(f"https://s.example/{row}/{n}.png") for n in range(1, count + 1))
    for url in urls:
        shelf.put(url)
    driver.pane.show_images(shelf, shelf)
    await driver.show(make(outputs=urls, row=row, **fields))
    return shelf


async def test_pictures_are_drawn_when_the_user_settles(opened: Callable[..., Any], make: Make) -> None:
    """The room for them is there at once, so that no line moves; they are asked for then, the chosen one first."""
    async with opened() as driver:
        shelf = await _hung(driver, make)
        before = driver.lines()
        assert "#" not in driver.text() and shelf.drawn == [] and shelf.requested == []
        driver.pane.settle()
        await driver.pilot.pause()
        after = driver.lines()
        assert "#" in driver.text() and len(after) == len(before)
        assert [y for y, line in enumerate(before) if "Outputs" in line] == [
            y for y, line in enumerate(after) if "Outputs" in line
        ]
        assert [one.output.number for one in shelf.requested] == [1, 1, 2]


async def test_another_run_has_to_be_settled_on_anew(opened: Callable[..., Any], make: Make) -> None:
    """And what was wanted is wanted no more meanwhile."""
    async with opened() as driver:
        shelf = await _hung(driver, make)
        driver.pane.settle()
        await driver.pilot.pause()
        drawn = len(shelf.drawn)
        await driver.show(make(outputs=(safe("https://s.example/1/1.png"),), row=2))
        assert "#" not in driver.text() and len(shelf.drawn) == drawn and shelf.requested == []


async def test_a_refresh_of_the_run_draws_no_picture_again(opened: Callable[..., Any], make: Make) -> None:
    """What the kept-fresh close-up brings repaints only what differs."""
    async with opened() as driver:
        await _hung(driver, make)
        driver.pane.settle()
        await driver.pilot.pause()
        driver.forget()
        await _hung_again(driver, make)
        assert driver.pane.repainted == [] and driver.pane.laid_out == 0


async def _hung_again(driver: Any, make: Make) -> None:
    await driver.show(make(outputs=(safe("https://s.example/1/1.png"), safe("https://s.example/1/2.png"))))


async def test_news_of_other_pictures_cost_nothing(opened: Callable[..., Any], make: Make) -> None:
    """Only of those that hang here the pane takes notice."""
    async with opened() as driver:
        shelf = await _hung(driver, make)
        driver.pane.settle()
        await driver.pilot.pause()
        driver.forget()
        shelf.asked.clear()
        driver.pane.pictures_changed({"something else"})
        assert shelf.asked == [] and driver.pane.repainted == []


async def test_a_picture_that_comes_repaints_its_own_lines_only(opened: Callable[..., Any], make: Make) -> None:
    """The text stays as it is."""
    async with opened() as driver:
        shelf = await _hung(driver, make, count=1)
        sight = shelf.there.pop("https://s.example/1/1.png")
        driver.pane.settle()
        await driver.pilot.pause()
        shelf.there["https://s.example/1/1.png"] = sight
        driver.forget()
        driver.pane.pictures_changed({output_key("https://s.example/1/1.png")})
        lines = driver.lines()
        picture = [y for y, line in enumerate(lines) if "#" in line or "PNG" in line]
        assert sorted({region.y for region in driver.pane.repainted}) == picture


async def test_a_long_prompt_leaves_the_picture_in_view(opened: Callable[..., Any], make: Make) -> None:
    """Four lines of it stand above, with an ellipsis; the whole of it below under a heading of its own."""
    async with opened() as driver:
        await _hung(driver, make, inputs={"prompt": LONG})
        driver.pane.settle()
        lines = driver.lines()
        assert "word…" in lines[5] and "#" in lines[7]
        await driver.press("G")
        assert any(line.startswith("Prompt ─") for line in await driver.read())


async def test_keys_ask_for_the_next_output_and_for_the_whole_screen(opened: Callable[..., Any], make: Make) -> None:
    """`l` and `h` or the arrows choose, Enter opens; a run with one output has nothing to choose."""
    async with opened() as driver:
        await _hung(driver, make)
        await driver.press("l", "left", "enter")
        assert driver.heard == [1, -1, "opened"]
        await _hung(driver, make, count=1, row=2)
        await driver.press("l", "right")
        assert driver.heard == [1, -1, "opened"]


async def test_another_theme_is_behind_the_pictures_too(opened: Callable[..., Any], make: Make) -> None:
    """They are drawn anew on its background."""
    async with opened() as driver:
        shelf = await _hung(driver, make)
        driver.pane.settle()
        dark = shelf.background
        driver.app.theme = "cordage-light"
        await driver.pilot.pause()
        assert dark is not None and shelf.background is not None and shelf.background.brightness > dark.brightness
