"""The behaviour of the pane on a screen."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cordage_tui.domain.output import output_key
from cordage_tui.domain.run import RunDetail, Status
from cordage_tui.domain.safe_text import SafeText, safe
from cordage_tui.domain.statistics.duration_model import RunEstimate
from cordage_tui.ui.run_detail.raw_response import ResponsePanel
from tests.ui.run_detail.pictures import Shelf

Make = Callable[..., RunDetail]
LONG = "word " * 400


async def test_no_run_chosen_says_what_to_do(opened: Callable[..., Any]) -> None:
    """An empty pane shows one sentence and a key."""
    async with opened() as driver:
        await driver.show(None)
        assert "Choose a run to see it." in driver.text()
        assert "2 go to the runs" in driver.text()


async def test_a_narrow_pane_wraps_what_to_do(opened: Callable[..., Any]) -> None:
    """A narrow pane wraps that sentence without cutting it."""
    async with opened(width=20) as driver:
        await driver.show(None)
        assert "Choose a run to see it." in " ".join(driver.text().replace("│", " ").split())


async def test_the_title_names_the_run(opened: Callable[..., Any], make: Make) -> None:
    """The title has the short id of the run, or only "Run" if it has none."""
    async with opened() as driver:
        await driver.show(make())
        assert driver.pane.border_title == "Run 550e8400"
        await driver.show(make(Status.QUEUED, run_id=None))
        assert driver.pane.border_title == "Run"


async def test_another_run_starts_at_its_top_the_same_keeps_its_place(opened: Callable[..., Any], make: Make) -> None:
    """A refresh of the same run keeps the scroll position, and another run starts at its top."""
    async with opened(height=14) as driver:
        await driver.show(make(inputs={"prompt": LONG}))
        await driver.press("j", "j", "j")
        assert driver.pane.top == 3
        await driver.show(make(Status.FAILED, inputs={"prompt": LONG}))
        assert driver.pane.top == 3
        await driver.show(make(row=2, inputs={"prompt": LONG}))
        assert driver.pane.top == 0


async def test_keys_move_within_the_text(opened: Callable[..., Any], make: Make) -> None:
    """Keys scroll between the first line and the last, which stays at the bottom."""
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
    """A tick repaints only the lines with times, at each fifth second for a run of minutes."""
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
    """The expected time is shown as long as it is known, and another run does not inherit it."""
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
    """A tick on a run that has ended repaints nothing."""
    async with opened() as driver:
        await driver.show(make())
        driver.forget()
        driver.pane.tick(now + 3600)
        assert driver.pane.repainted == []


async def test_showing_the_same_again_repaints_nothing(opened: Callable[..., Any], make: Make) -> None:
    """Showing an unchanged run again repaints nothing."""
    async with opened() as driver:
        await driver.show(make())
        driver.forget()
        await driver.show(make())
        assert driver.pane.repainted == []


async def test_another_run_is_one_repaint_and_no_layout(opened: Callable[..., Any], make: Make) -> None:
    """Showing another run costs one repaint and no layout."""
    async with opened() as driver:
        await driver.show(make())
        driver.forget()
        await driver.show(make(row=2, inputs={"prompt": LONG}))
        assert driver.pane.repainted and driver.pane.laid_out == 0


async def test_copy_keys_ask_for_a_copy(opened: Callable[..., Any], make: Make) -> None:
    """`y`, `Y` and `C` send the id, the whole URLs and the shell line to the owner."""
    async with opened() as driver:
        await driver.show(make(outputs=(safe("https://a/1?s=x"), safe("https://a/2"))))
        await driver.press("y", "Y", "C")
        assert driver.messages == [
            ("550e8400-e29b-41d4-a716-446655440000", "run id"),
            ("https://a/1?s=x\nhttps://a/2", "2 URLs"),
            ("curl x", "curl command"),
        ]


async def test_keys_without_a_subject_do_nothing(opened: Callable[..., Any], make: Make) -> None:
    """Keys without content do nothing and are not bound."""
    async with opened() as driver:
        driver.curl = SafeText("")
        await driver.show(make(Status.QUEUED, run_id=None))
        before = driver.text()
        await driver.press("y", "Y", "C", "J")
        assert driver.messages == [] and driver.text() == before
        bound = {active.binding.id for active in driver.app.screen.active_bindings.values()}
        assert not {"run.copy_id", "run.copy_urls", "run.copy_curl", "run.raw"} & bound


async def test_the_answer_opens_full_screen_and_closes(opened: Callable[..., Any], make: Make) -> None:
    """`J` opens the response, which scrolls and copies, and `J` or escape closes it."""
    async with opened(height=20) as driver:
        await driver.show(make(raw=json.dumps({"run_id": "x", "list": list(range(40))})))
        for key in ("J", "escape"):
            await driver.press("J")
            panel = driver.app.screen.query_one(ResponsePanel)
            top_lines = [panel.render_line(y).text for y in range(panel.size.height)]
            assert top_lines[0].startswith("{") and '"run_id": "x",' in top_lines[1]
            await driver.press("G", "y")
            assert "}" in panel.render_line(panel.size.height - 1).text
            await driver.press(key)
            assert not driver.app.screen.query(ResponsePanel)
        assert '"run_id"' not in driver.text()


async def test_escape_says_that_the_user_is_done(opened: Callable[..., Any], make: Make) -> None:
    """Escape sends a message to the owner."""
    async with opened() as driver:
        await driver.show(make())
        await driver.press("escape")
        assert driver.messages == ["closed"]


async def test_markup_in_a_prompt_is_text(opened: Callable[..., Any], make: Make) -> None:
    """Markup in a prompt is shown as it was typed."""
    async with opened() as driver:
        await driver.show(make(inputs={"prompt": "[/x] [bold]fox[/] \x1b[31m"}))
        assert "[/x] [bold]fox[/] ␛[31m" in driver.text()


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 3), (4, 5), (12, 4), (200, 50)])
async def test_no_size_is_too_small(opened: Callable[..., Any], make: Make, size: tuple[int, int]) -> None:
    """The pane accepts keys at any size."""
    async with opened(*size) as driver:
        await driver.show(make(outputs=(safe("https://s.example/日本語.png"),), raw='{"a": 1}'))
        await driver.press("J", "G", "j", "ctrl+d", "g")
        await driver.show(None)


async def test_a_new_width_sets_the_lines_anew(opened: Callable[..., Any], make: Make) -> None:
    """A new width wraps the text again."""
    async with opened(width=60) as driver:
        await driver.show(make(inputs={"prompt": "one two three four five six seven eight nine ten"}))
        assert "one two three four five six seven eight nine ten" in driver.text()
        await driver.pilot.resize_terminal(31, 40)
        await driver.pilot.pause()
        assert "one two three four five six" in driver.lines()


async def _hung(driver: Any, make: Make, *, count: int = 2, row: int = 1, **fields: Any) -> Shelf:
    """Show a run with so many outputs, whose pictures are all loaded."""
    shelf = Shelf()
    urls = tuple(safe(f"https://s.example/{row}/{n}.png") for n in range(1, count + 1))
    for url in urls:
        shelf.put(url)
    driver.pane.show_images(shelf, shelf)
    await driver.show(make(outputs=urls, row=row, **fields))
    return shelf


async def test_pictures_are_drawn_when_the_user_settles(opened: Callable[..., Any], make: Make) -> None:
    """Pictures are requested once the cursor rests, the chosen first, and no line moves."""
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
        assert [request.output.number for request in shelf.requested] == [1, 1, 2]


async def test_another_run_has_to_be_settled_on_anew(opened: Callable[..., Any], make: Make) -> None:
    """Another run draws no picture until the cursor rests on it, and drops the old requests."""
    async with opened() as driver:
        shelf = await _hung(driver, make)
        driver.pane.settle()
        await driver.pilot.pause()
        drawn = len(shelf.drawn)
        await driver.show(make(outputs=(safe("https://s.example/1/1.png"),), row=2))
        assert "#" not in driver.text() and len(shelf.drawn) == drawn and shelf.requested == []


async def test_a_refresh_of_the_run_draws_no_picture_again(opened: Callable[..., Any], make: Make) -> None:
    """A refresh of the run does not draw its pictures again."""
    async with opened() as driver:
        await _hung(driver, make)
        driver.pane.settle()
        await driver.pilot.pause()
        driver.forget()
        await _hung_again(driver, make)
        assert driver.pane.repainted == [] and driver.pane.laid_out == 0


async def _hung_again(driver: Any, make: Make) -> None:
    """Show the same run again."""
    await driver.show(make(outputs=(safe("https://s.example/1/1.png"), safe("https://s.example/1/2.png"))))


async def test_news_of_other_pictures_cost_nothing(opened: Callable[..., Any], make: Make) -> None:
    """A change of another picture costs nothing."""
    async with opened() as driver:
        shelf = await _hung(driver, make)
        driver.pane.settle()
        await driver.pilot.pause()
        driver.forget()
        shelf.looked_up.clear()
        driver.pane.pictures_changed({"something else"})
        assert shelf.looked_up == [] and driver.pane.repainted == []


async def test_a_picture_that_comes_repaints_its_own_lines_only(opened: Callable[..., Any], make: Make) -> None:
    """A loaded picture repaints only its own lines."""
    async with opened() as driver:
        shelf = await _hung(driver, make, count=1)
        sight = shelf.views.pop("https://s.example/1/1.png")
        driver.pane.settle()
        await driver.pilot.pause()
        shelf.views["https://s.example/1/1.png"] = sight
        driver.forget()
        driver.pane.pictures_changed({output_key("https://s.example/1/1.png")})
        lines = driver.lines()
        picture = [y for y, line in enumerate(lines) if "#" in line or "PNG" in line]
        assert sorted({region.y for region in driver.pane.repainted}) == picture


async def test_a_long_prompt_leaves_the_picture_in_view(opened: Callable[..., Any], make: Make) -> None:
    """A long prompt has four lines above the picture, and is whole under a heading below."""
    async with opened() as driver:
        await _hung(driver, make, inputs={"prompt": LONG})
        driver.pane.settle()
        lines = driver.lines()
        assert "word…" in lines[5] and "#" in lines[7]
        await driver.press("G")
        assert any(line.startswith("Prompt ─") for line in await driver.read())


async def test_keys_ask_for_the_next_output_and_for_the_whole_screen(opened: Callable[..., Any], make: Make) -> None:
    """Keys request another output, if there is one, and Enter the whole screen."""
    async with opened() as driver:
        await _hung(driver, make)
        await driver.press("l", "left", "enter")
        assert driver.messages == [1, -1, "opened"]
        await _hung(driver, make, count=1, row=2)
        await driver.press("l", "right")
        assert driver.messages == [1, -1, "opened"]


async def test_another_theme_is_behind_the_pictures_too(opened: Callable[..., Any], make: Make) -> None:
    """A new theme draws the pictures again on its background."""
    async with opened() as driver:
        shelf = await _hung(driver, make)
        driver.pane.settle()
        dark = shelf.background
        driver.app.theme = "cordage-light"
        await driver.pilot.pause()
        assert dark is not None and shelf.background is not None and shelf.background.brightness > dark.brightness
