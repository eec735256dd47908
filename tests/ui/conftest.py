"""What holds for every test of the screen: each stylesheet is parsed once in a process, not once for every app."""

from collections.abc import Iterator
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet


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
