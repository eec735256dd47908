"""What `pyproject.toml` says of the package; `python tests/package.py` builds it and starts what is installed."""

import re
import tomllib

from cordage_tui import SOURCE, __version__
from cordage_tui.domain.manual import page
from tests.readme.pages import ROOT

TEXT = (ROOT / "pyproject.toml").read_text()
SETTINGS = tomllib.loads(TEXT)
PROJECT = SETTINGS["project"]
TEXT_FILES = (".py", ".md", ".toml", ".json", ".1")
ADDRESS = r"https?://[\w.-]*(?:git|codeberg|sr\.ht)[\w.-]*/[\w./-]*cordage-tui[\w./-]*"
"""An address of this project at a host of repositories."""


def test_an_address_of_the_project_is_named_only_if_it_is_declared() -> None:
    """`pyproject.toml` has the one address, as `Source` of its URLs, once there is one; nothing else names another."""
    declared = PROJECT.get("urls", {}).get("Source")
    files = [ROOT / "README.md", *(path for path in (ROOT / "cordage_tui").rglob("*") if path.suffix in TEXT_FILES)]
    addresses = {(file.name, url) for file in files for url in re.findall(ADDRESS, file.read_text(encoding="utf-8"))}
    assert {(name, url) for name, url in addresses if declared is None or not url.startswith(declared)} == set()


def test_help_names_the_address_that_is_declared() -> None:
    """`--help` shows it for reports from a constant, since reading metadata of a package is slow."""
    assert PROJECT.get("urls", {}).get("Source", "") == SOURCE


def test_the_version_is_written_once_and_begins_the_changelog() -> None:
    """Each release has one section with its date, the newest first; what is not released yet may stand above it."""
    assert PROJECT["dynamic"] == ["version"] and "version" not in PROJECT
    assert SETTINGS["tool"]["hatch"]["version"]["path"] == "cordage_tui/__init__.py"
    released = [title for title in re.findall(r"^## (.+)", page("changelog"), re.MULTILINE) if title != "Unreleased"]
    assert re.fullmatch(rf"{re.escape(__version__)} - \d{{4}}-\d\d-\d\d", released[0])
    versions = [tuple(map(int, title.partition(" - ")[0].split("."))) for title in released]
    assert versions == sorted(set(versions), reverse=True)


def test_a_cap_has_its_reason_beside_it() -> None:
    """And nothing keeps a fix of Pillow out, which reads files from outside."""
    block = TEXT.split("\ndependencies = [\n")[1].split("\n]")[0].splitlines()
    names = {re.findall(r'"([\w-]+)', line)[0]: line for line in block}
    assert sorted(names) == sorted(re.findall(r"^[\w-]+", one)[0] for one in PROJECT["dependencies"])
    for name, line in names.items():
        requirement, reason = line.split(",  ")[0], line.partition("#")[2]
        assert ("<" in requirement) == (name in ("textual", "httpx", "httpcore")), name
        assert "<" not in requirement or "since" in reason or "events" in reason, name
    assert "\"pillow>=13; python_version >= '3.11'\"" in names["pillow"]


def test_an_older_python_is_told_of_itself() -> None:
    """Without its marker, pip on Python 3.10 says that Pillow has no distribution, and not that Python is too old."""
    (pillow,) = (one for one in PROJECT["dependencies"] if one.startswith("pillow"))
    assert pillow.partition("; ")[2] == f"python_version >= '{PROJECT['requires-python'].removeprefix('>=')}'"


def test_the_interpreters_named_begin_with_the_oldest_that_is_taken() -> None:
    named = [one.rpartition(" ")[2] for one in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", one)]
    assert named[0] == PROJECT["requires-python"].removeprefix(">=")
    assert named == [f"3.{minor}" for minor in range(11, 16)]


def test_it_says_that_it_has_types() -> None:
    assert (ROOT / "cordage_tui" / "py.typed").is_file() and "Typing :: Typed" in PROJECT["classifiers"]
