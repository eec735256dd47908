"""A path is completed as in a shell, and a folder that does not answer holds no key up."""

import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Static

from cordage_tui.ui.prompt import path_input
from cordage_tui.ui.prompt.path_input import PathInput, candidates_line, complete_path, list_folder


class Form(App[None]):
    def compose(self) -> ComposeResult:
        yield PathInput(id="path")
        yield Static(id="candidates")

    def on_path_input_completed(self, event: PathInput.Completed) -> None:
        self.query_one("#candidates", Static).update(candidates_line(event.found))


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[PathInput, Pilot[None], Callable[[], str]]]:
    app = Form()
    async with app.run_test(size=(60, 6)) as pilot:
        yield app.query_one(PathInput), pilot, lambda: str(app.query_one("#candidates", Static).render())


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if true():
            return
        await pilot.pause(0.005)
    raise AssertionError("it never came true")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Home and working directory."""
    for name in ("prompts.csv", "prompts-2.csv", ".hidden", "plain", "bad\x1b[2Jname", "two\nlines", "ümlaut.txt"):
        (tmp_path / name).touch()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "one.txt").touch()
    (tmp_path / "linked").symlink_to(tmp_path / "pictures")
    (tmp_path / "round").symlink_to("round")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "taken", "names"),
    [
        ("pro", "prompts", ("prompts-2.csv", "prompts.csv")),
        ("prompts.", "prompts.csv", ("prompts.csv",)),
        ("pi", "pictures/", ("pictures/",)),
        ("lin", "linked/", ("linked/",)),
        ("~", "~/", ("~/",)),
        ("~/pic", "~/pictures/", ("pictures/",)),
        ("~/pictures/", "~/pictures/one.txt", ("one.txt",)),
        ("./pictures/o", "./pictures/one.txt", ("one.txt",)),
        (".h", ".hidden", (".hidden",)),
        ("p", "p", ("pictures/", "plain", "prompts-2.csv", "prompts.csv")),
        ("ü", "ümlaut.txt", ("ümlaut.txt",)),
        ("nothing", "nothing", ()),
        ("nowhere/x", "nowhere/x", ()),
        ("prompts.csv/x", "prompts.csv/x", ()),
        ("~nobody-here/x", "~nobody-here/x", ()),
    ],
)
def test_what_a_shell_would_complete(folder: Path, typed: str, taken: str, names: tuple[str, ...]) -> None:
    """As far as all candidates agree; folders with a slash, also behind links; hidden names only behind a dot."""
    found = complete_path(typed, list_folder(path_input.split_path(typed)[0]))
    assert (found.taken, found.names) == (taken, names)


def test_names_that_no_field_can_hold_are_left_out(folder: Path) -> None:
    """Control characters, line ends and bytes that are no text; and without a dot no hidden name."""
    with open(os.fsencode(folder) + b"/\xff.csv", "wb"):  # noqa: PTH123  no Path of bytes
        pass
    found = complete_path("./", list_folder("./"))
    assert found.names == ("linked/", "pictures/", "plain", "prompts-2.csv", "prompts.csv", "round", "ümlaut.txt")
    assert list_folder(str(folder)) == list_folder("./")


async def test_tab_completes_and_the_candidates_are_on_one_line(folder: Path) -> None:
    """Another tab changes nothing while they differ; a whole name has no candidates left."""
    async with opened() as (field, pilot, line):
        await pilot.press("p", "r", "tab")
        await until(pilot, lambda: field.value == "prompts")
        await until(pilot, lambda: line() == "prompts-2.csv  prompts.csv")
        await pilot.press("tab", ".", "tab")
        await until(pilot, lambda: field.value == "prompts.csv" and line() == "")
        assert field.cursor_position == len(field.value) and field.has_focus
        await pilot.press("ctrl+u", "tab")
        await until(pilot, lambda: field.value == "./" and line().startswith("linked/  pictures/  plain"))


async def test_a_folder_that_does_not_answer_holds_no_key_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed is on screen; the tab that was pressed counts once the folder has answered, if nothing else was typed."""
    answers, asked = threading.Event(), []

    def slow(name: str) -> tuple[str, ...]:
        asked.append(name)
        answers.wait(60.0)
        return ("prompts.csv",)

    monkeypatch.setattr(path_input, "list_folder", slow)
    async with opened() as (field, pilot, line):
        try:
            await pilot.press("p", "r", "o", "tab")
            assert (field.value, line()) == ("pro", "")
            assert asked == [""], "one read for all keys"
        finally:
            answers.set()
        await until(pilot, lambda: field.value == "prompts.csv")


async def test_a_tab_is_forgotten_when_something_else_is_typed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A late answer does not change the text under the user's hands."""
    answers = threading.Event()

    def slow(name: str) -> tuple[str, ...]:
        answers.wait(60.0)
        return ("prompts.csv",)

    monkeypatch.setattr(path_input, "list_folder", slow)
    async with opened() as (field, pilot, line):
        try:
            await pilot.press("p", "tab", "r")
        finally:
            answers.set()
        await until(pilot, lambda: line() == "prompts.csv")
        assert field.value == "pr"
