"""A person who presses keys at the screen of the program and reads it."""

import re
from dataclasses import dataclass

from cordage_tui.domain.queue import BlockedBy
from cordage_tui.ui.dialogs.sentence_guard import READ_S
from cordage_tui.ui.widgets.status_signs import GLYPHS
from tests.e2e.terminal import Terminal

PAUSE_S = 0.1
"""Pause before a key that sends, answers or leaves a text: within 30 ms of other input it counts as a part of a paste."""
EMPTY_PROMPT = "Describe what to make…"
WRITING = "f1 help"
"""Text of the footer while letters go into a text."""

_STATUS = {glyph: status.value for status, glyph in GLYPHS.items()}
_GLYPH = "|".join(map(re.escape, _STATUS))
_TIMES = r"│[▌• ][ \w:<]{5} [ \w<~]{4}"
"""Left border of the table, cursor or mark, time or place in the queue, and age or time left."""


@dataclass(frozen=True)
class Row:
    """A line of the run table."""

    glyph: str
    prompt: str
    webhook: str | None
    """None while the table shows the runs of one webhook."""

    @property
    def status(self) -> str:
        return _STATUS[self.glyph]


class Person:
    """Types and reads at one terminal that is wide enough for all four panels. `webhooks` are the names of all
    webhooks."""

    def __init__(self, terminal: Terminal, *webhooks: str) -> None:
        self.terminal = terminal
        self._webhooks = webhooks
        names = "|".join(re.escape(name) for name in webhooks)
        words = "|".join(_STATUS.values())  # where there is room for them
        blocks = "|".join(BlockedBy)
        self._row = re.compile(
            rf"{_TIMES} ({_GLYPH}) +(?:(?:{words}) +)?(\S.*?)(?: +(?:{blocks}))?(?: +({names}))? *▐?│"
        )

    def leaves_prompt(self) -> None:
        """Leave the prompt, so that letters are commands again."""
        if WRITING in self.terminal.text():
            self.terminal.type("\x1b")
            self.terminal.wait_for("? help")

    def chooses(self, webhook: str | None) -> None:
        """Choose a webhook in the sidebar with keys; None chooses all of them."""
        self.leaves_prompt()
        self.terminal.type("1")
        self.terminal.wait_for("a add")
        self.terminal.type("g" + ("j" * (1 + self._webhooks.index(webhook)) if webhook else ""))
        self.terminal.wait_for(f"Runs · {webhook or 'All'} ")

    def types(self, prompt: str) -> None:
        """Go to the prompt and write there."""
        if WRITING not in self.terminal.text():
            self.terminal.type("t")
            self.terminal.wait_for(WRITING)
        self.terminal.type(prompt)
        self.terminal.wait_for(f" {prompt} ")
        self.terminal.read_for(PAUSE_S)

    def runs(self, prompt: str) -> None:
        """Type the prompt, press Enter, and wait until it leaves the panel."""
        self.types(prompt)
        self.terminal.type("\r")
        self.terminal.wait_for(EMPTY_PROMPT)
        self.terminal.read_for(PAUSE_S)

    def filters(self, text: str) -> None:
        """Show the runs that match `text`, with the focus on the table."""
        self.leaves_prompt()
        self.terminal.type("/")
        self.terminal.wait_for("words, or status:failed")
        self.terminal.type(text)
        self.terminal.wait_for(f"· /{text}")
        self.terminal.read_for(PAUSE_S)
        self.terminal.type("\r")
        self.terminal.wait_for("/ filter")

    def kills(self, prompt: str) -> None:
        """Find that run among all by a filter, press x and y, and show all runs again."""
        self.chooses(None)
        self.filters(prompt)
        self.terminal.type("x")
        self.answers("Kill this run?", "y")
        self.terminal.wait_for(lambda _: self.rows().get(prompt, "") == "cancelled")
        self.shows_all()

    def answers(self, question: str, key: str) -> None:
        """Wait for the question, and then press the key."""
        self.terminal.wait_for(question)
        self.terminal.read_for(READ_S + PAUSE_S)
        self.terminal.type(key)

    def shows_all(self) -> None:
        """Remove the filter."""
        self.terminal.type("\x1b")
        self.terminal.wait_for("Runs · All")
        self.terminal.wait_for(lambda text: "· /" not in text)

    def rows(self) -> dict[str, str]:
        """Return the status of every run in the table by its prompt."""
        return {row.prompt: row.status for row in self.table()}

    def table(self) -> list[Row]:
        """Return the lines of the run table that are on screen."""
        matches = (self._row.search(line) for line in self.terminal.screen.display)
        return [Row(*match.groups()) for match in matches if match]

    def waits_for(self, **status: str) -> None:
        """Wait until the rows of these prompts have these statuses, for example `waits_for(fox="running")`."""
        self.terminal.wait_for(lambda _: status.items() <= self.rows().items())

    def quits(self) -> int:
        """Press ctrl+q and return the exit code."""
        self.terminal.type("\x11")
        return self.terminal.wait_exit()
