"""Guard of questions that distinguishes a person's yes from the letters of a sentence."""

import math
from functools import cached_property
from typing import Final

from textual import on
from textual.events import Event, Key, Mount, MouseDown
from textual.screen import Screen, ScreenResultType

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.terminal.paste_guard import PasteGuard
from cordage_tui.ui.terminal.pauses import is_from_terminal

READ_S: Final = 0.3
"""Seconds after a question opened in which nobody can have read it. Two letters of a word are typed within them."""
_TEXT: Final = SafeText("You seem to be typing a text, so no key says yes any more. Press esc, or click.")
_QUICK: Final = SafeText("That key came at once, as if it were a part of a word. Press it once more.")


class SentenceGuard:
    """Guard that does not take the letter of a sentence for a yes. A user may believe to be in the prompt, and type a word.
    Its first letter may then open a question whose yes costs money.

    After a letter without a meaning, no key says yes until the question is left. A yes within `READ_S` must be repeated. A
    click is always an answer. Pure: times are in the events.
    """

    def __init__(self) -> None:
        self._opened_at = -math.inf
        self._is_text = False
        """Whether a letter without a meaning was typed."""
        self._is_quick = False
        """Whether the present key came within `READ_S`."""
        self._is_letter = False
        """Whether the present key is a letter."""

    def record_opening(self, event: Event) -> None:
        """Record that the question opened."""
        self._opened_at = event.time

    def record_key(self, event: Key) -> None:
        """Record a key, which may be the yes."""
        self._is_letter = event.is_printable
        is_early = is_from_terminal(event) and event.time - self._opened_at < READ_S
        self._is_quick = is_early and not event.is_printable

    @property
    def is_text(self) -> bool:
        """True if the present key is a letter of a text, so that it answers neither yes nor no."""
        return self._is_text and self._is_letter

    def record_text(self) -> SafeText:
        """Record a letter without a meaning. Return the message for it."""
        self._is_text = True
        return _TEXT

    def record_click(self) -> None:
        """Record a click, which shows that a person has read the question."""
        self._is_text = self._is_quick = False

    def refusal(self, in_burst: bool) -> SafeText | None:
        """Return why the present key does not count as a yes; None if it does. `in_burst`: it is part of a paste."""
        if self._is_text:
            return _TEXT
        if in_burst or self._is_quick:
            self._opened_at = -math.inf
            return _QUICK
        return None


class QuestionScreen(Screen[ScreenResultType]):
    """Screen that asks a question, and knows whether the present key is a person's answer.

    Without bracketed paste, the letters of a paste arrive as keys. So does a sentence that a user types in the belief that
    it goes elsewhere.
    """

    @cached_property
    def _pastes(self) -> PasteGuard:
        return PasteGuard()

    @cached_property
    def _sentences(self) -> SentenceGuard:
        return SentenceGuard()

    def takes_yes(self) -> bool:
        """Return whether the present key or click may say yes to something that costs money or work. If not, show why."""
        refusal = self._sentences.refusal(self._pastes.in_burst)
        if refusal is not None:
            self.show_refusal(refusal)
        return refusal is None

    def record_text(self) -> None:
        """Record that text is typed. From now on no key says yes."""
        self.show_refusal(self._sentences.record_text())

    def show_refusal(self, why: SafeText) -> None:
        """Show why a key does not count as an answer."""
        raise NotImplementedError

    @on(Mount)
    def _record_opening(self, event: Mount) -> None:
        self._pastes.record_opening(event, self.app)
        self._sentences.record_opening(event)

    @on(Key)
    def record_input(self, event: Key) -> None:
        """Record a key."""
        self._pastes.record(event)
        self._sentences.record_key(event)

    @on(Key)
    def _record_unbound_letter(self, event: Key) -> None:
        """Record a letter that is not bound to an action of this screen."""
        if not event.is_printable or event.key == "question_mark":  # who looks for help does not type a text
            return
        bound = self.active_bindings.get(event.key)
        if bound is None or bound.node is self.app:
            self.record_text()

    @on(MouseDown)
    def _record_click(self) -> None:
        self._pastes.record_click()
        self._sentences.record_click()
