"""Private names of other packages are used in `ui/textual_patches` only."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import walk_packages

import cordage_tui.ui
from tests.source import modules

DOOR = "ui/textual_patches/"
FOREIGN = ("textual", "rich")


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def outside() -> Iterator[tuple[str, ast.AST]]:
    """All nodes of modules outside that folder, each with its place."""
    for name, module in modules().items():
        if not name.startswith(DOOR):
            yield from ((f"{name}:{getattr(node, 'lineno', 0)}", node) for node in module.nodes)


def test_no_private_module_or_name_is_imported() -> None:
    """Imports of private modules and names of other packages stand in one folder."""
    imported = []
    for place, node in outside():
        if isinstance(node, ast.ImportFrom) and node.module and not node.module.startswith("cordage_tui"):
            parts = [*node.module.split("."), *(alias.name for alias in node.names)]
            imported += [f"{place} {node.module}"] if any(map(is_private, parts)) else []
    assert imported == []


def own_names() -> set[str]:
    """Private names that our code defines or sets."""
    own = set()
    for module in modules().values():
        for node in module.nodes:
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    own.add(name)
                case ast.Attribute(attr=name, ctx=ast.Store()) | ast.Name(id=name, ctx=ast.Store()):
                    own.add(name)
    return own


def test_no_private_name_of_another_package_is_asked_for() -> None:
    """A private name that the ui asks for is one of ours."""
    own, foreign = own_names(), []
    for place, node in outside():
        if place.startswith("ui/") and isinstance(node, ast.Attribute) and is_private(node.attr):
            foreign += [f"{place} {ast.unparse(node)}"] if node.attr not in own else []
    assert foreign == []


@cache
def privates_of(owner: type) -> frozenset[str]:
    """Private names that a class of another package has, or sets on its objects."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    stored = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"
    }
    return frozenset(filter(is_private, stored | set(vars(owner))))


@cache
def used_in(module: str, owner: str) -> frozenset[str]:
    """Private names that a class of ours defines, or uses of itself."""
    used: set[str] = set()
    for node in modules()[module].nodes:
        if isinstance(node, ast.ClassDef) and node.name == owner:
            for inner in ast.walk(node):
                match inner:
                    case ast.Attribute(value=value, attr=name) if ast.unparse(value) in ("self", "cls", "super()"):
                        used.add(name)
                    case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                        used.add(name)
            used |= {name.id for line in node.body for name in ast.walk(line) if isinstance(name, ast.Name)}
    return frozenset(filter(is_private, used))


def own_classes() -> Iterator[type]:
    """Classes of the ui that have a base in Textual or Rich."""
    for found in walk_packages(cordage_tui.ui.__path__, "cordage_tui.ui."):
        import_module(found.name)
        for owner in vars(sys.modules[found.name]).values():
            if isinstance(owner, type) and owner.__module__ == found.name and _foreign_bases(owner):
                yield owner


def _foreign_bases(owner: type) -> list[type]:
    return [base for base in owner.__mro__ if base.__module__.split(".")[0] in FOREIGN]


def test_no_class_uses_a_private_name_of_its_bases() -> None:
    """A screen, a widget and an app neither call nor replace what is private in Textual's, and have nothing of the same name."""
    clashes = set()
    classes = list(own_classes())
    assert len(classes) > 60, "the search finds them"
    for owner in classes:
        private = frozenset[str]().union(*map(privates_of, _foreign_bases(owner)))
        for base in owner.__mro__:
            path = f"{base.__module__.removeprefix('cordage_tui.').replace('.', '/')}.py"
            if base.__module__.startswith("cordage_tui") and not path.startswith(DOOR):
                clashes |= {f"{path} {base.__name__}.{name}" for name in used_in(path, base.__name__) & private}
    assert sorted(clashes) == []
