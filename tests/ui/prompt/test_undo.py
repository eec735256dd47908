"""Undo and redo, in whatever order, at whatever size of the panel."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from textual.document._wrapped_document import WrappedDocument

from cordage_tui.ui.widgets.text_area import LimitedTextArea

STEPS = 80
ACTIONS = (
    *("undo",) * 8, *("redo",) * 6, "delete_left", "delete_right", "cursor_left", "cursor_right", "cursor_line_start",
    *("cursor_line_end", "delete_word_left", "delete_to_start_of_line", "delete_to_end_of_line_or_delete_line"),
)  # fmt: skip
DEEDS = (
    "words",
    "words",
    "lines",
    "tall",
    "wide",
    "write",
    "write",
    "size",
    "size",
    "size",
    "all",
    "select",
    "go",
    "huge",
)


@pytest.mark.parametrize("lines", [20, 200])
async def test_a_text_taller_than_the_panel_is_undone_and_redone(typing: Callable[..., Any], lines: int) -> None:
    """ctrl+z takes it out, redo puts it back, with the cursor at its end; a replaced text comes back the same way."""
    text = "\n".join(f"line {n}" for n in range(lines))
    async with typing() as typist:
        editor = typist.panel.editor
        await typist.type("fox ")
        await typist.paste(text)
        for _ in range(3):
            await typist.keys("ctrl+z")
            assert typist.text == "fox "
            await typist.keys("ctrl+y")
            assert typist.text == f"fox {text}"
            assert editor.cursor_location == editor.document.end
        typist.panel.set_text("short")
        await typist.keys("ctrl+z")
        assert typist.text == f"fox {text}"
        await typist.keys("ctrl+y")
        assert typist.text == "short"
        assert editor.cursor_location == editor.document.end


async def test_edits_in_far_places_are_undone_together(typing: Callable[..., Any]) -> None:
    """All lines are there again, and the cursor can go to the last one."""
    lines = [f"line {n}" for n in range(30)]
    async with typing() as typist:
        editor = typist.panel.editor
        typist.panel.set_text("\n".join(lines))
        editor.move_cursor((3, 0))
        editor.action_delete_word_left()
        editor.move_cursor((27, 4))
        for _ in range(2):
            editor.action_delete_word_left()
            editor.action_undo()
        await typist.pilot.pause()
        assert typist.text == "\n".join(lines)
        editor.move_cursor(editor.document.end)
        assert editor.cursor_location == (29, 7)
        assert _is_laid_out(editor)


@pytest.mark.parametrize("seed", range(8))
async def test_random_edits_sizes_undo_and_redo_never_crash(typing: Callable[..., Any], seed: int) -> None:
    """The cursor stays in the text, and the text is laid out as a new one would be; all undone and redone gives it back."""
    rng = random.Random(seed)
    async with typing(inputs={"style": ["anime", "noir"], "seed": 7}) as typist:
        editor = typist.panel.editor
        for n in range(STEPS):
            if rng.random() < 0.5:
                await editor.run_action(rng.choice(ACTIONS))
            else:
                _do(typist, rng, n)
            if rng.random() < 0.3:
                await typist.until(lambda: _is_laid_out(editor))
            _has_its_cursor(editor)
        while editor.history.redo_stack:
            await editor.run_action("redo")
        last = typist.text
        undone = len(editor.history.undo_stack)
        for action in ["undo"] * undone + ["redo"] * undone:
            await editor.run_action(action)
            _has_its_cursor(editor)
        await typist.until(lambda: _is_laid_out(editor))
        assert typist.text == last or undone == 0


def _has_its_cursor(editor: LimitedTextArea) -> None:
    row, column = editor.cursor_location
    assert row < editor.document.line_count
    assert column <= len(editor.document.get_line(row))


def _is_laid_out(editor: LimitedTextArea) -> bool:
    """As soon as a change of size has arrived."""
    fresh = WrappedDocument(editor.document, editor.wrap_width, editor.indent_width)
    return editor.wrapped_document.height == fresh.height


def _do(typist: Any, rng: random.Random, n: int) -> None:
    """Something that is done to the panel."""
    panel, editor = typist.panel, typist.panel.editor
    words = [f"w{n}", "a longer word", "文字", "e\u0301", "x" * rng.randrange(1, 200)]
    match rng.choice(DEEDS):
        case "words":
            editor.insert_bounded(rng.choice(words))
        case "lines":
            editor.insert_bounded("\n" * rng.randrange(1, 4))
        case "tall":
            editor.insert_bounded("\n".join(rng.choice(words) for _ in range(rng.randrange(5, 60))))
        case "wide":
            editor.insert_bounded(" ".join(rng.choice(words) for _ in range(rng.randrange(5, 60))))
        case "write":
            panel.set_text("\n".join(rng.choice(words) for _ in range(rng.choice([0, 1, 30]))))
        case "huge":
            panel.set_text("y\n" * 9_000)
        case "size":
            panel.styles.height, panel.styles.width = rng.randrange(3, 13), rng.choice([20, 60, 80, 100])
        case "all":
            editor.select_all()
        case "select":
            editor.move_cursor(_place(editor, rng), select=True)
        case "go":
            editor.move_cursor(_place(editor, rng))


def _place(editor: LimitedTextArea, rng: random.Random) -> tuple[int, int]:
    row = rng.randrange(editor.document.line_count)
    return row, rng.randrange(len(editor.document.get_line(row)) + 1)
