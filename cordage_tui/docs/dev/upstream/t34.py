"""T34: the widgets of a screen that opens are styled more than once, and its first frame is drawn more than once."""

import asyncio
from collections import Counter

from textual.app import App
from textual.screen import ModalScreen
from textual.widgets import Static

styled = Counter()
frames = []


class Dialog(ModalScreen):
    def compose(self):
        yield Static("a question", classes="text")


class Counting(App):
    def on_mount(self) -> None:
        apply = self.stylesheet.apply

        def counted(node, **options):
            styled[node] += 1
            return apply(node, **options)

        self.stylesheet.apply = counted

    def _display(self, screen, renderable) -> None:
        if isinstance(screen, Dialog) and renderable is not None:
            frames.append(renderable)
        super()._display(screen, renderable)


async def main() -> None:
    app = Counting()
    async with app.run_test() as pilot:
        dialog = Dialog()
        await app.push_screen(dialog)
        await pilot.pause(0.3)
        times = styled[dialog.query_one(Static)]
    if times > 1 or len(frames) > 1:
        raise SystemExit(f"styled {times} times, drawn {len(frames)} times")


asyncio.run(main())
