"""Opening of the manual, for help and palette. The pages are loaded when they are opened: few users read one there."""

from typing import Any

from textual.app import App


def open_manual(app: App[Any], topic: str = "", *, leave_key: str = "q") -> None:
    """Open the page of a topic, or the menu of topics, which `leave_key` also closes."""
    from cordage_tui.ui.keys import manual

    app.push_screen(manual.ManualPage(topic) if topic else manual.ManualMenu(leave_key=leave_key))
