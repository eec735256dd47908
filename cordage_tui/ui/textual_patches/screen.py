"""Screens that close themselves, and are drawn once."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.await_complete import AwaitComplete
from textual.screen import Screen
from textual.widget import Widget

if TYPE_CHECKING:
    ScreenMixin = Screen[Any]
else:
    ScreenMixin = object
"""Base of what a screen is made of besides its `Screen`; only to a type checker it is one (T38)."""


class PatchedScreen(ScreenMixin):
    """Screen that closes itself when it is dismissed, and no other, and that draws below a dialog only what changes.

    Textual closes the topmost screen, with the answer of the one that was dismissed, and a second dismissal ends the program (T49).
    Below another one this one closes once it is the topmost. Unnecessary with docs/dev/upstream/t49.patch.
    """

    _dismissed_with: tuple[Any] | None = None
    """What it was dismissed with while it was not the topmost."""

    def dismiss(self, result: Any = None) -> AwaitComplete:
        if self.is_active:
            return super().dismiss(result)
        self._dismissed_with = self._dismissed_with or (result,)
        return AwaitComplete()

    def on_screen_resume(self) -> None:
        if self._dismissed_with is not None:
            self.dismiss(*self._dismissed_with)

    async def _invoke_and_clear_callbacks(self) -> None:
        """Call what waits for a refresh, but nothing of a widget that was removed: a screen that closes leaves its own to the
        next one, which may not get to them while it is there. Such a call would end the program (T50)."""
        self._callbacks = [waiting for waiting in self._callbacks if not _is_of_removed(waiting[0])]
        await super()._invoke_and_clear_callbacks()

    def _compositor_refresh(self) -> None:
        """Draw what changes. Below a dialog that lets it shine through Textual draws all of both for it: 5.4 % of a CPU for the
        help over 30 running rows, in place of 2.5 % (T44). Unnecessary with docs/dev/upstream/t44.patch."""
        if self.is_active or self not in self.app._background_screens:
            super()._compositor_refresh()
        elif changed := self._compositor._dirty_regions:
            self.app.screen.refresh(*changed)
            changed.clear()
            self._dirty_widgets.clear()


def _is_of_removed(callback: Callable[..., object]) -> bool:
    owner = getattr(getattr(callback, "func", callback), "__self__", None)
    return isinstance(owner, Widget) and owner._pruning


class FirstFrameScreen(PatchedScreen):
    """Screen whose first frame is drawn once, when all widgets know their sizes: Textual draws it four times (T34). Without it
    help takes 116 ms of CPU in place of 91, and the palette 113 in place of 93.

    Unnecessary with docs/dev/upstream/t34.patch.
    """

    _is_held = False
    """The first frame is not drawn yet."""

    def on_screen_resume(self) -> None:
        if not self.stack_updates:
            self._is_held = True
            # Behind what the widgets do about their sizes: they hear of them before the app has its turn.
            self.app.call_later(self.call_later, self._draw_first)

    def _draw_first(self) -> None:
        """Draw the first frame, and from now on what changes."""
        self._is_held = self._layout_required = self._repaint_required = False
        self._exchange_repaint_regions()  # that all is to be painted, which is done here
        self._refresh_layout()
        self._dirty_widgets.clear()

    def _compositor_refresh(self) -> None:
        if not self._is_held:
            super()._compositor_refresh()

    def _on_timer_update(self) -> None:
        if not self._is_held:  # else what waits for the first frame would be called before it
            super()._on_timer_update()


def paint_now(screen: Screen[Any], widget: Widget) -> None:
    """Paint a widget now, and what else has changed. Without it a letter of the filter is shown up to two frames of 17 ms
    later. Unnecessary with a public way to draw a frame at once."""
    widget._repaint_required = False  # it would be painted twice
    screen._dirty_widgets.add(widget)
    screen._on_timer_update()
