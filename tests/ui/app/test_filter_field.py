"""The filter field: completions, counts, underlines and the kept text."""

import asyncio

from textual.events import Key

from cordage_tui.domain.filter.parser import parse_filter
from cordage_tui.ui.main import empty_filter, selection
from cordage_tui.ui.main.filter_bar import FilterBar
from cordage_tui.ui.main.filter_input import FilterInput
from cordage_tui.ui.main.screen import MainScreen


async def studio(program):
    """Start five runs of two webhooks with two styles; the first three have ended."""
    for prompt, webhook, style in (
        ("a fox", 0, "noir"),
        ("a dog", 0, "noir"),
        ("an owl", 1, "neon"),
        ("a bee", 0, "noir"),
        ("an elk", 1, "anime"),
    ):
        program.clock.ahead_s += 1 if prompt != "a bee" else 70
        program.world.trigger(program.world.webhooks[webhook].key, {"prompt": prompt, "style": style})
        await program.reads()
    await program.until(lambda: list(program.rows()) == ["an elk", "a bee", "an owl", "a dog", "a fox"])


def field(program) -> FilterInput:
    """Return the filter field."""
    return program.main.query_one(FilterInput)


def line(program) -> str:
    """Return the text of the line below the field."""
    return program.main.query_one(FilterBar).query_one(".hint").content.plain


async def test_a_ghost_is_taken_with_tab_and_never_with_enter(opened):
    """Tab or → takes a completion, Enter never does; backspace right after it and shift+tab take it back."""
    async with opened(tells_prompts=True) as program:
        await studio(program)
        await program.press("slash")
        await program.writes("stat")
        await program.sees("/ status:")
        await program.press("enter")
        assert field(program).value == "stat" and program.at() == "runs"
        await program.press("slash", "end")
        await program.press("tab")
        assert field(program).value == "status:"
        await program.writes("comp")
        await program.sees("status:completed")
        await program.press("right")
        assert field(program).value == "status:completed"
        await program.until(lambda: list(program.rows()) == ["an owl", "a dog", "a fox"])
        await program.press("backspace")
        assert field(program).value == "status:comp"
        await program.press("tab")
        assert field(program).value == "status:completed"
        await program.press("shift+tab")
        assert field(program).value == "status:comp"
        await program.press("backspace", "left", "right", "right")
        assert field(program).value == "status:completed"


async def test_tab_without_a_ghost_goes_nowhere(opened):
    """Tab without a completion stays in the field; a later Enter would otherwise pay for a prompt."""
    async with opened(tells_prompts=True) as program:
        await studio(program)
        await program.press("slash")
        await program.writes("zebra")
        await program.press("tab", "shift+tab", "tab")
        assert line(program) == "Nothing to complete here."
        await program.writes("s")
        assert field(program).value == "zebras" and program.posts == []


async def test_the_line_below_counts_the_values_of_the_word(opened):
    """The line below the field counts the values of a status, webhook or input, within the shown webhook."""
    async with opened(tells_prompts=True) as program:
        await studio(program)
        await program.press("slash")
        await program.writes("status:")
        await program.sees("completed 3 · running 2")
        await program.press("ctrl+u")
        await program.writes("style:")
        await program.until(
            lambda: "noir 3 · neon 1 · anime 1" in line(program) or "noir 3 · anime 1 · neon 1" in line(program)
        )
        await program.writes("ne")
        await program.until(lambda: line(program).startswith("tab neon 1"))
        await program.sees("/ style:neon")
        await program.press("tab")
        await program.until(lambda: list(program.rows()) == ["an owl"])
        await program.press("escape", "1", "j", "2", "slash")
        await program.writes("status:")
        await program.sees("completed 2 · running 1")
        await program.press("ctrl+u")
        await program.writes("took:")
        await program.sees("2m: two minutes or longer")


