"""What the demo says of itself."""

from textual.content import Content

from cordage_tui.config.launch import DemoServer
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import literal


def demo_words(demo: DemoServer) -> Content:
    """Where the simulator serves, and a curl line that works against it."""
    return Content("\n").join(
        [
            Content("A whole Cordage runs inside this program, on this machine only. Nothing costs anything,"),
            Content("and everything is gone when you quit."),
            Content(""),
            Content.assemble(("API      ", "$quiet"), demo.base_url),
            Content.assemble(("outputs  ", "$quiet"), demo.storage_url),
            Content(""),
            Content("From another terminal:"),
            Content(""),
            literal(demo.curl, "$accent"),
            Content(""),
            literal(SafeText("The run it starts appears here within half a minute, or at once with r."), "$quiet"),
        ]
    )
