"""The palette: the commands that it offers, their order, and the keys in it."""

import time
from collections.abc import Callable, Iterable
from unittest.mock import Mock

import pytest
from textual.app import App
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from cordage_tui.domain.safe_text import one_line
from cordage_tui.ui.keys.command_search import RUN, THEME, WEBHOOK, Command, CommandIndex, active_commands
from cordage_tui.ui.keys.footer import hints
from cordage_tui.ui.keys.key_names import character
from cordage_tui.ui.keys.palette import CommandList, CommandPalette, draw_hit
from cordage_tui.ui.terminal.pauses import QUIET_S


class Typist:
    """Presses keys with times of its own: each a second after the last, or in a burst."""

    def __init__(self, pilot: Pilot[int]) -> None:
        self.pilot = pilot
        self.at = time.monotonic() + 1_000.0  # ahead of the real time at which the palette is mounted

    async def press(self, *keys: str, apart: float = 1.0) -> None:
        for key in keys:
            event = Key(_character_to_key(key) if len(key) == 1 and not key.isalnum() else key, character(key))
            self.at += apart
            event.time = self.at
            self.pilot.app.post_message(event)
            for _ in range(3):
                await self.pilot.pause(0)

    @property
    def listed(self) -> CommandList:
        assert isinstance(self.pilot.app.screen, CommandPalette)
        return self.pilot.app.screen.query_one(CommandList)


async def test_the_palette_offers_actions_and_no_moves(keyed: Callable[[], App[int]]) -> None:
    """The palette offers every action except those that only move the cursor."""
    app = keyed()
    async with app.run_test(size=(100, 60)) as pilot:
        typist = Typist(pilot)
        offered = {command.id for command in active_commands(app)}
        await typist.press(":")
        listed = typist.listed
        assert offered <= {hit.command.id for hit in listed.hits}
        assert {"run.kill", "app.quit", "app.theme", "box.open"} <= offered
        assert not {"box.down", "panel.next", "app.commands"} & {hit.command.id for hit in listed.hits}
        assert "box.down" in {hint.id for hint in hints(app.screen_stack[0])}


async def test_choosing_runs_the_action_on_the_screen_behind(keyed: Callable[[], App[int]]) -> None:
    """Choosing a command runs its action on the screen below the palette."""
    app = keyed()
    async with app.run_test(size=(100, 60)) as pilot:
        typist = Typist(pilot)
        await typist.press("ctrl+p", *"kill", "enter")
        assert app.screen_stack[0].done == ["run.kill"]
        assert not isinstance(app.screen, CommandPalette)


async def test_an_enter_in_a_paste_chooses_nothing(keyed: Callable[[], App[int]]) -> None:
    """Line ends of a paste without bracketed paste run no command."""
    app = keyed()
    async with app.run_test(size=(100, 60)) as pilot:
        typist = Typist(pilot)
        await typist.press("ctrl+p", *"kill", "enter", apart=QUIET_S / 2)
        assert typist.listed.selected.id == "run.kill"
        assert app.screen_stack[0].done == []


async def test_a_click_chooses(keyed: Callable[[], App[int]]) -> None:
    """A click on a command runs it."""
    app = keyed()
    async with app.run_test(size=(100, 60)) as pilot:
        typist = Typist(pilot)
        await typist.press("ctrl+p", *"filter")
        await pilot.click(CommandList, offset=(4, typist.listed.index + 1))  # below the line of the border
        await pilot.pause()
        assert app.screen_stack[0].done == ["runs.filter"]


async def test_a_chosen_theme_is_applied_and_published(keyed: Callable[[], App[int]]) -> None:
    """Choosing a theme applies it and publishes `theme_changed_signal`."""
    app = keyed()
    async with app.run_test(size=(100, 60)) as pilot:
        typist = Typist(pilot)
        published: list[str] = []
        app.theme_changed_signal.subscribe(app, lambda theme: published.append(theme.name))
        await typist.press("T", *"dracula", "enter")
        for _ in range(50):
            await pilot.pause()
            if published:
                break
        assert (app.theme, published) == ("dracula", ["dracula"])


async def test_a_theme_is_worn_while_the_cursor_rests_on_it(keyed: Callable[[], App[int]]) -> None:
    """A theme is applied while the cursor rests on it, and escape restores the old one."""
    app = keyed()
    chosen_themes: list[str] = []
    app.choose_theme = chosen_themes.append  # type: ignore[method-assign]
    async with app.run_test(size=(100, 60)) as pilot:
        typist = Typist(pilot)
        before, timers = app.theme, []
        await typist.press("T")
        assert typist.listed.selected.title == before
        set_timer = lambda seconds, show: timers.append((seconds, show)) or Mock()  # noqa: E731
        app.screen.set_timer = set_timer  # type: ignore[method-assign]
        await typist.press("down", "down", "down")
        resting, (seconds, show) = typist.listed.selected.title, timers[-1]
        assert resting != before and app.theme == before and seconds > 0
        show()
        assert app.theme == resting
        await typist.press("escape")
        assert (app.theme, chosen_themes) == (before, [])


