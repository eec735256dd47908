"""The app's side of `$EDITOR`: its terminal is handed over while its event loop goes on."""

from typing import TYPE_CHECKING

from cordage_tui.ui.external.clipboard import ClipboardMixin

if TYPE_CHECKING:
    from cordage_tui.ui.prompt.external_editor import EditorProcess, EditResult


class ExternalEditorMixin(ClipboardMixin):
    """An app that runs the user's editor. Meanwhile it neither draws nor reads keys; polling, sending and timers go on."""

    _editor: "EditorProcess | None" = None

    async def edit_outside(self, text: str) -> "EditResult | None":
        """Run VISUAL or EDITOR on `text`, one at a time. None: one runs already."""
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
        """End the editor that runs, before the program ends. Returns the text that it had saved; None: there is none, or no other
        than before."""
        return self._editor.end() if self._editor is not None else None
