"""Screen of the server's last response about a run, as JSON."""

import json
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

from rich.cells import chop_cells
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen

from cordage_tui.domain.safe_text import SafeText, safe
from cordage_tui.domain.secrets import redact
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.keys.moves import reading_actions
from cordage_tui.ui.textual_patches.screen import PatchedScreen
from cordage_tui.ui.widgets.mouse_selection import SelectableView
from cordage_tui.ui.widgets.tables import LazySequence
from cordage_tui.ui.widgets.text import literal

# The response as indented JSON.

MOST_SHOWN: Final = 200_000
"""Most characters of the opened response that are shown."""
_TOKEN: Final = r'(?s)^(?P<indent>\s*)(?P<key>"(?:[^"\\]|\\.)*": )?(?P<value>.*)$'


@lru_cache(maxsize=1)
def pretty(raw: str, webhook_key: str) -> SafeText:
    """Return a response as indented JSON, safe and with secrets covered. If it is not JSON, it is not indented."""
    try:
        text = json.dumps(_veiled(json.loads(raw), webhook_key), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = redact(raw[:MOST_SHOWN], webhook_key)
    return safe(text, MOST_SHOWN)


def _veiled(value: Any, webhook_key: str) -> Any:
    """Return `value` with secrets covered in every string, including names."""
    if isinstance(value, dict):
        return {redact(name, webhook_key): _veiled(inner, webhook_key) for name, inner in value.items()}
    if isinstance(value, list):
        return [_veiled(inner, webhook_key) for inner in value]
    return redact(value, webhook_key) if isinstance(value, str) else value


def coloured_json(line: Content) -> Content:
    """Colour a line of indented JSON: names are quiet, values plain."""
    match = re.match(_TOKEN, line.plain)
    if match is None or match["key"] is None:
        return line
    return Content.assemble(
        literal(SafeText(match["indent"] + match["key"]), "$quiet"), literal(SafeText(match["value"]))
    )


# Screen that shows the lines.


def response_lines(text: SafeText, width: int) -> LazySequence[Content]:
    """Return the lines of indented JSON, broken every `width` cells. They are coloured only when they are shown."""
    pieces = [piece for line in text.split("\n") for piece in chop_cells(line, max(2, width)) or [""]]

    def drawn(first: int, end: int) -> Iterable[Content]:
        return [coloured_json(literal(SafeText(piece))) for piece in pieces[first:end]]

    return LazySequence(len(pieces), drawn)


class ResponsePanel(ActionNode, SelectableView):
    """Panel of the response, with the keys that scroll it."""

    BINDING_GROUP_TITLE = "Raw response"
    ACTIONS = reading_actions("response")
    BINDINGS = bindings_of(ACTIONS)

    def __init__(self, title: SafeText, text: SafeText) -> None:
        super().__init__()
        self._text = text
        self._width = 0
        self.set_titles(literal(title))

    def redraw(self) -> None:
        if self._width != self.text_width:
            self._width = self.text_width
            self.draw(response_lines(self._text, self.text_width))
        super().redraw()


class CopyResponse(Action["ResponseScreen"]):
    """Copy the response as JSON."""

    id, keys, word = "response.copy", "y", "copy JSON"
    in_footer = True

    def run(self, on: "ResponseScreen") -> None:
        on.copy()


class CloseResponse(Action["ResponseScreen"]):
    """Go back."""

    id, keys, word = "response.close", "escape,q,J,enter", "back"
    in_footer = True

    def run(self, on: "ResponseScreen") -> None:
        on.dismiss()


class ResponseScreen(PatchedScreen, ActionNode, Screen[None]):
    """Response on the whole screen."""

    AUTO_FOCUS = "ResponsePanel"
    ACTIONS = (CopyResponse(), CloseResponse())
    BINDINGS = bindings_of(ACTIONS)

    def __init__(self, title: SafeText, text: SafeText, copy: Callable[[SafeText, SafeText], object]) -> None:
        """`text`: indented JSON without secrets. `copy` copies a text, and says what was copied."""
        super().__init__()
        self._heading = title
        self._text = text
        self._copy = copy

    def compose(self) -> ComposeResult:
        yield ResponsePanel(self._heading, self._text)
        yield Footer()

    def copy(self) -> None:
        """Copy the response."""
        self._copy(self._text, SafeText("JSON"))

    def on_selectable_view_text_selected(self, event: SelectableView.TextSelected) -> None:
        event.stop()
        self._copy(event.text, SafeText("selection"))