async def test_the_frame_of_the_palette_is_whole(keyed: Callable[[], App[int]]) -> None:
    """All four sides of the frame are on the screen with the list inside, however long the list is."""
    app = keyed()
    async with app.run_test(size=(80, 24)) as pilot:
        typist = Typist(pilot)
        await typist.press(":")
        listed = typist.listed
        frame = app.screen.query_one(".card").region
        assert app.screen.region.contains_region(frame)
        assert frame.shrink((1, 1, 1, 1)).contains_region(listed.region)
        assert listed.count > listed.size.height
        await typist.press("up", "pageup", *["down"] * listed.count)
        assert listed.index == listed.count - 1


def command(title: str, sentence: str = "", search_words: str = "", kind: int = 0, disabled: str = "") -> Command:
    """Return a command with these texts."""
    return Command(
        one_line(title),
        lambda: None,
        one_line(sentence),
        one_line("k"),
        words=search_words,
        kind=kind,
        disabled=one_line(disabled),
    )


def titles_found(query: str, commands: Iterable[Command]) -> list[str]:
    """Return the titles of the commands that the query finds."""
    return [str(hit.command.title) for hit in CommandIndex(commands).find(query)]


RANKED = (
    command("Sort"),
    command("Sorted by age"),
    command("Reverse the sort order"),
    command("Order", search_words="sort order, sorting"),
    command("Show portraits", "s-o-r-t are letters of the title"),
    command("List", "Sort it"),
    command("Sunset over rain", "so near that only letters of a sentence make it: s o r t"),
)


def test_matches_are_ordered_by_where_the_query_occurs() -> None:
    """The order is: start of the title, its words, search words, letters of the title, words of the sentence."""
    assert titles_found("sort", reversed(RANKED)) == [
        "Sort",
        "Sorted by age",
        "Reverse the sort order",
        "Order",
        "Show portraits",
        "List",
    ]


def test_words_are_found_in_any_order() -> None:
    """The words of a query are found in any order."""
    assert titles_found("order rev", RANKED) == ["Reverse the sort order"]
    assert titles_found("rev order", RANKED) == ["Reverse the sort order"]


def test_letters_of_a_run_are_no_match() -> None:
    """Single letters do not match a prompt, because nearly any letters occur in a sentence."""
    assert titles_found("dl", [command("dog loves", kind=RUN), command("download", kind=WEBHOOK)]) == ["download"]


def test_commands_come_before_things_and_what_cannot_be_done_last() -> None:
    """Of equal matches commands come first and disabled ones last; a better match comes before all."""
    same = [
        command("fox a", kind=RUN),
        command("fox b", kind=THEME),
        command("fox c", disabled="Not now."),
        command("fox d"),
    ]
    assert titles_found("fox", same) == ["fox d", "fox b", "fox a", "fox c"]
    assert titles_found("fox a", same)[0] == "fox a"


def test_a_colon_typed_twice_is_no_part_of_the_name() -> None:
    """A colon at the start of a query is ignored."""
    assert titles_found(":q", [command("Quit", search_words="q"), command("Queue")]) == titles_found(
        "q", [command("Quit", search_words="q"), command("Queue")]
    )


@pytest.mark.parametrize("query", ["[/b]", "\\", "(", "***", "ſ", "İ", "\u0301", " : ", "a" * 5_000, "[a-", "é"])
def test_any_query_is_searched_without_an_error(query: str) -> None:
    """Any query can be searched and drawn."""
    for hit in CommandIndex([*RANKED, command("İstanbul [/b]", "ſ(["), command("")]).find(query):
        assert draw_hit(hit, 60, True).plain


def test_a_line_fits_every_width_and_ends_in_its_key() -> None:
    """Each line fits its width and ends with its key, and a reason replaces the sentence."""
    able, unable = command("Download 図図", "Get it"), command("Kill", "End it", disabled="It has ended.")
    for width in range(1, 120):
        for each in (able, unable):
            (hit,) = CommandIndex([each]).find("")
            lines = [draw_hit(hit, width, chosen) for chosen in (True, False)]
            assert all(line.cell_length == max(width, 6) for line in lines)
            assert all(line.plain.rstrip().endswith("k") for line in lines)
            assert lines[0].plain[1:] == lines[1].plain[1:]
    (hit,) = CommandIndex([unable]).find("")
    assert "It has ended." in draw_hit(hit, 80, False).plain and "End it" not in draw_hit(hit, 80, False).plain
