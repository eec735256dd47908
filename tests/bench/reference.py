"""What ours is measured against: the smallest programs that Textual allows, and one that looks like ours and does nothing.

python tests/bench/reference.py static|panels|table|ticking|cells|reads
"""

import json
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


def cells(url: str | None = None) -> Any:
    """A widget of 30 lines, of each of which four cells change each second: the least that such a clock costs in Textual.
    With a `url` it is read as often as cordage-tui reads that many runs, by the same library, and nothing done with it."""
    import asyncio

    from rich.segment import Segment
    from textual.app import App, ComposeResult
    from textual.geometry import Region
    from textual.strip import Strip
    from textual.widget import Widget

    class Clocks(Widget):
        seconds = 0

        def render_line(self, y: int) -> Strip:
            time = f"{self.seconds // 60}:{self.seconds % 60:02}"
            return Strip([Segment(f"  {time}  ● running  Sunset  {SHOWN + ' sunset' * 8}")])

        def tick(self) -> None:
            self.seconds += 1
            self.refresh(*(Region(2, y, 4, 1) for y in range(30)))
            self._dirty_regions.clear()

    class Bare(App[None]):
        def compose(self) -> ComposeResult:
            yield Clocks()

        def on_mount(self) -> None:
            self.set_interval(1, self.query_one(Clocks).tick)
            if url is not None:
                self.run_worker(self.read(url))

        async def read(self, url: str) -> None:
            import os

            from cordage_tui.api.http_library import httpx

            async with httpx.AsyncHTTPTransport() as transport:
                while True:
                    request = httpx.Request("GET", url, headers={"X-API-Key": os.environ["CORDAGE_API_KEY"]})
                    response = await transport.handle_async_request(request)
                    json.loads(await response.aread())
                    await asyncio.sleep(1 / READS_PER_S)

    return Bare()


READS_PER_S = 1.8
"""Reads by cordage-tui of 30 runs of five webhooks."""
PROGRAMS: dict[str, Callable[[], Any]] = {
    "static": static,
    "panels": panels,
    "table": table,
    "ticking": lambda: table(30),
    "cells": cells,
    "reads": lambda: cells(sys.argv[2]),
}


def command(name: str, *arguments: str) -> tuple[str, ...]:
    """What starts one of PROGRAMS."""
    return sys.executable, __file__, name, *arguments


if __name__ == "__main__":
    PROGRAMS[sys.argv[1]]().run()
