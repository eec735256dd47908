"""Setup for every test of the screen. Work that Textual repeats for each app or pause is done once, or is left out for
widgets at rest."""

import asyncio
import time
from collections.abc import Hashable, Iterator
from math import inf
from typing import Any, cast

import pytest
from textual.app import ScreenError
from textual.css.model import RuleSet
from textual.css.styles import RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.pilot import Pilot, WaitForScreenTimeout

from cordage_tui.ui.terminal.pauses import QUIET_S

IDLE_PASSES = 3
"""Passes of the loop with nothing to do, after which it counts as idle."""
SOON_S = QUIET_S + 0.005
"""A timer that ends sooner belongs to the key before it: the next frame, or the look whether an Enter is part of a paste."""
NODE_FLAGS = ("_has_hover_style", "_has_focus_within", "_has_order_style", "_has_odd_or_even")
"""What applying a stylesheet notes on a node."""


def _until_next_timer(loop: Any) -> float:
    """Return the seconds until the next timer of the loop ends."""
    ends = [handle._when for handle in loop._scheduled if not handle._cancelled]
    return max(0.0, min(ends, default=inf) - loop.time())


@pytest.fixture(scope="session", autouse=True)
def _idle_is_when_nothing_is_to_be_done() -> Iterator[None]:
    """Return from a pause as soon as nothing is left to do.

    Textual sleeps 20 ms to see whether the process uses little of the processor.
    """

    async def wait_for_idle(min_sleep: float = 0.0, max_sleep: float = 1) -> None:
        """Return when the loop has nothing to do, and no timer ends soon; after `max_sleep` seconds anyway."""
        loop = cast(Any, asyncio.get_running_loop())
        end = time.monotonic() + max_sleep
        await asyncio.sleep(min_sleep)
        passes = 0
        while passes < IDLE_PASSES and time.monotonic() < end:
            await asyncio.sleep(0)
            passes = 0 if loop._ready else passes + 1
            if passes == IDLE_PASSES and (wait := _until_next_timer(loop)) <= SOON_S:
                await asyncio.sleep(wait)
                passes = 0

    with pytest.MonkeyPatch.context() as patch:
        for module in ("app", "pilot"):
            patch.setattr(f"textual.{module}.wait_for_idle", wait_for_idle)
        yield


def _is_at_rest(pump: MessagePump) -> bool:
    """Return whether the pump waits for a message, or accepts none."""
    if not pump.is_running or pump._closing or pump._closed:
        return True
    ready = cast(Any, pump._message_queue.ready_event)
    return pump._pending_message is None and not ready.is_set() and bool(ready._waiters)


@pytest.fixture(scope="session", autouse=True)
def _only_busy_widgets_are_waited_for() -> Iterator[None]:
    """Wait before a pause for busy widgets only.

    Textual's pilot makes every widget call back, which would be half of the time of these tests.
    """

    async def wait_for_screen(self: Pilot[Any], timeout: float = 30.0) -> bool:  # noqa: ASYNC109 (as its callers have it)
        try:
            pumps: list[MessagePump] = [self.app, *self.app.screen.walk_children(with_self=True)]
        except ScreenError:
            return False
        end, passes = time.monotonic() + timeout, 0
        while not all(map(_is_at_rest, pumps)):
            if self.app._exception_event.is_set():
                return False
            if time.monotonic() > end:
                raise WaitForScreenTimeout("widgets did not process their messages")
            passes += 1
            await asyncio.sleep(0 if passes < 50 else 0.001)
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pilot, "_wait_for_screen", wait_for_screen)
        yield


@pytest.fixture(scope="session", autouse=True)
def _stylesheets_are_parsed_once() -> Iterator[None]:
    """Parse each stylesheet once for all apps, and keep the map of the rules of all sources.

    Textual keeps a cache for each app only. This saves a fifth of the time of these tests.
    """
    parse_rules, parse = Stylesheet._parse_rules, Stylesheet.parse
    find_map = cast(Any, Stylesheet.rules_map).fget
    known: dict[tuple[Any, ...], list[RuleSet]] = {}
    sheets: dict[tuple[Any, ...], tuple[list[RuleSet], dict[str, list[RuleSet]]]] = {}

    def parse_rules_once(self: Stylesheet, *where: Any, **scope: Any) -> list[RuleSet]:
        key = (where, tuple(scope.items()), frozenset(self._variables.items()))
        if key not in known:
            known[key] = parse_rules(self, *where, **scope)
        return known[key]

    def parse_once(self: Stylesheet) -> None:
        key = (tuple(self.source.items()), frozenset(self._variables.items()))
        if key not in sheets:
            parse(self)
            self._require_parse = False
            sheets[key] = (self._rules, find_map(self))
        self._rules, self._rules_map = sheets[key]
        self._require_parse = False

    def rules_map(self: Stylesheet) -> Any:
        if self._require_parse:
            self.parse()
        return find_map(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parse_rules_once)
        patch.setattr(Stylesheet, "rules_map", property(rules_map))
        patch.setattr(Stylesheet, "parse", parse_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _rules_are_matched_once(_stylesheets_are_parsed_once: None) -> Iterator[None]:
    """Match the rules of a stylesheet once for nodes with the same path of types, ids, classes and pseudo-classes.

    Textual matches every rule again for each node and each change of a class. This saves a tenth of the time of these
    tests.
    """
    apply, replace = Stylesheet.apply, Stylesheet.replace_rules
    kinds: dict[Hashable, tuple[dict[str, list[RuleSet]], list[str], list[bool]]] = {}
    rules_by_path: dict[Hashable, RulesMap] = {}
    missing_path: Hashable = None

    def apply_known(self: Stylesheet, node: DOMNode, **how: Any) -> None:
        nonlocal missing_path
        sheet = self.rules_map
        kind = (id(sheet), type(node), frozenset(node._classes), node._id)
        if kind not in kinds:
            rules = [rule for name in sheet.keys() & node._selector_names for rule in sheet[name]]
            kinds[kind] = (sheet, sorted(set[str]().union(*(rule.pseudo_classes for rule in rules))), [])
        _, names, flags = kinds[kind]
        path: list[Hashable] = [kind]
        for each in node.css_path_nodes:
            states = [each.has_pseudo_class(name) for name in names]
            path.append((type(each), frozenset(each._classes), each._id, *states))
        known_rules = rules_by_path.get(key := tuple(path))
        if known_rules is None:
            missing_path = key
            apply(self, node, **how)
            flags[:] = [getattr(node, flag) for flag in NODE_FLAGS]
            return
        for flag, value in zip(NODE_FLAGS, flags, strict=True):
            setattr(node, flag, value)
        replace(node, known_rules, animate=how.get("animate", False))
        self._process_component_classes(node)

    def replace_rules(node: DOMNode, rules: RulesMap, animate: bool = False) -> None:
        nonlocal missing_path
        if missing_path is not None:
            rules_by_path[missing_path], missing_path = rules, None
        replace(node, rules, animate=animate)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "apply", apply_known)
        patch.setattr(Stylesheet, "replace_rules", staticmethod(replace_rules))
        yield
