"""What ours is measured against: the smallest programs that Textual allows, and one that looks like ours and does nothing.

python tests/bench/reference.py static|panels|table|ticking
"""

import sys
from collections.abc import Callable
from typing import Any, ClassVar

SHOWN = "bare app"
"""What stands on screen when a program is ready."""


def static() -> Any:
    """One Static, that says how many keys there were."""
    from textual.app import App, ComposeResult
    from textual.content import Content
    from textual.events import Key
    from textual.widgets import Static

    class Bare(App[None]):
        keys = 0

        def compose(self) -> ComposeResult:
            yield Static(Content(SHOWN))

        def on_key(self, event: Key) -> None:
            self.keys += 1
            self.query_one(Static).update(Content(f"{SHOWN} {self.keys}"))

    return Bare()


def panels() -> Any:
    """The main screen of Textual's own widgets, filled with constants: what a program that looks like ours costs at least
    before it reads, sends or stores anything."""
    from textual.app import App, ComposeResult
    from textual.containers import Horizontal, Vertical, VerticalScroll
    from textual.content import Content
    from textual.widgets import DataTable, Footer, OptionList, Static, TextArea

    class Bare(App[None]):
        CSS = "OptionList { width: 26 } #detail { width: 42 } TextArea { height: 6 } DataTable { height: 1fr } .line { height: 1 }"
        BINDINGS: ClassVar = [
            ("x", "quit", "Kill"),
            ("s", "quit", "Sheet"),
            ("w", "quit", "Queue"),
            ("q", "quit", "Quit"),
        ]

        def compose(self) -> ComposeResult:
            yield Static(Content("cordage"), classes="line")
            with Horizontal():
                yield OptionList(*(f"Webhook {n}" for n in range(5)))
                with Vertical():
                    yield TextArea()
                    yield DataTable(cursor_type="row")
                with VerticalScroll(id="detail"):
                    yield Static(Content("\n".join(f"input {n}: value" for n in range(20))))
            yield Footer()

        def on_mount(self) -> None:
            table = self.query_one(DataTable)
            table.add_columns("time", "status", "webhook", "prompt", "age")
            for _ in range(30):
                table.add_row("0:12", "● running", "Sunset", SHOWN + " sunset" * 8, "2m")

    return Bare()


def table(ticking: int = 0) -> Any:
    """A DataTable of 100 rows; one cell of the first `ticking` changes each second."""
    from textual.app import App, ComposeResult
    from textual.widgets import DataTable

    class Bare(App[None]):
        def compose(self) -> ComposeResult:
            yield DataTable(cursor_type="row")

        def on_mount(self) -> None:
            table = self.query_one(DataTable)
            keys = table.add_columns("time", "status", "webhook", "prompt", "age")
            rows = [table.add_row("0:12", "● running", "Sunset", SHOWN + " sunset" * 8, "2m") for _ in range(100)]
            self.seconds = 0

            def tick() -> None:
                self.seconds += 1
                for row in rows[:ticking]:
                    table.update_cell(row, keys[0], f"{self.seconds // 60}:{self.seconds % 60:02}")

            if ticking:
                self.set_interval(1, tick)

    return Bare()


PROGRAMS: dict[str, Callable[[], Any]] = {
    "static": static,
    "panels": panels,
    "table": table,
    "ticking": lambda: table(30),
}


def command(name: str) -> tuple[str, ...]:
    """What starts one of PROGRAMS."""
    return sys.executable, __file__, name


if __name__ == "__main__":
    PROGRAMS[sys.argv[1]]().run()