async def test_the_title_says_how_many_of_how_many(opened):
    """The title shows the number of matches and the number of all runs of the webhook."""
    async with opened(tells_prompts=True) as program:
        await studio(program)
        await program.press("slash")
        await program.writes("style:noir -dog")
        await program.sees("Runs · All · /style:noir -dog · 2 of 5")
        await program.press("enter", "1", "j")
        await program.sees("· /style:noir -dog · 2 of 3")
        await program.press("2", "escape")
        await program.until(lambda: " of " not in program.text().splitlines()[1])


async def test_what_is_not_understood_is_underlined_and_named(opened):
    """An unknown term is underlined, named with a suggestion, and searched as text."""
    async with opened(tells_prompts=True) as program:
        await studio(program)
        await program.press("slash")
        await program.writes("fox statsu:failed")
        await program.until(
            lambda: line(program) == "statsu:failed is not known · did you mean status:failed? · tab takes it"
        )
        marks = field(program)._value.spans
        assert [(span.start, span.end) for span in marks] == [(4, 17)] and all(
            "underline" in str(s.style) for s in marks
        )
        await program.sees("Nothing matches fox statsu:failed.")
        assert program.text().count("did you mean status:failed?") == 2
        await program.press("tab")
        assert field(program).value == "fox status:failed"
        await program.press("ctrl+u")
        await program.writes("fox")
        await program.until(lambda: list(program.rows()) == ["a fox"])
        assert field(program).unknown == ()


async def test_the_cursor_is_on_its_run_again_when_the_filter_goes(opened):
    """When the filter is cleared, the cursor returns to its earlier run, unless it was moved or Enter kept another."""
    async with opened(tells_prompts=True) as program:
        await studio(program)
        await program.press("g", "j", "j")
        assert program.selected.prompt == "an owl"
        await program.press("slash")
        await program.writes("style:noir")
        assert program.selected.prompt == "a bee"
        await program.press("escape")
        assert program.selected.prompt == "an owl"
        await program.press("slash")
        await program.writes("style:noir")
        await program.press("enter", "j", "j")
        assert program.selected.prompt == "a fox"
        await program.press("escape")
        assert program.selected.prompt == "a fox" and len(program.rows()) == 5
        await program.press("slash")
        await program.writes("style:anime")
        await program.press("enter", "escape")
        assert program.selected.prompt == "an elk"


async def test_a_run_that_the_filter_leaves_out_is_marked(opened):
    """A run submitted under a filter that leaves it out is shown with a mark until the filter changes."""
    async with opened(tells_prompts=True) as program:
        await studio(program)
        await program.press("slash")
        await program.writes("style:noir -is:batch")
        await program.press("enter")
        await program.runs("a red heron")
        await program.sees("≠ filter")
        assert [row for row in program.text().splitlines() if "≠ filter" in row and "a red heron" in row]
        assert program.text().count("≠ filter") == 1
        await program.press("escape", "2", "slash")
        await program.writes("heron")
        await program.until(lambda: list(program.rows()) == ["a red heron"])
        assert "≠ filter" not in program.text()


async def test_a_key_is_painted_at_once(opened, monkeypatch):
    """A typed letter is drawn at once, and does not wait for one of Textual's next frames."""
    drawn_values, render = [""], FilterInput.render_line
    monkeypatch.setattr(FilterInput, "render_line", lambda self, y: drawn_values.append(self.value) or render(self, y))
    async with opened(tells_prompts=True) as program:
        await studio(program)
        await program.press("slash")
        await program.writes("fo")
        await program.until(lambda: drawn_values[-1] == "fo")
        program.main._update_timer.stop()  # of the frames
        program.app.post_message(Key("x", "x"))
        turns = 0
        while drawn_values[-1] != "fox" and turns < 1_000:
            turns += 1
            await asyncio.sleep(0)
        assert drawn_values[-1] == "fox"


