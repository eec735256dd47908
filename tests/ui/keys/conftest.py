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
from cordage_tui.ui.keys.action import Action, ActionNode, KeyLabel, bindings_of
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.main.screen import MainScreen


class OpenBox(Action["Box"]):
    """Open what is here."""

    id, keys, word = "box.open", "enter", "open"
    in_footer = True

    def run(self, on: "Box") -> None: ...


class MoveInBox(Action["Box"]):
    """One [/x] down."""

    id, keys, word = "box.down", "j,down", "down"
    group = Binding.Group("Move")
    in_palette = False

    def run(self, on: "Box") -> None: ...


class Box(ActionNode, Vertical, can_focus=True):
    """Panel with two keys."""

    ACTIONS = (OpenBox(), MoveInBox())
    BINDINGS = bindings_of(ACTIONS)


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

    def label_of(self, id: str) -> KeyLabel | None:
        return self.words if id == "run.kill" else None

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
