"""A letter that spends money or discards work at once counts only if it stands alone: it may be the first one of a word."""

from collections.abc import Callable
from time import monotonic
from unittest.mock import Mock

import pytest
from textual.events import Key, Paste
from textual.screen import Screen

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.key_order import WORD_S
from cordage_tui.ui.prompt.editor import PromptEditor
from cordage_tui.ui.terminal.driver import ReplyCapturingDriver
from cordage_tui.ui.terminal.pauses import TypingPaused, TypingPauses


class Hand:
    """Somebody at a terminal of the app: letters with times, and the pauses that the driver sees."""

    def __init__(self, pilot, app: BaseApp) -> None:
        self.pilot, self.app = pilot, app
        self.pauses = TypingPauses()
        self.now = monotonic() + 1_000.0
        app._driver = Mock(ReplyCapturingDriver, when_paused=self.pauses.when_paused)

    async def types(self, text: str, after_s: float = 0.2) -> None:
        """Type each letter so long after the one before it."""
        for letter in text:
            await self.rests(after_s)
            key = Key("enter" if letter == "\r" else letter, letter)
            self.pauses.mark([key], self.now)
            self.app.post_message(key)
            await self._settle()

    async def pastes(self, text: str) -> None:
        """Paste a text into a terminal with bracketed paste."""
        self.app.post_message(Paste(text))
        await self._settle()

    async def rests(self, seconds: float) -> None:
        """Type nothing for so long, while the driver looks for pauses."""
        end = self.now + seconds
        while (left_s := self.pauses.left_s(self.now)) is not None and self.now + left_s < end:
            self.now += left_s
            for message in self.pauses.see_nothing(self.now):
                assert isinstance(message, TypingPaused)
                self.app.post_message(message)
        self.now = end
        await self._settle()

    async def _settle(self) -> None:
        for _ in range(4):
            await self.pilot.pause()


@pytest.fixture
def at_question() -> Callable[..., object]:
    """Return a function that lets a hand type at a question, and gives the answers."""

    async def run(act) -> list[bool | None]:
        app, answers = BaseApp(), []
        async with app.run_test() as pilot:
            hand = Hand(pilot, app)
            await app.push_screen(ConfirmDialog(SafeText("Kill"), [], SafeText("Kill")), answers.append)
            await act(hand)
        return answers

    return run


async def test_a_yes_that_stands_alone_is_one(at_question):
    """A `y` without a letter after it for `WORD_S` says yes, also soon after the question came."""

    async def act(hand):
        await hand.types("y", after_s=0.15)
        assert isinstance(hand.app.screen, ConfirmDialog), "it may still begin a word"
        await hand.rests(WORD_S + 0.05)

    assert await at_question(act) == [True]


@pytest.mark.parametrize("text", ["young", "y luego", "y."])
async def test_a_word_is_no_yes(at_question, text):
    """A `y` with another letter after it within `WORD_S` says nothing, and no later key of the keyboard says yes."""

    async def act(hand):
        await hand.rests(2.0)
        await hand.types(text, after_s=WORD_S - 0.05)
        await hand.rests(2.0)
        await hand.types("y")
        await hand.rests(2.0)

    assert True not in await at_question(act)


async def test_a_yes_that_is_pressed_twice_is_one(at_question):
    """Whoever presses `y` twice means it: no word begins so."""

    async def act(hand):
        await hand.rests(2.0)
        await hand.types("yy")
        await hand.rests(2.0)

    assert await at_question(act) == [True]


async def test_the_rest_of_a_text_stays_at_the_question(at_question):
    """An `n` of a text answers no as little as a `y` says yes: the letters behind it would be keys of the screen below."""

    async def act(hand):
        await hand.rests(2.0)
        await hand.types("young night")
        assert isinstance(hand.app.screen, ConfirmDialog)

    assert await at_question(act) == []


async def test_an_enter_right_after_a_yes_presses_the_button_with_the_focus(at_question):
    """An Enter within `WORD_S` ends the yes, and presses *Cancel*, which has the focus."""

    async def act(hand):
        await hand.rests(2.0)
        await hand.types("y\r", after_s=0.1)
        await hand.rests(2.0)

    assert await at_question(act) == [False]


async def test_a_paste_ends_a_yes(at_question):
    """A text that is pasted right after a `y` drops it."""

    async def act(hand):
        await hand.rests(2.0)
        await hand.types("y")
        await hand.pastes("oga on the beach")
        await hand.rests(2.0)

    assert True not in await at_question(act)