async def test_a_key_in_the_field_lays_nothing_out_and_is_parsed_once(opened, monkeypatch):
    """A key in the field causes no layout, and field, rows and title share one parsed filter."""
    async with opened(tells_prompts=True) as program:
        await studio(program)
        await program.press("slash")
        await program.writes("a")
        await program.until(lambda: len(program.rows()) == 5)
        layouts = []
        lay_out = MainScreen._refresh_layout
        monkeypatch.setattr(
            MainScreen, "_refresh_layout", lambda self, *a, **k: layouts.append(1) or lay_out(self, *a, **k)
        )
        parsed = parse_filter.cache_info().misses
        await program.writes("n owl")
        await program.until(lambda: list(program.rows()) == ["an owl"])
        assert layouts == []
        assert parse_filter.cache_info().misses <= parsed + len("n owl")


async def test_the_rows_of_before_stay_until_the_new_ones_are_found(opened, monkeypatch, held_searches):
    """The old rows stay with their title until the search ends; Enter shows the matches so far at once."""
    async with opened(tells_prompts=True) as program:
        await studio(program)
        monkeypatch.setattr(selection, "WAITED_FOR_S", 1e9)
        await program.press("slash")
        await program.writes("style:noir")
        store = program.main.store
        await program.until(lambda: store.query.count(program.main.presenter.search._typed) == 3)
        assert len(program.rows()) == 5 and "/style:noir" not in program.text().splitlines()[1]
        await program.starts_elsewhere("a heron")
        await program.reads()
        await program.until(lambda: "a heron" in program.rows())
        await program.press("enter")
        await program.until(lambda: list(program.rows()) == ["a bee", "a dog", "a fox"])
        await program.sees("Runs · All · /style:noir")


async def test_a_filter_that_leaves_nothing_says_which_word_empties_it(opened):
    """An empty result shows which word causes it, the count without that word, and the nearest known word."""
    async with opened(tells_prompts=True) as program:
        await studio(program)
        reasons = {
            "style:noir elk": [
                "Nothing matches style:noir elk. esc clears the filter.",
                "3 without elk · 1 without style:noir",
            ],
            "-style:noir fox": ["1 without -style:noir"],
            "a compleded": ["5 without compleded", "  did you mean status:completed?"],
            "compleded": ["  did you mean status:completed?"],
            "style:noirr": ["  did you mean style:noir?"],
            "zebra | yak": ["Nothing matches zebra | yak. esc clears the filter."],
            "zebra (yak | emu)": ["0 with zebra · 0 with (yak | emu)"],
        }
        for filter_text, lines in reasons.items():
            await program.press("slash", "ctrl+u")
            await program.writes(filter_text)
            await program.sees(f"/{filter_text} · 0 of 5")
            for words in lines:
                await program.sees(words)
        await program.press("ctrl+u", "escape", "1", "j", "2", "slash")
        await program.writes("elk")
        await program.sees("1 in all webhooks")


async def test_the_reason_is_counted_again_when_something_has_changed(opened):
    """The counts of an empty result are renewed after changes, but not at each one, because a count costs a search."""
    async with opened(tells_prompts=True) as program:
        await studio(program)
        await program.press("slash")
        await program.writes("a zebra")
        await program.sees("5 without zebra")
        await program.press("enter")
        await program.starts_elsewhere("a heron")
        await program.reads()
        monotonic = program.clock.monotonic
        program.clock.monotonic = lambda: monotonic() + empty_filter.RECOUNTED_S
        await program.starts_elsewhere("a lynx")
        await program.sees("7 without zebra")


async def test_values_are_counted_when_the_rows_have_been_found(opened, held_searches):
    """The search for rows comes first, and the values are counted after it."""
    async with opened(tells_prompts=True) as program:
        await studio(program)
        await program.press("slash")
        await program.writes("style:n")
        await program.passes(0.1)
        assert "noir 3" not in line(program)
        held_searches.set()
        await program.until(lambda: "noir 3 · neon 1" in line(program))
