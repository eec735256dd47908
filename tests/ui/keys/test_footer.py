"""The footer: hints for the keys, and messages."""

from collections.abc import Callable

import pytest
from textual.app import App

from cordage_tui.domain.safe_text import one_line
from cordage_tui.ui.keys.action import KeyLabel
from cordage_tui.ui.keys.footer import Footer, drawn, fitted, hints


def text(app: App[int]) -> str:
    """Return the text of the footer."""
    footer = app.screen.query_one(Footer)
    return footer.render().plain.rstrip()


async def test_the_footer_lists_the_keys_of_the_focused_panel(keyed: Callable[[], App[int]]) -> None:
    """The footer lists the keys of the panel, then of the screen, then help and commands."""
    app = keyed()
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.pause()
        shown = text(app)
        assert shown.startswith(" enter open   t prompt   x kill   ") and shown.endswith("   ? help   : commands")


async def test_keys_that_are_typed_are_not_offered(keyed: Callable[[], App[int]]) -> None:
    """In a text field the footer lists only keys that still act."""
    app = keyed()
    async with app.run_test(size=(120, 20)) as pilot:
        app.screen.query_one("#text").focus()
        await pilot.pause()
        assert text(app) == " f2 new API key   f1 help   ctrl+p commands"


async def test_what_cannot_be_done_now_is_not_offered(keyed: Callable[[], App[int]]) -> None:
    """An action that `check_action` refuses leaves the footer when the bindings are refreshed."""
    app = keyed()
    async with app.run_test(size=(120, 20)) as pilot:
        app.screen.killable = False
        app.screen.refresh_bindings()
        await pilot.pause()
        assert "kill" not in text(app)


async def test_a_label_of_the_screen_replaces_the_words_of_the_binding(keyed: Callable[[], App[int]]) -> None:
    """The footer and the help show the label that the screen has for an action."""
    app = keyed()
    async with app.run_test(size=(120, 20)) as pilot:
        app.screen.words = KeyLabel(one_line("kill 8"), one_line("Kill the [/8] marked runs."))
        app.screen.refresh_bindings()
        await pilot.pause()
        assert "x kill 8 " in text(app)
        assert "Kill the [/8] marked runs." in [hint.tooltip for hint in hints(app.screen)]


async def test_users_keys_are_shown(keyed: Callable[[], App[int]]) -> None:
    """The footer shows a remapped action with its new key."""
    app = keyed()
    async with app.run_test(size=(160, 20)) as pilot:
        app.set_keymap({"run.kill": "K"})
        await pilot.pause()
        app.screen.refresh_bindings()
        await pilot.pause()
        assert "K kill" in text(app) and "x kill" not in text(app)


async def test_nothing_is_drawn_when_nothing_changed(
    keyed: Callable[[], App[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh of the bindings without a change draws nothing."""
    app = keyed()
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.pause()
        refreshed: list[bool] = []
        monkeypatch.setattr(Footer, "refresh", lambda self, *a, **k: refreshed.append(True))
        app.screen.refresh_bindings()
        await pilot.pause()
        assert refreshed == []


async def test_a_newer_message_stays_its_time(keyed: Callable[[], App[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The late timer of an older message does not remove the newer one."""
    app = keyed()
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.pause()
        footer, ended = app.screen.query_one(Footer), list[Callable[[], object]]()
        set_timer = footer.set_timer
        monkeypatch.setattr(footer, "set_timer", lambda delay, end: (ended.append(end), set_timer(delay, end))[1])
        footer.show_message(one_line("k"), one_line("older"))
        footer.show_message(one_line("k"), one_line("newer"))
        heard_late, in_time = ended
        heard_late()
        assert text(app) == " k  newer"
        in_time()
        assert "newer" not in text(app)


async def test_a_click_on_a_hint_does_it(keyed: Callable[[], App[int]]) -> None:
    """A click on a hint runs its action."""
    app = keyed()
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.pause()
        await pilot.click(Footer, offset=(text(app).index("x kill") + 2, 0))
        assert app.screen.done == ["run.kill"]


async def test_the_footer_fits_every_width(keyed: Callable[[], App[int]]) -> None:
    """The footer is never wider than the terminal, leaves out no hint that has room, and leaves out help last."""
    app = keyed()
    async with app.run_test(size=(20, 10)):
        all_hints = hints(app.screen)
    panel = [hint for hint in all_hints if hint.in_footer and not hint.everywhere]
    app_keys = [hint for hint in all_hints if hint.in_footer and hint.everywhere]
    for width in range(200):
        spots = fitted(all_hints, width)
        assert not spots or drawn(spots).cell_length <= width
        assert width < 9 or "app.help" in [spot.hint.id for spot in spots]
        fits = len([spot for spot in spots if spot.hint in panel])
        with_next = drawn(fitted([*panel[: fits + 1], *app_keys], 10_000)).cell_length
        assert fits == len(panel) or with_next >= width, "the next one has no room"
