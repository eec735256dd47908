"""A screen with a panel, a text field and a footer, for tests of keys."""

from collections.abc import Callable

import pytest
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input

from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.keys.action import ActionNode, KeyLabel
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.main.screen import MainScreen


class Box(Vertical, can_focus=True):
    """Panel with two keys."""

    BINDINGS = [
        Binding("enter", "open", "open", id="box.open", tooltip="Open what is here."),
        Binding(
            "j,down", "down", "down", id="box.down", tooltip="One [/x] down.", show=False, group=Binding.Group("Move")
        ),
    ]

    def action_open(self) -> None: ...

    def action_down(self) -> None: ...


class Panels(ActionNode, Screen[None]):
    """Screen that records its actions."""

    ACTIONS = MainScreen.ACTIONS
    BINDINGS = [*MainScreen.BINDINGS]

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.killable = True
        self.words: KeyLabel | None = None

    def compose(self) -> ComposeResult:
        box = Box(classes="panel")
        box.border_title = Content("Runs · [b]All")
        yield box
        yield Input(id="text")
        yield Footer()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        id = parameters[0] if action == "act" else action
        return self.killable if id == "run.kill" else id not in {"run.stop_kills", "batch.run_failed_again"}

    def key_words(self, action: str) -> KeyLabel | None:
        return self.words if action == "run.kill" else None

    def action_act(self, id: str) -> None:
        self.done.append(id)


class Keyed(BaseApp):
    """App with that screen."""

    def get_default_screen(self) -> Panels:
        return Panels()


@pytest.fixture
def keyed() -> Callable[[], Keyed]:
    """Return the class of the app."""
    return Keyed
