"""T43: a change of focus paints the whole screen."""

import asyncio

from textual.app import App
from textual.widgets import Button

painted = []


class Form(App):
    def compose(self):
        yield Button("one")
        yield Button("two")


async def main() -> None:
    app = Form()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.3)
        refresh = app.screen.refresh
        app.screen.refresh = lambda *regions, **options: (painted.append(regions), refresh(*regions, **options))[1]
        await pilot.press("tab")
        await pilot.pause(0.3)
    if () in painted:
        raise SystemExit("the whole screen was painted for a focus that went to another button")


asyncio.run(main())
