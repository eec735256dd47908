"""A path is completed as in a shell, and a folder that does not answer delays no key."""

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
    """App with a field for a path and a line for its candidates."""

    def compose(self) -> ComposeResult:
        yield PathInput(id="path")
        yield Static(id="candidates")

    def on_path_input_completed(self, event: PathInput.Completed) -> None:
        self.query_one("#candidates", Static).update(candidates_line(event.found))


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[PathInput, Pilot[None], Callable[[], str]]]:
    """Open the form; return its field, the pilot, and a function that returns the candidates."""
    app = Form()
    async with app.run_test(size=(60, 6)) as pilot:
        yield app.query_one(PathInput), pilot, lambda: str(app.query_one("#candidates", Static).render())


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Wait until a condition is true."""
    for _ in range(1_000):
        if holds():
            return
        await pilot.pause(0.005)
    raise AssertionError("it never came true")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder that is home and working directory, and return it."""
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
    ("path", "completed_path", "names"),
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
def test_what_a_shell_would_complete(folder: Path, path: str, completed_path: str, names: tuple[str, ...]) -> None:
    """A path is completed as far as all candidates agree, and hidden names only after a dot."""
    completion = complete_path(path, list_folder(path_input.split_path(path)[0]))
    assert (completion.taken, completion.names) == (completed_path, names)


def test_names_that_no_field_can_hold_are_left_out(folder: Path) -> None:
    """Names with control characters, line ends or invalid bytes are left out, and hidden names without a dot."""
    with open(os.fsencode(folder) + b"/\xff.csv", "wb"):  # noqa: PTH123  no Path of bytes
        pass
    completion = complete_path("./", list_folder("./"))
    assert completion.names == ("linked/", "pictures/", "plain", "prompts-2.csv", "prompts.csv", "round", "ümlaut.txt")
    assert list_folder(str(folder)) == list_folder("./")


async def test_tab_completes_and_the_candidates_are_on_one_line(folder: Path) -> None:
    """Tab completes the path and lists the candidates on one line, and a whole name has none."""
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
    """Keys work while a folder is read, and the pressed tab counts once it has answered."""
    answers, listed_folders = threading.Event(), []

    def slow(name: str) -> tuple[str, ...]:
        listed_folders.append(name)
        answers.wait(60.0)
        return ("prompts.csv",)

    monkeypatch.setattr(path_input, "list_folder", slow)
    async with opened() as (field, pilot, line):
        try:
            await pilot.press("p", "r", "o", "tab")
            assert (field.value, line()) == ("pro", "")
            assert listed_folders == [""], "one read for all keys"
        finally:
            answers.set()
        await until(pilot, lambda: field.value == "prompts.csv")


async def test_a_tab_is_forgotten_when_something_else_is_typed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A late answer does not change a text that was edited after tab."""
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
