"""A screen closes only itself, and none of its work continues afterwards."""

import asyncio
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from textual.screen import Screen
from textual.widgets import Static

import cordage_tui.ui
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.textual_patches.screen import PatchedScreen


def screens() -> list[type[Screen[Any]]]:
    """Return every class of a screen that we have."""
    for module in walk_packages(cordage_tui.ui.__path__, "cordage_tui.ui."):
        if ".sandbox." not in module.name:
            import_module(module.name)

    def below(cls: type) -> Iterator[type]:
        for each in cls.__subclasses__():
            yield each
            yield from below(each)

    ours = {each for each in below(Screen) if each.__module__.startswith("cordage_tui.")}
    return sorted((each for each in ours if ours.isdisjoint(each.__subclasses__())), key=lambda each: each.__qualname__)


SCREENS = screens()


def bare(cls: type[Screen[Any]]) -> Screen[Any]:
    """Return an empty screen of that class, which runs no code of ours except the way off the stack."""

    def textuals(self: Screen[Any], name: str, message: object) -> Iterator[Any]:
        for owner, method in cls._get_dispatch_methods(self, name, message):
            if owner is PatchedScreen or owner.__module__.startswith("textual."):
                yield owner, method

    inert = {
        "__init__": Screen.__init__,
        "compose": lambda self: iter(()),
        "check_action": lambda *_: True,
        "AUTO_FOCUS": None,
        "_get_dispatch_methods": textuals,
    }
    return type(cls.__name__, (cls,), inert)()


async def test_no_screen_closes_another_or_answers_twice() -> None:
    """Every screen closes once, as soon as no other screen is above it, however often and late it is dismissed."""
    app = BaseApp()
    async with app.run_test() as pilot:
        below = app.screen
        for cls in SCREENS:
            answers, screen, above = list[object](), bare(cls), Screen[None]()
            await app.push_screen(screen, answers.append)
            await app.push_screen(above)
            screen.dismiss("answer")
            screen.dismiss("again")
            await pilot.pause()
            assert app.screen is above, cls
            above.dismiss()
            await pilot.pause()
            screen.dismiss("late")
            await pilot.pause()
            assert (app.screen, answers) == (below, ["answer"]), cls
            assert not screen.is_attached, cls


class Slow(Static):
    """Widget that takes time to unmount, and meanwhile sets the answer that the worker of its screen waits for."""

    def __init__(self, answer: asyncio.Event) -> None:
        super().__init__()
        self._answer = answer

    async def on_unmount(self) -> None:
        for _ in range(9):
            await asyncio.sleep(0)
        self._answer.set()
        for _ in range(9):
            await asyncio.sleep(0)


class Asking(Screen[None]):
    """Screen with a worker that shows an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = asyncio.Event()

    def compose(self) -> Iterator[Static]:
        yield Static(id="shown")
        yield Slow(self.answer)

    def on_mount(self) -> None:
        self.run_worker(self._ask())

    async def _ask(self) -> None:
        await self.answer.wait()
        self.query_one("#shown", Static).update("answer")


async def test_a_worker_ends_before_the_widgets_that_it_would_look_for() -> None:
    """The worker of a dismissed screen is cancelled before its widgets go, so a late answer does not raise
    NoMatches."""
    app = BaseApp()
    async with app.run_test() as pilot:
        await app.push_screen(Asking())
        app.screen.dismiss()
        await pilot.pause()
    assert app.return_code is None


class Late(PatchedScreen, Screen[None]):
    """Screen that shows a text after the next refresh."""

    def compose(self) -> Iterator[Static]:
        yield Static(id="shown")

    def show(self) -> None:
        self.query_one("#shown", Static).update("shown")


async def test_what_waits_for_a_refresh_is_not_called_of_a_screen_that_is_gone() -> None:
    """A call that waits for a refresh is dropped if its screen has closed before."""
    app = BaseApp()
    async with app.run_test() as pilot:
        below, screen = Late(), Late()
        for opened in (below, screen):
            await app.push_screen(opened)
        await screen.dismiss()
        below._invoke_later(screen.show, screen)
        below.call_after_refresh(below.show)
        await pilot.pause()
        assert str(below.query_one("#shown", Static).render()) == "shown"
