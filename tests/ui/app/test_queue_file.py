"""The queue as a text file in the app: `E` opens it, the changes are shown, and only yes applies them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.store.outbox.queue_edits import QueueEdits
from cordage_tui.ui.external.editor import EditResult
from cordage_tui.ui.queue.file_review import FileProblemDialog, QueueReviewDialog
from cordage_tui.ui.queue.screen import QueueScreen
from tests.ui.app.test_queue import queue_of, sent, waits

Edit = Callable[[str], str | EditResult]


def edits(program, *edits: Edit) -> list[str]:
    """Let the editor make one of these edits each time; return the list of the texts that it received."""
    opened_texts: list[str] = []

    async def edit_outside(text, file=None, keep=None):
        opened_texts.append(text)
        edited = edits[min(len(opened_texts), len(edits)) - 1](text)
        return edited if isinstance(edited, EditResult) else EditResult(edited)

    program.app.foreground.edit = edit_outside
    return opened_texts


def drops(*prompts: str) -> Edit:
    """Return an edit that deletes the tables of these prompts."""

    def edit(text: str) -> str:
        parts = text.split("\n[[prompt]]")
        return "\n[[prompt]]".join(part for part in parts if not any(f'"{prompt}"' in part for prompt in prompts))

    return edit


def changes(old: str, new: str) -> Edit:
    """Return an edit that replaces a text."""
    return lambda text: text.replace(old, new)


def first(text: str) -> str:
    """Move the last prompt to the top."""
    head, *parts = text.split("\n[[prompt]]")
    return "\n[[prompt]]".join([head, parts[-1], *parts[:-1]])


def kept(program) -> list[Path]:
    """Return the files of the queue that were kept."""
    return [*program.app.launch.paths.state_dir.glob("queue-*.toml")]


async def review(program) -> None:
    """Wait for the dialog with the changes."""
    await program.until(lambda: isinstance(program.app.screen, QueueReviewDialog))


async def closed(program) -> None:
    """Wait until the queue screen is back."""
    await program.until(lambda: isinstance(program.app.screen, QueueScreen))


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_what_was_changed_is_shown_and_applied_by_yes(opened, size) -> None:
    """The dialog lists the changes, and yes applies all in one step, in the order of the file."""
    async with opened(*size) as program:
        queue_of(program, "fox", "owl", "bee", "elk")
        opened_texts = edits(program, lambda text: first(drops("owl")(changes('"bee"', '"bee on a leaf"')(text))))
        await program.press("w", "E")
        await review(program)
        await program.sees("1 changed, 1 dropped, 1 moved")
        await program.sees("~ bee on a leaf")
        await program.sees("- owl")
        await program.sees("↕ 3rd → 1st  elk")
        assert waits(program) == ["fox", "owl", "bee", "elk"] and len(kept(program)) == 1
        await program.press("y")
        await closed(program)
        await program.until(lambda: waits(program) == ["elk", "fox", "bee on a leaf"])
        await program.sees("Queue: 1 changed, 1 dropped, 1 moved.")
        assert len(opened_texts) == 1 and kept(program) == []


async def test_what_the_file_dropped_is_brought_back_by_undo(opened) -> None:
    """Undo restores all prompts that the file dropped."""
    async with opened(100, 30) as program:
        queue_of(program, "fox", "owl", "bee")
        edits(program, drops("owl", "bee"))
        await program.press("w", "E")
        await review(program)
        await program.press("y")
        await program.until(lambda: waits(program) == ["fox"])
        await closed(program)
        await program.press("u")
        await program.until(lambda: waits(program) == ["fox", "owl", "bee"])


async def test_enter_on_the_button_applies(opened) -> None:
    """Enter on the button applies the changes."""
    async with opened(100, 30) as program:
        queue_of(program, "fox", "owl")
        edits(program, drops("owl"))
        await program.press("w", "E")
        await review(program)
        await program.press("enter")
        await program.until(lambda: waits(program) == ["fox"])


async def test_escape_changes_nothing_and_keeps_the_file(opened) -> None:
    """Escape changes nothing, and a line names the file that keeps the edit."""
    async with opened(120, 30) as program:
        queue_of(program, "fox", "owl")
        edits(program, drops("owl"))
        await program.press("w", "E")
        await review(program)
        await program.press("escape")
        await program.sees("Your file is kept: ")
        assert waits(program) == ["fox", "owl"]
        assert ['"owl"' in path.read_text() for path in kept(program)] == [False]


async def test_a_file_that_cannot_be_applied_is_edited_again(opened) -> None:
    """The dialog names the error in the file, and Enter opens the file again with all edits."""
    async with opened(100, 30) as program:
        queue_of(program, "fox", "owl")
        opened_texts = edits(program, changes('"fox"', "fox in snow"), changes("fox in snow", '"fox in snow"'))
        await program.press("w", "E")
        await program.until(lambda: isinstance(program.app.screen, FileProblemDialog))
        await program.sees("Not TOML: ")
        assert len(kept(program)) == 1
        await program.press("enter")
        await review(program)
        assert "prompt = fox in snow" in opened_texts[1]
        await program.press("y")
        await program.until(lambda: waits(program) == ["fox in snow", "owl"])
        assert kept(program) == []


async def test_the_file_is_edited_again_from_what_is_shown(opened) -> None:
    """`e` in the dialog opens the edited file again."""
    async with opened(100, 30) as program:
        queue_of(program, "fox", "owl")
        edits(program, drops("owl"), changes('"fox"', '"elk"'))
        await program.press("w", "E")
        await review(program)
        await program.press("e")
        await program.sees("1 changed, 1 dropped")
        await program.press("y")
        await program.until(lambda: waits(program) == ["elk"])


async def test_nothing_changed_is_said_and_nothing_is_asked(opened) -> None:
    """A file without changes shows a line and no dialog."""
    for edit in (lambda text: text, lambda text: f"{text}\n# a comment\n", lambda text: ""):
        async with opened(100, 30) as program:
            queue_of(program, "fox")
            edits(program, edit)
            await program.press("w", "E")
            await program.sees("Nothing was changed.")
            await closed(program)
            assert waits(program) == ["fox"] and kept(program) == []


async def test_what_was_sent_meanwhile_is_left_alone_and_named(opened) -> None:
    """A prompt sent while the file was open is not changed, and the dialog names it."""
    async with opened(120, 30) as program:
        queue_of(program, "fox", "owl")

        async def edit_outside(text, file=None, keep=None):
            program.main.engine.queue.resume()
            await program.until(lambda: sent(program) == ["fox"])
            program.main.engine.queue.pause()
            return EditResult(text.replace('"fox"', '"red fox"').replace('"owl"', '"grey owl"'))

        program.app.foreground.edit = edit_outside
        await program.press("w", "E")
        await review(program)
        await program.sees("1 changed")
        await program.sees("1 was sent or changed in the meantime and is left alone.")
        await program.sees("It was sent in the meantime as run")
        await program.press("y")
        await program.until(lambda: waits(program) == ["grey owl"])
        await program.sees("Left alone: ")
        program.main.engine.queue.resume()
        await program.until(lambda: sent(program) == ["fox", "grey owl"])
        assert len(program.posts) == 2 and len(kept(program)) == 1


async def test_inputs_that_do_not_fit_are_named_and_applied_only_on_purpose(opened) -> None:
    """The dialog names inputs that do not fit, and applies them only after ctrl+e."""
    async with opened(120, 30) as program:
        program.main.engine.queue.pause()
        program.main.engine.queue.submit(program.world.webhooks[0].key, {"prompt": "fox", "style": "noir"})
        opened_texts = edits(program, changes('"noir"', '"noirr"'), lambda text: text)
        await program.press("w", "E")
        await review(program)
        await program.sees("✖ style: 'noirr' is not a choice. Did you mean 'noir'?  fox")
        await program.press("y")
        await program.press("enter")
        await program.until(lambda: len(opened_texts) == 2)
        await review(program)
        await program.press("ctrl+e", "y")
        await program.until(lambda: isinstance(program.app.screen, QueueScreen))
        (prompt,) = QueueEdits(program.main.engine.store.database, program.main.engine.store.outbox, "studio").unsent()
        assert '"style":"noirr"' in prompt.body


async def test_held_prompts_are_edited_too(opened) -> None:
    """The file includes held prompts, and they stay held after the edit."""
    async with opened(100, 30) as program:
        queue_of(program, "fox")
        program.main.engine.store.queue.hold("studio", "the key")
        edits(program, changes('"fox"', '"elk"'))
        await program.press("w", "E")
        await review(program)
        await program.press("y")
        await program.until(lambda: waits(program) == ["elk"])
        assert program.main.engine.queue.counts() == {OutboxState.HELD: 1}


async def test_an_editor_that_fails_leaves_the_queue_as_it_is(opened) -> None:
    """A failing editor shows its reason and changes nothing."""
    async with opened(100, 30) as program:
        queue_of(program, "fox")
        edits(program, lambda text: EditResult(text, "vim ended with code 1. Queue unchanged."))
        await program.press("w", "E")
        await program.sees("vim ended with code 1. Queue unchanged.")
        assert waits(program) == ["fox"]


async def test_ten_thousand_are_edited_at_once(opened) -> None:
    """Ten thousand changes, a drop and a move are one dialog that answers keys."""
    async with opened(120, 36) as program:
        program.main.engine.queue.pause()
        bodies = [{"prompt": f"fox {number}"} for number in range(10_000)]
        key = program.world.webhooks[0].key
        program.main.engine.queue.submit_batch(key, BatchSource("foxes", {}, ()), bodies)
        edits(program, lambda text: first(drops("fox 5")(text)).replace("fox", "red fox"))
        await program.press("w", "E")
        await review(program)
        await program.sees("9,999 changed, 1 dropped, 1 moved")
        await program.press("pagedown", "j")
        await program.press("y")
        await closed(program)
        counts = program.main.engine.queue.counts()
        assert counts == {OutboxState.QUEUED: 9_999}
        assert waits(program)[:3] == ["red fox 9999", "red fox 0", "red fox 1"]
