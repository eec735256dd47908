"""Undo and redo, in any order and at any size of the panel."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from textual.document._wrapped_document import WrappedDocument

from cordage_tui.domain.run import RowId
from cordage_tui.domain.submission import Lineage
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
    """ctrl+z removes a pasted or replace_draft text, and redo restores it with the cursor at its end."""
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
    """Undo after edits in distant lines restores all lines, and the cursor can go to the last."""
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


@pytest.mark.parametrize("seed", range(4))
async def test_random_edits_sizes_undo_and_redo_never_crash(typing: Callable[..., Any], seed: int) -> None:
    """After any edits the cursor is in the text and the layout is right, and full undo and redo restore the text."""
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


PARENT = Lineage(RowId(5))
FIELDS = {"style": ["anime", "noir"], "seed": 7}


async def replace_draft(t: Any, how: str) -> None:
    """Replace the draft, as the user's key does."""
    match how:
        case "run":
            t.panel.load({"prompt": "a run's", "style": "noir", "extra": {"a": 1}}, lineage=Lineage(RowId(7)))
        case "batch":
            t.panel.load({"prompt": "one\ntwo"}, batch_lines=True)
        case "long":
            t.panel.load({"prompt": "word " * 9_000, "seed": 1})
        case "fields":
            t.panel.load_fields({"style": "noir", "seed": 1})
        case "clear":
            await t.keys("alt+x")
        case "field":
            t.field("free").focus()
            await t.keys("alt+n")
        case "sent":
            t.panel.batch_sent()
        case "earlier":
            t.panel.editor.browsing = True  # as with an empty prompt; here it has a text, so that there is more to lose
            t.panel.editor.move_cursor((0, 0))
            await t.keys("up")
    await t.pilot.pause()


@pytest.mark.parametrize("how", ["run", "batch", "long", "fields", "clear", "field", "sent", "earlier"])
async def test_whatever_replaces_the_draft_one_undo_gives_back_text_and_fields(
    typing: Callable[..., Any], how: str
) -> None:
    """One undo restores text, fields, invalid values, lineage and reading of a replaced draft, and redo replaces it."""

    def panel_state() -> tuple[Any, ...]:
        return (
            t.panel.inputs(),
            t.panel.form.invalid(),
            t.panel.draft.batch_lines,
            t.panel.lineage,
            t.panel.editor.read_only,
        )

    async with typing() as t:
        for text in ("mine", ""):
            t.switch(FIELDS, history=[{"prompt": "earlier", "seed": 3}])
            body = {"prompt": text, "style": "noir", "free": "yes"}
            t.panel.load(body, batch_lines=how == "sent" or None, lineage=PARENT)
            t.field("seed").value = "42abc"
            await t.pilot.pause()
            before = panel_state()
            prompt = {"prompt": text} if text else {}
            assert before[:2] == ({**prompt, "style": "noir", "free": "yes"}, {"seed": "42abc"})
            await replace_draft(t, how)
            after = panel_state()
            assert after != before
            for _ in range(2):
                await t.keys("ctrl+z")
                assert panel_state() == before
                await t.keys("ctrl+y")
                assert panel_state() == after


async def test_undo_works_from_a_field_and_goes_to_the_prompt(typing: Callable[..., Any]) -> None:
    """ctrl+z in a field undoes the replacement and focuses the prompt."""
    async with typing() as t:
        t.switch(FIELDS, draft={"prompt": "mine", "seed": 9})
        t.panel.load({"prompt": "a run's", "seed": 5})
        await t.pilot.pause()
        t.field("seed").focus()
        await t.keys("ctrl+z")
        assert t.panel.inputs() == {"prompt": "mine", "seed": 9}
        assert t.panel.editor.has_focus


async def test_an_undone_replacement_is_not_sent_by_an_enter_from_before(typing: Callable[..., Any]) -> None:
    """An Enter for a text that was then undone sends nothing."""
    async with typing() as t:
        t.panel.load({"prompt": "a run's"})
        await t.pilot.pause()
        t.panel.editor.submit()
        t.panel.editor.action_undo()
        await t.pilot.pause()
        assert (t.sent, t.text) == ([], "")


@pytest.mark.parametrize("seed", range(3))
async def test_any_series_of_replacements_is_undone_and_redone_step_by_step(
    typing: Callable[..., Any], seed: int
) -> None:
    """Each undo and redo of a series of replacements and edits restores exactly the state of its step."""
    rng = random.Random(seed)
    async with typing() as t:
        t.switch(FIELDS, history=[{"prompt": "earlier", "seed": 3}])
        stood = [t.panel.inputs()]
        for _ in range(12):
            free = any(row.field.free for row in t.panel.form._rows.values())
            ways = ["run", "batch", "long", "fields", "clear", "typed", *(["field"] if free else [])]
            match rng.choice(ways):
                case "typed":
                    t.panel.editor.insert_bounded(f"words {rng.random()} ")
                    await t.pilot.pause()
                case "field":
                    next(row for row in t.panel.form._rows.values() if row.field.free).control.focus()
                    await t.keys("alt+n")
                case how:
                    await replace_draft(t, how)
            stood.append(t.panel.inputs())
            steps = len(t.panel.editor.history.undo_stack)
            if steps < len(stood) - 1:  # a text kept whole takes no typing
                stood.pop()
        assert len(t.panel.editor.history.undo_stack) == len(stood) - 1
        for before in reversed(stood[:-1]):
            await t.keys("ctrl+z")
            assert t.panel.inputs() == before
        for after in stood[1:]:
            await t.keys("ctrl+y")
            assert t.panel.inputs() == after


def _has_its_cursor(editor: LimitedTextArea) -> None:
    """Assert that the cursor is in the text."""
    row, column = editor.cursor_location
    assert row < editor.document.line_count
    assert column <= len(editor.document.get_line(row))


def _is_laid_out(editor: LimitedTextArea) -> bool:
    """Return whether the layout is that of a new document of the same text."""
    fresh = WrappedDocument(editor.document, editor.wrap_width, editor.indent_width)
    return editor.wrapped_document.height == fresh.height


def _do(typist: Any, rng: random.Random, n: int) -> None:
    """Do one random change to the panel."""
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
    """Return a random place in the text."""
    row = rng.randrange(editor.document.line_count)
    return row, rng.randrange(len(editor.document.get_line(row)) + 1)
