"""The layout of the package: file sizes, names of classes and methods, first words of what was named anew."""

import ast
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "cordage_tui"
MAX_LINES = 400
MAX_METHODS = 25
"""One more than a class may have."""
MAX_FUNCTION = 50
VERBS = {"look", "take", "say", "tell", "hear", "rest", "begin", "ask"}
"""As a method's whole name they do not say what is done to what."""


def _trees() -> Iterator[tuple[str, str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text()
        yield str(path.relative_to(SOURCE)), text, ast.parse(text)


def test_no_file_is_longer_than_400_lines() -> None:
    assert [name for name, text, _ in _trees() if len(text.splitlines()) > MAX_LINES] == []


def test_each_class_name_occurs_once() -> None:
    """Somebody who searches for a name finds one thing."""
    names = Counter(
        node.name
        for _, _, tree in _trees()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert len(names) > 300, "the search finds them"
    assert [name for name, count in names.items() if count > 1] == []


def test_methods_name_their_object() -> None:
    found = [
        f"{file}: {owner.name}.{node.name}"
        for file, _, tree in _trees()
        for owner in ast.walk(tree)
        if isinstance(owner, ast.ClassDef)
        for node in owner.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in VERBS
    ]
    assert found == []


def test_no_class_has_25_methods_and_no_function_51_lines() -> None:
    """Each is seen whole."""
    found = []
    for file, _, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                size = sum(isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) for part in node.body)
                found += [f"{file}: {node.name} has {size} methods"] if size >= MAX_METHODS else []
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or 0) - node.lineno + 1
                found += [f"{file}: {node.name} has {size} lines"] if size > MAX_FUNCTION else []
    assert found == []


def test_no_import_goes_in_a_circle() -> None:
    """Also not through imports for types, and those within functions."""
    trees = {_module(file): tree for file, _, tree in _trees()}
    left = {name: {*_imported(tree, trees)} - {name} for name, tree in trees.items()}
    while free := [name for name, targets in left.items() if not targets]:
        left = {name: targets.difference(free) for name, targets in left.items() if name not in free}
    assert sorted(left) == [], "those that are in a circle, or import one that is"


def _module(file: str) -> str:
    return ("cordage_tui/" + file).removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def _imported(tree: ast.Module, known: Collection[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = (f"{node.module}.{name.name}" for name in node.names)
            yield from (name if name in known else node.module for name in names if {name, node.module} & {*known})
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in known)
