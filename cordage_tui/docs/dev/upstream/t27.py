"""T27: an undo that hides the vertical scrollbar of a TextArea ends the app."""

import asyncio

from textual.app import App
from textual.widgets import TextArea


class Editor(App):
    CSS = "TextArea { height: 8; }"

    def compose(self):
        yield TextArea("one line")


async def main() -> None:
    async with Editor().run_test(size=(40, 12)) as pilot:
        area = pilot.app.query_one(TextArea)
        area.insert("\n".join(map(str, range(20))), area.document.end)
        area.move_cursor(area.document.end)
        await pilot.pause()
        area.undo()
        await pilot.pause()


try:
    asyncio.run(main())
except ValueError as error:
    raise SystemExit(f"undo raised {error!r}") from None
