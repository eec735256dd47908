"""What holds for every test of the screen: each stylesheet is parsed once in a process, not once for every app."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest
import textual._wait
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

MOST_PASSES = 10_000
"""Of the loop, after which one that is never idle is let be."""


@pytest.fixture(scope="session", autouse=True)
def _idle_is_when_nothing_is_to_be_done() -> Iterator[None]:
    """Textual takes a process for idle that uses little of the processor, which on a busy machine is one that gets none."""

    async def wait_for_idle(min_sleep: float = textual._wait.SLEEP_GRANULARITY, max_sleep: float = 1) -> None:
        await textual._wait.wait_for_idle(min_sleep, max_sleep)
        loop = cast(Any, asyncio.get_running_loop())
        passes = 0
        for _ in range(MOST_PASSES):
            await asyncio.sleep(0)
            passes = 0 if loop._ready else passes + 1
            if passes == 3:
                break

    with pytest.MonkeyPatch.context() as patch:
        for module in ("app", "pilot"):
            patch.setattr(f"textual.{module}.wait_for_idle", wait_for_idle)
        yield


@pytest.fixture(scope="session", autouse=True)
def _stylesheets_are_parsed_once() -> Iterator[None]:
    """Textual's own cache is each app's; the rules are the same for the same text and variables. A fifth of the time of these tests."""
    parse = Stylesheet._parse_rules
    known: dict[tuple[Any, ...], list[RuleSet]] = {}

    def parse_once(self: Stylesheet, *where: Any, **scope: Any) -> list[RuleSet]:
        variables = self._variables
        key = (where, tuple(scope.items()), frozenset(variables.items()))
        if key not in known:
            known[key] = parse(self, *where, **scope)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parse_once)
        yield
