"""The layout of the package: file sizes, names of classes and methods, first words of what was named anew."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "cordage_tui"
MAX_LINES = 400
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
