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
    """Functions of an app that are called instead of Textual's code, or in addition. Unnecessary with such hooks upstream."""

    before_key: Callable[[str], object]
    """Called with each key before its action is looked up."""
    key_did_nothing: Callable[[str], object]
    """Called with a key that ran no action. Without it, a key that cannot act would not say why."""
    changed_frame: Callable[[CompositorUpdate, Size, Console], CompositorUpdate | None]
    """Returns the part of a frame that must be written to a terminal of a size; None: nothing. Without it, the whole frame
    is written (T41)."""
    place_toasts: Callable[[], object]
    """Called before toasts are shown. Without it, they would cover widgets that are being used."""
    crash_report: Callable[[BaseException | None], str]
    """Returns the text to print about the exception that ends the app. Textual prints values of variables, which may be
    keys (T11)."""


class PatchedApp(App[int]):
    """App that calls hooks, does not draw hidden screens, and cancels workers of removed widgets immediately."""

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
        """Screens that are visible behind the top one.

        Textual also counts a screen that is fully covered, and redraws the top screen, with its pictures, whenever that one
        changes. For a contact sheet in half blocks over 30 running rows, this takes 5 % of a CPU instead of 1.3 % (T44).
        """
        stack = self.screen_stack
        is_opaque = bool(stack) and stack[-1].styles.background.a == 1
        return [] if is_opaque else super()._background_screens

    def _refresh_notifications(self) -> None:
        self.hooks.place_toasts()
        super()._refresh_notifications()

    def _prune(self, *nodes: Widget, parent: DOMNode | None = None) -> AwaitRemove:
        """Remove widgets, and cancel their workers now.

        Textual cancels them only after the children are gone. A worker that looks for a child then would end the program with
        `NoMatches` (T50).
        """
        removed = {inner for node in nodes for inner in node.walk_children(with_self=True)}
        for worker in [worker for worker in self.workers if worker.node in removed]:
            worker.cancel()
        return super()._prune(*nodes, parent=parent)

    def _handle_exception(self, error: Exception) -> None:
        """Handle an exception as Textual does, but ignore missing widgets while the app closes.

        A handler may still run then, such as the mount of a screen that was being opened. It has nothing left to do (T50).
        """
        if not (self._exit and isinstance(error, MountError | NoMatches)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Print the crash report. Called by Textual inside an `except`."""
        report = self.hooks.crash_report(sys.exception())
        if (
            not self._exit_renderables
        ):  # Textual prints only the first report, and adds its own text if there are several
            self._exit_renderables.append(Text(report))
        self._close_messages_no_wait()


async def run_binding(app: App[Any], key: str) -> None:
    """Run the action that a key is bound to."""
    await app._check_bindings(key)


def has_toasts(app: App[Any]) -> bool:
    """Return whether a toast is shown."""
    return bool(app._notifications)


def remove_toast(app: App[Any], toast: Notification) -> None:
    """Remove a toast before the next one comes. Otherwise a repeated key would fill the screen with its toasts."""
    app._unnotify(toast, refresh=False)


def refresh_toasts(app: App[Any]) -> None:
    """Let an app show its toasts again, at another place."""
    app._refresh_notifications()


def textuals_driver(app: App[Any]) -> Driver | None:
    """Return the driver of an app; None before the start. Pictures, bells and queries written to it keep their order with the
    frames. Unnecessary with a public `App.driver`."""
    return app._driver
