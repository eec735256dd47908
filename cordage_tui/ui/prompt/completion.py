"""Completion of a prompt: the rest of an earlier one that begins so, and word lists."""

import re
from collections.abc import Callable
from typing import Final

from cordage_tui.ui.prompt.earlier_prompts import PromptHistory
from cordage_tui.ui.widgets.text_area import editable

LEAST_COMPLETED: Final = 3
"""Least characters for which all earlier prompts are searched. For a shorter text only prompts in memory are."""


def names_list(text: str) -> bool:
    """Return whether a text ends within the name of a word list, as `a fox, {@st` does."""
    return re.fullmatch(r"\{(~|[0-9]{1,9} of )?@[\w.-]{0,60}", text[text.rfind("{") :]) is not None


class PromptCompletion:
    """Completion of a prompt. It comes from the history in memory, or from `ask`, which searches all prompts and the names of
    word lists."""

    def __init__(self, history: PromptHistory, ask: Callable[[str], None]) -> None:
        """Create the completion. `ask` searches for a prompt that begins with a text, and passes it to `learn`."""
        self._history = history
        self._ask = ask
        self._asked = ""
        self._found: str | None = None

    def learn(self, text: str, prompt: str | None) -> None:
        """Record a prompt that begins with `text`; None: there is none."""
        self._asked, self._found = text, prompt

    def rest_of_line(self, text: str) -> str:
        """Return the rest of the line in the newest prompt that begins with `text`, without control characters; empty if there is
        none."""
        is_long = len(text) >= LEAST_COMPLETED or names_list(text)
        prompt = self._history.completing(text) or (self._older(text) if is_long else None)
        return editable((prompt or text)[len(text) :]).partition("\n")[0]

    def _older(self, text: str) -> str | None:
        """Return the prompt that was found last, if it begins with `text`. Otherwise ask for one, unless the last answer shows that
        there is none."""
        if self._found is not None and self._found.startswith(text):
            return self._found
        is_new = not (self._asked and text.startswith(self._asked)) or (names_list(text) and text != self._asked)
        if self._found is not None or is_new:
            self._asked, self._found = text, None
            self._ask(text)
        return None
