"""T44: a screen below a dialog is painted whole for each change in it."""

import asyncio

from textual.app import App
from textual.screen import ModalScreen
from textual.widgets import Static

cells = []


class Dialog(ModalScreen):
    def compose(self):
        yield Static("a question")


class Clock(App):
    def compose(self):
        yield Static("0", id="clock")
        yield Static("\n".join("x" * 70 for _ in range(20)))

    def _display(self, screen, renderable) -> None:
        if renderable is not None:
            cells.append(sum(end - start for _, start, end in getattr(renderable, "spans", ())) or 80 * 24)
        super()._display(screen, renderable)


async def main() -> None:
    app = Clock()
    async with app.run_test(size=(80, 24)) as pilot:
        clock = app.query_one("#clock")
        await app.push_screen(Dialog())
        await pilot.pause(0.3)
        for second in range(3):
            cells.clear()
            clock.update(str(second))
            await pilot.pause(0.3)
    if sum(cells) > 80:
        raise SystemExit(f"{sum(cells)} cells were painted for a line of 80")


asyncio.run(main())