class Runs(Screen[None]):
    """Screen whose `x` opens a question, and whose `v` opens a menu."""

    BINDINGS = [("x", "ask"), ("v", "choose")]

    def __init__(self) -> None:
        super().__init__()
        self.answers = list[object]()

    def action_ask(self) -> None:
        """Open the question."""
        self.app.push_screen(ConfirmDialog(SafeText("Kill"), [], SafeText("Kill")), self.answers.append)

    def action_choose(self) -> None:
        """Open the menu."""
        choices = [MenuChoice("x", SafeText("Discard"), "discarded", needs_pause=True)]
        self.app.push_screen(ChoiceMenu(SafeText("Menu"), choices), self.answers.append)


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("xy", [True]),
        ("jjxy", [True]),
        (" *xy", [True]),
        ("xyy", [True]),
        ("foxy", []),
        ("my xy", []),
        ("vx", ["discarded"]),
        ("vfix", []),
        ("lovx", []),
    ],
)
async def test_a_letter_at_the_end_of_a_word_is_no_answer(text, answers):
    """A letter that spends or discards does nothing right after other letters, but for moves and the key that opened the question."""
    app = BaseApp()
    async with app.run_test() as pilot:
        hand, runs = Hand(pilot, app), Runs()
        await app.push_screen(runs)
        await hand.rests(2.0)
        await hand.types(text)
        await hand.rests(2.0)
    assert runs.answers == answers


async def test_a_menu_discards_only_for_a_letter_that_stands_alone():
    """A choice that discards work waits for the pause; the others are chosen at once."""
    choices = [MenuChoice("x", SafeText("Discard"), "x", needs_pause=True), MenuChoice("c", SafeText("Copy"), "c")]
    app, answers = BaseApp(), list[str | None]()
    async with app.run_test() as pilot:
        hand = Hand(pilot, app)
        for text in ("xm", "x", "c"):
            await app.push_screen(ChoiceMenu(SafeText("Menu"), choices), answers.append)
            await hand.rests(2.0)
            await hand.types(text)
            assert answers[-1:] == (["c"] if text == "c" else answers[-1:])
            await hand.rests(2.0)
            if isinstance(app.screen, ChoiceMenu):
                app.screen.leave()
                await pilot.pause()
    assert answers == [None, "x", "c"]


class Resume(Action["Queue"]):
    """Resume sending."""

    id, keys, word = "test.resume", "p", "resume"

    def needs_pause(self, on: "Queue") -> bool:
        return on.is_paused

    def run(self, on: "Queue") -> None:
        on.is_paused = not on.is_paused


class Queue(ActionNode, Screen[None]):
    """Screen with a key that spends money in one of two states."""

    ACTIONS = (Resume(),)
    BINDINGS = bindings_of(ACTIONS)
    is_paused = True


async def test_an_action_asks_for_a_pause_by_its_present_state():
    """A key that resumes waits until it stands alone, and the same key pauses at once."""
    app = BaseApp()
    async with app.run_test() as pilot:
        hand, queue = Hand(pilot, app), Queue()
        await app.push_screen(queue)
        await hand.rests(2.0)
        for word in ("photo", "up", "a cup", "stop"):
            await hand.types(word)
            await hand.rests(2.0)
            assert queue.is_paused
        await hand.types("jjp")
        assert queue.is_paused
        await hand.rests(WORD_S + 0.05)
        assert not queue.is_paused
        await hand.types("p")
        assert queue.is_paused


async def test_keys_that_no_terminal_has_read_act_at_once():
    """A click, the palette and keys that a program presses are no letters of a word."""
    app = BaseApp()
    async with app.run_test() as pilot:
        queue = Queue()
        await app.push_screen(queue)
        await pilot.press("p")
        assert not queue.is_paused


class Panel(Screen[None]):
    """Screen whose `t` leads to an editor, and whose `e` loads a text first."""

    BINDINGS = [("t", "write(False)"), ("e", "write(True)")]

    def compose(self):
        yield PromptEditor()

    def action_write(self, loads: bool) -> None:
        """Go to the editor."""
        editor = self.query_one(PromptEditor)
        if loads:
            editor.write(SafeText("a fox"))
            editor.mark_loaded()
        editor.focus()


@pytest.mark.parametrize(
    ("before", "key", "first_after_s", "is_doubtful"),
    [
        ("", "t", 0.15, False),
        ("", "t", 0.005, True),
        ("on ", "t", 0.2, True),
        ("S", "t", 0.35, True),
        ("lit ", "t", 0.2, True),
        ("gj", "t", 0.2, False),
        ("gjjj", "t", 0.2, False),
        ("", "e", 0.2, True),
        ("", "e", 0.6, False),
    ],
    ids=[
        "opened by t",
        "pasted with t first",
        "in the middle of a word",
        "the second letter, slowly",
        "in the second word",
        "after two commands",
        "after a move",
        "loaded in a word",
        "loaded and edited",
    ],
)
async def test_a_text_is_doubted_that_began_elsewhere(before, key, first_after_s, is_doubtful):
    """A text whose first letters were commands, or were pasted before the editor had the focus, is asked about."""
    app = BaseApp()
    async with app.run_test() as pilot:
        hand, screen = Hand(pilot, app), Panel()
        await app.push_screen(screen)
        screen.set_focus(None)
        await hand.rests(2.0)
        await hand.types(before + key)
        await hand.types("h", after_s=first_after_s)
        await hand.types("e quick", after_s=0.2)
        editor = screen.query_one(PromptEditor)
        assert editor.doubt.must_ask is is_doubtful
        editor.clear()
        await hand.types("a fox", after_s=0.2)
        assert not editor.doubt.must_ask, "a text that begins anew has no doubt"
