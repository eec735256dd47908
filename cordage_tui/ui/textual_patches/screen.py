"""Screens that close only themselves, and whose first frame is drawn once."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen
from textual.widget import Widget

if TYPE_CHECKING:
    ScreenMixin = Screen[Any]
else:
    ScreenMixin = object
"""Base of classes that a screen inherits besides `Screen`. Only for the type checker it is a `Screen` (T38)."""


class PatchedScreen(ScreenMixin):
    """Screen that closes only itself when it is dismissed, and that draws only changes while it is below a dialog.

    Textual closes the topmost screen, with the answer of the dismissed one, and a second dismissal ends the program (T49).
    If another screen is on top, this one closes when it is the topmost. Unnecessary with docs/dev/upstream/t49.patch.
    """

    DRAWS_FIRST_FRAME_ONCE: ClassVar[bool] = False
    """Whether the first frame is drawn once, when all widgets know their sizes.

    Textual draws it four times (T34). Without it, the help takes 116 ms of CPU instead of 91, and the palette 113 instead
    of 93. Unnecessary with docs/dev/upstream/t34.patch.
    """
    _is_held = False
    """Whether the first frame is still to be drawn."""
    _dismissed_with: tuple[Any] | None = None
    """Answer with which it was dismissed while another screen was on top; None: it was not."""

    def dismiss(self, result: Any = None) -> AwaitComplete:
        if self.is_active:
            return super().dismiss(result)
        self._dismissed_with = self._dismissed_with or (result,)
        return AwaitComplete()

    def on_screen_resume(self) -> None:
        if self.DRAWS_FIRST_FRAME_ONCE and not self.stack_updates:
            self._is_held = True
            # After the widgets have handled their sizes: they get their events before the app gets its next turn.
            self.app.call_later(self.call_later, self._draw_first)
        if self._dismissed_with is not None:
            self.dismiss(*self._dismissed_with)

    def _draw_first(self) -> None:
        """Draw the first frame. From now on only changes are drawn."""
        self._is_held = self._layout_required = self._repaint_required = False
        self._exchange_repaint_regions()  # clear the pending full repaint; this method does it
        self._refresh_layout()
        self._dirty_widgets.clear()

    async def _invoke_and_clear_callbacks(self) -> None:
        """Run the callbacks that wait for a refresh, except those of removed widgets.

        A screen that closes leaves its callbacks to the next screen, which may run them when the first one is gone. Such a call
        would end the program (T50).
        """
        self._callbacks = [waiting for waiting in self._callbacks if not _is_of_removed(waiting[0])]
        await super()._invoke_and_clear_callbacks()

    def _compositor_refresh(self) -> None:
        """Draw only changes, also below a transparent dialog.

        For each change there, Textual draws both screens completely. For the help over 30 running rows, this takes 5.4 % of a
        CPU instead of 2.5 % (T44). Unnecessary with docs/dev/upstream/t44.patch.
        """
        if self._is_held:
            return
        if self.is_active or self not in self.app._background_screens:
            super()._compositor_refresh()
        elif changed := self._compositor._dirty_regions:
            self.app.screen.refresh(*changed)
            changed.clear()
            self._dirty_widgets.clear()

    def _on_timer_update(self) -> None:
        if not self._is_held:  # otherwise callbacks that wait for the first frame would run before it
            super()._on_timer_update()


def _is_of_removed(callback: Callable[..., object]) -> bool:
    owner = getattr(getattr(callback, "func", callback), "__self__", None)
    return isinstance(owner, Widget) and owner._pruning


def paint_now(screen: Screen[Any], widget: Widget) -> None:
    """Paint a widget and all other changes now. Without it, a letter of the filter is shown up to two frames of 17 ms
    later. Unnecessary with a public way to draw a frame immediately."""
    widget._repaint_required = False  # otherwise it would be painted twice
    screen._dirty_widgets.add(widget)
    screen._on_timer_update()
