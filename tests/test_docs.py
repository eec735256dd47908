"""The pages in `cordage_tui/docs`: what comments and pages refer to is there, and nothing refers to a page outside the repository."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from cordage_tui.domain.manual import TOPICS
from tests.source import modules

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "cordage_tui" / "docs"
SUFFIXES = (".py", ".md", ".toml", ".tcss", ".sql", ".sh")
OUTSIDE = re.compile(r"\b(FAULTS|TRAPS|DESIGN|PERFORMANCE|HOUSE|STYLE|FEATURES|UX|API)\.md\b")
REFERENCE = re.compile(r"docs/((?:dev/)?[a-z-]+\.md)((?:,? ?(?:(?:rules? )?T?\d+(?:\.\d+)?(?:[–-]\d+)?|and|to))*)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(
    r"(?:cordage_tui|tests|screenshots|docs|\.ci|\.github|api|cli|config|domain|engine|simulator|store|ui)(?:/[\w.-]+)+/?|[\w.-]+\.py"
)
"""A path from the top of the repository, from the package or from the package's pages, or the bare name of a module."""
CLASS_OF_MODULE = re.compile(r"(?<![\w/.])([a-z_]\w*(?:\.[a-z_]\w*)*)\.([A-Z][a-z]\w*)")
CLASS = re.compile(r"\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+\b")
PAGES = sorted(DOCS.rglob("*.md"))
OF_LIBRARIES = "library-traps.md"
"""The page about classes that are not ours."""


def _sources() -> Iterator[tuple[Path, str]]:
    folders = [ROOT / name for name in ("cordage_tui", "tests", "screenshots")]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES]
    for path in [*files, ROOT / "README.md", ROOT / "pyproject.toml"]:
        if path != Path(__file__):
            yield path, path.read_text()


def test_nothing_refers_to_a_page_outside_the_repository() -> None:
    """A reader of the repository has no such page."""
    assert [str(path.relative_to(ROOT)) for path, text in _sources() if OUTSIDE.search(text)] == []


def test_each_reference_leads_to_a_page_and_to_a_number_on_it() -> None:
    seen = 0
    for path, text in _sources():
        for page, numbers in REFERENCE.findall(text):
            seen += 1
            assert (DOCS / page).is_file(), f"{path}: {page}"
            told = (DOCS / page).read_text()
            for rule, trap, number in re.findall(r"(rules? )?(T?)(\d+)", numbers):
                anchor = f"**T{number}.**" if trap else f"| {number} |" if rule else f"\n{number}. "
                sections = (anchor, f"\n## {number}. ") if not trap else (anchor,)
                here = any(one in told for one in sections) or (not trap and f"| {number} |" in told)
                assert here, f"{path}: {page} has no {trap}{number}"
    assert seen > 150, "the search finds them"


def _in_backticks(page: Path) -> list[str]:
    return CODE.findall(page.read_text())


def _is_there(path: str) -> bool:
    if "/" not in path:
        return any(module.rpartition("/")[2] == path for module in modules())
    return any((folder / path).exists() for folder in (ROOT, ROOT / "cordage_tui", ROOT / "cordage_tui" / "docs"))


def _has_class(module: str, name: str) -> bool:
    """Return whether the module, which is one of ours or of a library, has that class."""
    tail = f"/{module.replace('.', '/')}.py"
    ours = [ours for path, ours in modules().items() if f"/{path}".endswith(tail)]
    if ours:
        return any(isinstance(node, ast.ClassDef) and node.name == name for one in ours for node in one.nodes)
    return find_spec(module.partition(".")[0]) is not None and hasattr(import_module(module), name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_files_that_a_page_names_are_there(page: Path) -> None:
    assert [code for code in _in_backticks(page) if PATH.fullmatch(code) and not _is_there(code)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_classes_that_a_page_names_are_there(page: Path) -> None:
    """`module.Class` is a class of that module, and a name like `RowId` occurs in the code."""
    named = [pair for code in _in_backticks(page) for pair in CLASS_OF_MODULE.findall(code)]
    assert [f"{module}.{name}" for module, name in named if not _has_class(module, name)] == []
    words = frozenset[str]().union(*(module.words for module in modules().values()))
    names = {name for code in _in_backticks(page) for name in CLASS.findall(code)}
    assert page.name == OF_LIBRARIES or names <= words, names - words


def test_pages_for_developers_are_no_topics_of_the_help() -> None:
    """`docs/dev` is for people who change the code; `cordage-tui help` lists what is beside it, and all of that."""
    assert sorted(TOPICS) == sorted(path.stem for path in DOCS.glob("*.md"))


def test_contributing_leads_to_each_page_for_developers() -> None:
    page = (DOCS / "dev" / "contributing.md").read_text()
    assert [
        path.name for path in (DOCS / "dev").glob("*.md") if path.name not in page and path.name != "contributing.md"
    ] == []


def _cells(row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", row.strip())) - 1


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_each_row_of_a_table_has_as_many_cells_as_its_head(page: Path) -> None:
    """A `|` within a cell is written `\\|`; else the rest of the row is not shown."""
    table, is_code = 0, False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        is_code ^= line.startswith("```")
        is_row = line.startswith("|") and not is_code
        table = (table or _cells(line)) if is_row else 0
        assert not is_row or _cells(line) == table, f"{page.name}:{number}"
