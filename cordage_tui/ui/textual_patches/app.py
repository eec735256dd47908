"""App whose private hooks have public names."""

import sys
from collections.abc import Callable
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text
from textual.app import App
from textual.await_remove import AwaitRemove
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.driver import Driver
from textual.geometry import Size
from textual.notifications import Notification
from textual.screen import Screen
from textual.widget import MountError, Widget

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.ui.textual_patches.compositor import CompositorUpdate


@dataclass(frozen=True, slots=True)
class AppHooks:
    """Calls of an app in place of what Textual does, or beside it. Unnecessary with such hooks upstream."""

    before_key: Callable[[str], object]
    """Called with each key before its action is looked for."""
    key_did_nothing: Callable[[str], object]
    """Called with a key that no action was run for. Without it a key that cannot act would not say why."""
    changed_frame: Callable[[CompositorUpdate, Size, Console], CompositorUpdate | None]
    """Returns what of a frame is to be written on a terminal of a size; None: nothing. Without it all of it is written (T41)."""
    place_toasts: Callable[[], object]
    """Called before toasts are shown. Without it they would cover what is being used."""
    crash_report: Callable[[BaseException | None], str]
    """Returns what is printed of the exception that ends the app. Textual prints the values of variables, keys among them (T11)."""


class PatchedApp(App[int]):
    """App that calls hooks, that draws no hidden screen, and that cancels workers of removed widgets at once."""

    hooks: AppHooks
    """Set before the app is initialised."""

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        if priority:
            self.hooks.before_key(key)
        handled = await super()._check_bindings(key, priority)
        if not handled and not priority:
            self.hooks.key_did_nothing(key)
        return handled

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        frame: object = renderable
        if isinstance(frame, CompositorUpdate) and self._running and not (self.is_headless or self._batch_count):
            changes: Any = self.hooks.changed_frame(frame, self.size, self.console)
            renderable = changes
        super()._display(screen, renderable)

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """Screens that show through the top one. Textual counts the screen below also where it is hidden, and then draws all
        of the top one again, pictures and all, for whatever changes below: 5 % of a CPU for a contact sheet in half blocks over
        30 running rows, in place of 1.3 % (T44)."""
        stack = self.screen_stack
        hides = bool(stack) and stack[-1].styles.background.a == 1
        return [] if hides else super()._background_screens

    def _refresh_notifications(self) -> None:
        self.hooks.place_toasts()
        super()._refresh_notifications()

    def _prune(self, *nodes: Widget, parent: DOMNode | None = None) -> AwaitRemove:
        """Remove widgets, and cancel their workers now. Textual does it when their children are gone, which a worker that goes on
        would look for: the program would end with `NoMatches` (T50)."""
        removed = {inner for node in nodes for inner in node.walk_children(with_self=True)}
        for worker in [worker for worker in self.workers if worker.node in removed]:
            worker.cancel()
        return super()._prune(*nodes, parent=parent)

    def _handle_exception(self, error: Exception) -> None:
        """Handle an exception as Textual does, unless the app is closing and the error says only that widgets are gone: a
        handler that still runs then, such as the mount of a screen that was being opened, has nothing left to do (T50)."""
        if not (self._exit and isinstance(error, MountError | NoMatches)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Print the crash report. Called by Textual inside an `except`."""
        report = self.hooks.crash_report(sys.exception())
        if not self._exit_renderables:  # Textual prints the first only, and of several it says so in its own words
            self._exit_renderables.append(Text(report))
        self._close_messages_no_wait()


async def run_binding(app: App[Any], key: str) -> None:
    """Run the action that a key is bound to."""
    await app._check_bindings(key)


def has_toasts(app: App[Any]) -> bool:
    """Return whether a toast is shown."""
    return bool(app._notifications)


def remove_toast(app: App[Any], toast: Notification) -> None:
    """Take a toast away before the next one comes: a key that is said again would fill the screen with its toasts."""
    app._unnotify(toast, refresh=False)


def refresh_toasts(app: App[Any]) -> None:
    """Have an app show its toasts again, at another place."""
    app._refresh_notifications()


def textuals_driver(app: App[Any]) -> Driver | None:
    """Return the driver of an app, with whose frames a picture, a bell and a query keep their order; None before the start.
    Unnecessary with a public `App.driver`."""
    return app._driver
