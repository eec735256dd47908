"""The package's own source, for tests that look at all of it: parsed once in a process."""

import ast
import gc
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "cordage_tui"


@dataclass(frozen=True)
class Module:
    """A module's text and, once somebody asks for it, its tree."""

    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return _parsed(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every name and every word that occurs, as the parser would read it."""
        return frozenset(re.findall(r"\w+", unicodedata.normalize("NFKC", self.text)))


@cache
def modules() -> dict[str, Module]:
    """Path below the package → the module. Scripts of the docs are none."""
    return {
        path.relative_to(PACKAGE).as_posix(): Module(path.read_text("utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
        if PACKAGE / "docs" not in path.parents
    }


def that_name(*words: str) -> Iterator[tuple[str, Module]]:
    """The modules in which one of the words occurs; no other can use what is called so."""
    return ((name, module) for name, module in modules().items() if not module.words.isdisjoint(words))


def _parsed(text: str) -> ast.Module:
    """The tree. Two thirds of the time would be the garbage collector's, which has nothing to look for: it stays."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        gc.freeze()
        if enabled:
            gc.enable()
