"""T41: a change of layout writes the cells that stay the same, too."""

import asyncio
import io

from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver
from textual.widgets import Static

written = io.StringIO()


class Recorder(HeadlessDriver):
    is_headless = False

    def write(self, data: str) -> None:
        written.write(data)


class Growing(App):
    CSS = "#top { height: 1; }"

    def compose(self):
        yield Static("top", id="top")
        yield Static("\n".join("x" * 90 for _ in range(40)))


async def main() -> None:
    app = Growing(driver_class=Recorder)
    async with app.run_test(headless=False, size=(100, 30)) as pilot:
        await pilot.pause(0.3)
        written.truncate(written.seek(0))
        app.query_one("#top").styles.height = 2
        await pilot.pause(0.3)
        size = len(written.getvalue())
    if size > 1_000:
        raise SystemExit(f"{size} characters were written for a line of cells that looks different")


asyncio.run(main())
