"""App mixin that hands the terminal to `$EDITOR` while the event loop runs."""

from typing import TYPE_CHECKING

from cordage_tui.ui.external.clipboard import ClipboardMixin

if TYPE_CHECKING:
    from cordage_tui.ui.prompt.external_editor import EditorProcess, EditResult


class ExternalEditorMixin(ClipboardMixin):
    """App that runs the user's editor: it neither draws nor reads keys, while polling, sending and timers continue."""

    _editor: "EditorProcess | None" = None

    async def edit_outside(self, text: str) -> "EditResult | None":
        """Run VISUAL or EDITOR on `text`, one at a time; None: one is running already."""
        from cordage_tui.ui.prompt.external_editor import edit

        if self._editor is not None:
            return None

        def started(process: "EditorProcess") -> None:
            self._editor = process

        try:
            return await edit(self, text, self.clip.environ, started)
        finally:
            self._editor = None

    def end_editor(self) -> str | None:
        """End a running editor before the program ends. Returns the text it had saved; None: none, or the same as
        before."""
        return self._editor.end() if self._editor is not None else None
