"""T49: a screen that is dismissed below another one closes that one, and stays open itself."""

import asyncio

from textual.app import App
from textual.screen import ModalScreen


class Below(ModalScreen):
    pass


class Above(ModalScreen):
    pass


async def main() -> None:
    app = App()
    async with app.run_test() as pilot:
        below, above = Below(), Above()
        await app.push_screen(below)
        await app.push_screen(above)
        below.dismiss()
        await pilot.pause()
        stack = list(app.screen_stack)
    if below in stack or above not in stack:
        raise SystemExit(
            f"closed {'' if below in stack else 'the one below'}{'' if above in stack else 'the one above'}"
        )


asyncio.run(main())
