"""The pages in `cordage_tui/docs`: what comments and pages refer to is there, and nothing refers to a page outside the repository."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "cordage_tui" / "docs"
SUFFIXES = (".py", ".md", ".toml", ".tcss", ".sql", ".sh")
OUTSIDE = re.compile(r"\b(FAULTS|TRAPS|DESIGN|PERFORMANCE|HOUSE|STYLE|FEATURES|UX|API)\.md\b")
REFERENCE = re.compile(r"docs/([a-z-]+\.md)((?:,? ?(?:(?:rules? )?T?\d+(?:\.\d+)?(?:[–-]\d+)?|and|to))*)")
PATH = re.compile(r"`((?:api|cli|config|domain|engine|simulator|store|ui)/[a-z_/]+(?:\.py)?)`")


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


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_the_files_that_a_page_names_are_there(page: str) -> None:
    missing = [name for name in PATH.findall((DOCS / page).read_text()) if not (ROOT / "cordage_tui" / name).exists()]
    assert missing == []


def _cells(row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", row.strip())) - 1


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda page: page.name)
def test_each_row_of_a_table_has_as_many_cells_as_its_head(page: Path) -> None:
    """A `|` within a cell is written `\\|`; else the rest of the row is not shown."""
    table, is_code = 0, False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        is_code ^= line.startswith("```")
        is_row = line.startswith("|") and not is_code
        table = (table or _cells(line)) if is_row else 0
        assert not is_row or _cells(line) == table, f"{page.name}:{number}"
