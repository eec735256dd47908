"""An action is one object: bindings, footer, help, palette and reasons read it, and its node runs it."""

from collections.abc import Iterator

import pytest
from textual.screen import Screen

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.keys.action import Action, ActionNode, KeyLabel, bindings_of
from cordage_tui.ui.keys.command_search import active_commands, node_commands
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, not_here, read_only
from cordage_tui.ui.keys.footer import Footer, hints


class Burn(Action["Stove"]):
    """Burn what is on the stove,
    and smoke.

    The second paragraph is for us.
    """

    id, keys, word = "stove.burn", "b,f9", "burn"
    title, search = "Burn all", "fire, flame"
    in_footer = sends = True

    def reason(self, on: "Stove") -> DisabledReason | None:
        return None if on.pans else not_here("There is no pan.")

    def label(self, on: "Stove") -> KeyLabel | None:
        return KeyLabel(SafeText(f"burn {on.pans}"), SafeText("Burn them all")) if on.pans > 1 else None

    async def run(self, on: "Stove") -> None:
        on.done.append("burnt")


class Scrub(Action["Stove"]):
    """Scrub the stove."""

    id, title = "stove.scrub", "Scrub"

    def run(self, on: "Stove") -> None:
        on.done.append("scrubbed")


class Stove(ActionNode, Screen[None]):
    ACTIONS = (Burn(), Scrub())
    BINDINGS = bindings_of(ACTIONS)

    def __init__(self) -> None:
        super().__init__()
        self.pans = 1
        self.is_read_only = False
        self.done: list[str] = []

    def compose(self) -> Iterator[Footer]:
        yield Footer()

    def why_not_send(self) -> DisabledReason | None:
        return read_only("studio") if self.is_read_only else None


class Kitchen(BaseApp):
    def get_default_screen(self) -> Stove:
        return Stove()


def test_the_first_paragraph_of_the_docstring_is_the_help() -> None:
    """The help of an action is the first paragraph of its docstring, on one line and without the full stop."""
    assert Burn.help == "Burn what is on the stove, and smoke"


def test_an_action_without_keys_has_no_binding() -> None:
    """An action without keys has no binding, and only the palette offers it."""
    assert [binding.id for binding in bindings_of(Stove.ACTIONS)] == ["stove.burn"]  # type: ignore[union-attr]


async def test_each_key_of_an_action_runs_it() -> None:
    """All keys of an action run it, and it may be asynchronous."""
    app = Kitchen()
    async with app.run_test() as pilot:
        await pilot.press("b", "f9")
        assert app.screen.done == ["burnt", "burnt"]


async def test_the_footer_shows_the_word_or_the_label_of_an_action() -> None:
    """A label for the current state replaces word and sentence of the action."""
    app = Kitchen()
    async with app.run_test() as pilot:
        await pilot.pause()
        (hint,) = (hint for hint in hints(app.screen) if hint.id == "stove.burn")
        assert (hint.keys, hint.title, hint.in_footer, hint.enabled) == (("b", "f9"), "burn", True, True)
        app.screen.pans = 2
        (hint,) = (hint for hint in hints(app.screen) if hint.id == "stove.burn")
        assert (hint.title, hint.tooltip) == ("burn 2", "Burn them all")


async def test_the_palette_offers_an_action_by_title_and_search_words() -> None:
    """The palette offers every action, also one without keys, and runs it."""
    app = Kitchen()
    async with app.run_test() as pilot:
        await pilot.pause()
        (command,) = (command for command in active_commands(app) if command.id == "stove.burn")
        assert (command.title, command.words, command.sentence) == ("Burn all", "fire, flame", Burn.help)
        calls: list[str] = []
        (keyless,) = (each for each in node_commands(app.screen, calls.append) if each.id == "stove.scrub")
        keyless.call()
        await app.run_action(calls[0], app.screen)
        assert (keyless.title, keyless.key, app.screen.done) == ("Scrub", "", ["scrubbed"])


@pytest.mark.parametrize(
    ("pans", "is_read_only", "reason"),
    [
        (0, False, "b  There is no pan."),
        (1, True, "b  Profile studio is read-only: nothing is sent or killed."),
    ],
)
async def test_a_key_that_cannot_act_says_why(pans: int, is_read_only: bool, reason: str) -> None:
    """A key that cannot act shows the reason of its action, or that the profile is read-only, and does nothing."""
    app = Kitchen()
    async with app.run_test() as pilot:
        app.screen.pans, app.screen.is_read_only = pans, is_read_only
        await pilot.press("b")
        message = app.screen.query_one(Footer)._message
        assert message is not None and message.plain.strip() == reason
        assert app.screen.done == []
