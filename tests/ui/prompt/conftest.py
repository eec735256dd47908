"""An app with only the prompt panel, and a driver that types as a person does."""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual.app import ComposeResult
from textual.keys import _character_to_key
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.webhook import Webhook
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.terminal.pauses import QUIET_S

SUNSET = Webhook("wh_sunset_abc123xyz", "Sunset")


class Desk(BaseApp):
    """App with only the panel, which records its messages."""

    def __init__(self, submit: str) -> None:
        super().__init__()
        self.heard: list[Message] = []
        self.keys_left: list[str] = []
        """Keys that the panel let go to the screen and the app."""
        self.at = 100.0
        self.panel = PromptPanel(submit=submit, now=lambda: self.at)

    def compose(self) -> ComposeResult:
        yield self.panel

    def on_key(self, event: events.Key) -> None:
        self.keys_left.append(event.key)

    def on_prompt_panel_submitted(self, event: PromptPanel.Submitted) -> None:
        self.heard.append(event)

    def on_prompt_panel_batch_requested(self, event: PromptPanel.BatchRequested) -> None:
        self.heard.append(event)

    def on_prompt_panel_draft_changed(self, event: PromptPanel.DraftChanged) -> None:
        self.heard.append(event)

    def on_prompt_panel_draft_replaced(self, event: PromptPanel.DraftReplaced) -> None:
        self.heard.append(event)

    def on_prompt_panel_completion_requested(self, event: PromptPanel.CompletionRequested) -> None:
        self.heard.append(event)

    def on_prompt_panel_editor_requested(self, event: PromptPanel.EditorRequested) -> None:
        self.heard.append(event)


class Typist:
    """Presses keys a second apart, or in bursts; the times are those of the events, so nothing waits."""

    def __init__(self, app: Desk, pilot: Pilot[int]) -> None:
        self.app = app
        self.panel = app.panel
        self.pilot = pilot
        self._time = time.monotonic() + 1_000.0  # ahead of the real times that focus events carry

    async def keys(self, *keys: str, apart: float = 1.0) -> None:
        """Press `keys`, `apart` seconds between them and a second before the first.

        A burst comes at once, as from a terminal.
        """
        self._time += 1.0
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
            event = events.Key(name, key if len(key) == 1 else {"enter": "\r", "tab": "\t"}.get(key))
            self._time += apart
            event.time = self._time
            self.app.post_message(event)
            if apart >= QUIET_S:
                await self._handled()
        await self._handled()

    async def _handled(self) -> None:
        """Wait until the posted keys and their messages are handled."""
        for _ in range(3):
            await self.pilot.pause(0)

    def next_key_at(self) -> float:
        """Return the time that the next pressed key will have."""
        return self._time + 2.0

    async def type(self, text: str, apart: float = 1.0) -> None:
        """Type `text` key by key; a newline is Enter, as a terminal sends it."""
        await self.keys(*("enter" if char == "\n" else "tab" if char == "\t" else char for char in text), apart=apart)

    async def paste(self, text: str) -> None:
        """Paste the text with brackets."""
        self._time += 1.0
        event = events.Paste(text)
        event.time = self._time
        self.app.post_message(event)
        await self.pilot.pause()

    async def enter(self) -> None:
        """Press Enter, and wait for the pause after it."""
        await self.keys("enter")
        await self.until(lambda: self.panel.editor.settled)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until a condition is true."""
        for _ in range(1_000):
            if holds():
                break
            await self.pilot.pause(0.005)
        assert holds(), "it never came true"
        await self.pilot.pause()

    def show(self, inputs: Inputs | None = None, draft: Inputs | None = None, history: Sequence[Inputs] = ()) -> None:
        """Show the webhook Sunset in the panel, with these inputs."""
        self.panel.show(Webhook(SUNSET.key, SUNSET.name, inputs or {}), draft, history)

    def switch(self, inputs: Inputs | None = None, draft: Inputs | None = None, history: Sequence[Inputs] = ()) -> None:
        """Show another webhook in the panel."""
        self.panel.show(Webhook("wh_another_abc123xyz", "Another", inputs or {}), draft, history)

    def field(self, name: str) -> Widget:
        """Return the control of a field."""
        return self.panel.form._rows[name].control

    @property
    def sent(self) -> list[Inputs]:
        return [event.inputs for event in self.app.heard if isinstance(event, PromptPanel.Submitted)]

    @property
    def replaced(self) -> list[Inputs]:
        return [event.inputs for event in self.app.heard if isinstance(event, PromptPanel.DraftReplaced)]

    @property
    def drafts(self) -> list[tuple[str, Inputs]]:
        return [(e.webhook_key, e.inputs) for e in self.app.heard if isinstance(e, PromptPanel.DraftChanged)]

    @property
    def completions(self) -> list[str]:
        """Return the texts that were to be searched in all earlier prompts."""
        return [event.text for event in self.app.heard if isinstance(event, PromptPanel.CompletionRequested)]

    @property
    def text(self) -> str:
        return self.panel.editor.written

    @property
    def note(self) -> str:
        """Return the text below the editor."""
        widget = self.panel.query_one(".prompt-note")
        return str(widget.render()) if widget.display else ""

    async def screen(self) -> str:
        """Return the text that is drawn, with its control characters."""
        await self.pilot.pause()
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)


@asynccontextmanager
async def typing(
    size: tuple[int, int] = (100, 12),
    height: int = 9,
    submit: str = "enter",
    inputs: Mapping[str, object] | None = None,
) -> AsyncIterator[Typist]:
    """Open the panel for the webhook Sunset, with the focus in the editor."""
    app = Desk(submit)
    async with app.run_test(size=size) as pilot:
        typist = Typist(app, pilot)
        typist.show(inputs)
        app.panel.styles.height = height
        app.panel.editor.focus()
        await pilot.pause()
        yield typist


@pytest.fixture(name="typing")
def typing_fixture() -> Callable[..., object]:
    """Return the driver; it is a fixture because test folders share no modules."""
    return typing
