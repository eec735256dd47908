"""The prompt history of ctrl+r: all sent prompts are found, previewed, named and loaded, and nothing is sent."""

import threading
from time import monotonic

import pytest
from textual.events import Key
from textual.widgets import Input

from cordage_tui.domain.batch import BatchSource
from cordage_tui.store.errors import DatabaseLocked
from cordage_tui.store.prompt_history import SentBodies
from cordage_tui.store.prompt_search import search_bodies
from cordage_tui.ui.prompt import history_screen
from cordage_tui.ui.prompt.history_screen import HistoryList, PromptHistoryScreen


def lines(program) -> list[str]:
    """Return the listed prompts, from the best match on."""
    listed = program.app.screen.query_one(HistoryList)
    table = SentBodies(program.main.store.database, program.main.engine.profile.stored_as)
    bodies = [table.statistics(row) for row in listed._rows]
    return [body.inputs["prompt"] for body in bodies]


async def search(program, query: str = "") -> None:
    """Open the history from the prompt, type the query, and wait for its matches."""
    await program.press(*(("t",) if program.at() != "prompt" else ()), "ctrl+r")
    await program.until(lambda: isinstance(program.app.screen, PromptHistoryScreen))
    await program.writes(query)
    await search_ends(program)


async def search_ends(program) -> None:
    """Wait until the search has ended and its matches are shown."""
    await program.until(lambda: program.app.screen._is_complete)
    await program.pilot.pause()


async def three(program) -> None:
    """Run three prompts."""
    for prompt in ("a red fox", "an owl", "a fox in snow"):
        await program.runs(prompt)


async def test_enter_loads_and_never_sends(opened):
    """Enter loads webhook, prompt and fields of the earlier prompt; only another Enter sends them."""
    async with opened() as program:
        await three(program)
        posts = len(program.posts)
        await search(program, "fox red")
        assert lines(program) == ["a red fox"]
        await program.press("enter")
        await program.until(lambda: program.at() == "prompt")
        prompt = program.widget("prompt")
        assert prompt.inputs() == {"prompt": "a red fox", "style": "anime"}
        for _ in range(3):  # the key is still held down, however slow this machine is
            prompt.editor.ignore_held_enter(monotonic())
            await program.press("enter")
        await program.sees("press Enter again")
        await program.until(lambda: prompt.editor.settled)
        assert len(program.posts) == posts
        prompt.editor.ignore_held_enter(monotonic() - 1.0)
        await program.press("enter")
        await program.until(lambda: len(program.posts) == posts + 1)


async def test_the_best_output_is_read_once_for_each_prompt(opened, monkeypatch):
    """The best output of a prompt is read once, not at each repaint, and again after a change."""
    reads: list[int] = []
    best = SentBodies.best_output
    monkeypatch.setattr(SentBodies, "best_output", lambda self, row: (reads.append(row), best(self, row))[1])
    async with opened() as program:
        await three(program)
        await search(program)
        screen = program.app.screen
        for _ in range(3):
            screen._show()
        await program.press("down", "up")
        first, second = (screen.bodies._rows[n] for n in (0, 1))
        assert reads == [first, second]
        reads.clear()
        screen._table.rename(first, "the best")
        screen._follow()
        await search_ends(program)
        assert reads == [first]


@pytest.mark.parametrize("field", [False, True])
async def test_keys_that_come_with_ctrl_r_are_its_own(opened, field):
    """Keys that follow ctrl+r in one go become its query, and no Enter among them reaches the prompt."""
    async with opened() as program:
        await three(program)
        await program.writes("an expensive draft")
        await program.press(*(["tab"] if field else []))
        posts = len(program.posts)
        for key in ("ctrl+r", "f", "o", "x"):
            program.app.post_message(Key(key, key if len(key) == 1 else None))
        await program.until(lambda: isinstance(program.app.screen, PromptHistoryScreen))
        await program.until(lambda: [field.value for field in program.app.screen.query(Input)] == ["fox"])
        await program.press("escape")
        for key in ("ctrl+r", "f", "enter", "enter", "enter"):
            program.app.post_message(Key(key, key if len(key) == 1 else None))
        await program.until(lambda: program.app.key_order.heard and not program.app.key_order.waiting)
        await program.pilot.pause(0.1)
        assert len(program.posts) == posts
        assert "an expensive draft" in str(main_history(program))


async def test_what_is_typed_before_the_field_is_there_is_its_own(opened):
    """Keys that arrive before the field has the focus are typed into it."""
    async with opened() as program:
        await three(program)
        await search(program)
        screen = program.app.screen
        screen.set_focus(None)
        for key in "ow":
            program.app.post_message(Key(key, key))
        await program.until(lambda: screen._typed_ahead == "ow")
        screen.query_one(Input).focus()
        await program.until(lambda: screen.query_one(Input).value == "ow")
        await search_ends(program)
        assert lines(program) == ["an owl", "a fox in snow"]


def main_history(program) -> list[object]:
    """Return the inputs of the prompt panel, and the inputs that it can bring back."""
    prompt = program.widget("prompt")
    place = prompt._recall.older({})
    return [prompt.inputs(), None if place is None else prompt._recall.inputs_at(place)]


async def test_keys_move_and_escape_leaves_everything_as_it_was(opened):
    """Keys move the cursor, a new query selects the best match, and escape returns to the unchanged draft."""
    async with opened() as program:
        await three(program)
        await program.writes("my draft")
        await search(program)
        assert lines(program) == ["a fox in snow", "an owl", "a red fox"]
        await program.press("down", "down", "down", "up")
        screen = program.app.screen
        assert screen.query_one(HistoryList).index == 1
        await program.sees("once")
        await program.writes("fox")
        await search_ends(program)
        assert screen.query_one(HistoryList).index == 0
        await program.press("escape")
        assert program.at() == "prompt"
        assert program.widget("prompt").inputs()["prompt"] == "my draft"


async def test_a_click_moves_the_cursor_and_one_on_it_loads(opened):
    """A click selects a prompt, and a click on the selected prompt loads it."""
    async with opened() as program:
        await three(program)
        await search(program)
        listed = program.app.screen.query_one(HistoryList)
        for index in (2, 0, 0):
            await program.pilot.click(HistoryList, offset=(8, index))
            await program.pilot.pause()
            assert listed.index == index
        await program.until(lambda: program.at() == "prompt")
        assert program.widget("prompt").inputs()["prompt"] == "a fox in snow"


async def test_ctrl_r_again_changes_the_scope(opened):
    """ctrl+r goes through this webhook, all, kept, failed and library; a loaded prompt goes to its own webhook."""
    async with opened() as program:
        await program.runs("a red fox")
        await program.press("escape", "1", "j", "j", "t")
        await program.sees("Prompt → Second")
        await program.runs("an owl")
        await search(program)
        assert lines(program) == ["an owl"]
        await program.press("ctrl+r")
        await search_ends(program)
        assert lines(program) == ["an owl", "a red fox"]
        await program.press("ctrl+r")
        await program.sees("No output was kept yet. ctrl+r shows: failed.")
        await program.writes("zebra")
        await program.sees("Nothing matches zebra. ctrl+r searches: failed.")
        await program.press("ctrl+r", "ctrl+r", "ctrl+r", "ctrl+r")
        await program.press(*["backspace"] * 5)
        await search_ends(program)
        await program.press("down", "enter")
        await program.sees("Prompt → First")
        assert program.widget("prompt").inputs()["prompt"] == "a red fox"


async def test_a_name_puts_a_prompt_into_the_library(opened):
    """A named prompt is in the library and found by its name; without a name it leaves the library."""
    async with opened() as program:
        await three(program)
        await search(program, "owl")
        program.app.post_message(Key("alt+p", "p"))
        await program.sees("Name this prompt")
        await program.writes("night bird")
        await program.press("enter")
        await program.sees("◆ night bird")
        await program.press("escape")
        await search(program, "bird")
        assert lines(program) == ["an owl"]
        screen = program.app.screen
        await program.press(*["ctrl+r"] * 4, *["backspace"] * 4)
        await search_ends(program)
        assert lines(program) == ["an owl"]
        await program.press("alt+p")
        program.app.screen.query_one(Input).value = ""
        await program.press("enter")
        await program.until(lambda: program.app.screen is screen)
        await program.sees("The library is empty")


async def test_a_batch_is_loaded_as_it_was_written(opened):
    """A batch is loaded with its pattern, and its single prompts are found by their words."""
    async with opened() as program:
        source = BatchSource("{red|blue} bird", {"prompt": "{red|blue} bird"}, (("1", ("red", "blue")),))
        key = program.world.webhooks[0].key
        program.main.engine.queue.submit_batch(key, source, [{"prompt": "red bird"}, {"prompt": "blue bird"}])
        await search(program)
        assert lines(program) == ["{red|blue} bird"]
        await program.sees("▤2")
        await program.writes("bird")
        await search_ends(program)
        assert set(lines(program)) == {"{red|blue} bird", "red bird", "blue bird"}
        await program.press(*["backspace"] * 4, "enter")
        await program.until(lambda: program.at() == "prompt")
        assert program.widget("prompt").inputs() == {"prompt": "{red|blue} bird"}
        await program.sees("Enter previews the batch")


async def test_tab_loads_the_fields_alone(opened):
    """Tab loads the fields of an earlier prompt and keeps the typed prompt."""
    async with opened() as program:
        main = program.main
        key = program.world.webhooks[0].key
        main.engine.queue.submit(key, {"prompt": "a red fox", "style": "noir"})
        await program.press("t")
        await program.writes("mine")
        await search(program, "noir")
        await program.press("tab")
        await program.until(lambda: program.at() == "prompt")
        assert program.widget("prompt").inputs() == {"prompt": "mine", "style": "noir"}


async def test_what_is_sent_meanwhile_joins_the_list(opened):
    """A prompt sent by another window joins the list, and the cursor stays on its prompt."""
    async with opened() as program:
        await three(program)
        await search(program)
        await program.press("down")
        key = program.world.webhooks[0].key
        program.main.engine.queue.submit(key, {"prompt": "a late bat"})
        await program.until(lambda: lines(program)[0] == "a late bat")
        await search_ends(program)
        assert program.app.screen.query_one(HistoryList).index == 2
        await program.sees("sent        once")


async def test_the_preview_shows_the_best_picture(opened):
    """The preview shows the kept output of the prompt, from whichever of its runs."""
    async with opened() as program:
        await program.runs("a red fox")
        await program.passes(61)
        await program.until(lambda: program.selected.output_count)
        row = program.selected.id
        program.main.store.ratings.decide([(row, 1)], True)
        await search(program)
        screen = program.app.screen
        await program.until(lambda: screen._preview.wanted())
        assert screen._preview.wanted()[0].output.row == row
        await program.sees("✔1/1")
        await program.sees("1 of 1 decided")


async def test_foreign_text_is_inert_and_long_ones_are_cut(opened):
    """No escape sequence and no markup of a prompt reaches the terminal, at any size."""
    hostile = "fox \x1b]0;PWNED\x07 [b]bold[/b] https://s/b?sig=1 \u202e" + "🦊" * 3_000 + "\n" * 50 + "夜"
    async with opened(80, 24) as program:
        key = program.world.webhooks[0].key
        program.main.engine.queue.submit(
            key, {"prompt": hostile, "x[/b]": {"a": "\x1b[2J"}, "url": "https://s/a?sig=1"}
        )
        await search(program, "fox bold")
        for size in ((80, 24), (120, 36), (40, 12)):
            await program.resizes(*size)
            await program.sees("fox ␛]0;")
            assert "\x1b]0;" not in program.text() and "sig=1" not in program.text()
            await program.press("down", "pagedown", "pageup")
        await program.press("ctrl+r", "enter")
        await program.until(lambda: program.at() == "prompt")


async def test_enter_never_loads_a_match_of_what_was_typed_before(opened, monkeypatch):
    """While the database does not answer, the title says so, and the key waits for the first match."""
    async with opened() as program:
        await three(program)
        await search(program, "fox")
        screen, release = program.app.screen, threading.Event()

        def held(database, query):
            release.wait(20.0)
            yield from search_bodies(database, query)

        monkeypatch.setattr(history_screen, "search_bodies", held)
        await program.writes(" red")
        await program.press("enter")
        assert program.app.screen is screen
        await program.sees("Searching…")
        release.set()
        await program.until(lambda: program.widget("prompt").inputs().get("prompt") == "a red fox")


async def test_a_database_that_cannot_be_read_ends_the_search(opened, monkeypatch):
    """A search of a locked database shows the reason, and the next letter searches again."""
    async with opened() as program:
        await three(program)

        def locked(database, query):
            raise DatabaseLocked("The database is locked by another program.")
            yield

        with monkeypatch.context() as patch:
            patch.setattr(history_screen, "search_bodies", locked)
            await search(program, "f")
            await program.sees("locked by another program")
        await program.writes("ox")
        await search_ends(program)
        assert lines(program) == ["a fox in snow", "a red fox"]


async def test_word_lists_are_completed_by_their_files(opened):
    """The prompt completes the name of a word list in the settings folder."""
    async with opened() as program:
        program.paths.config_dir.mkdir(parents=True, exist_ok=True)
        (program.paths.config_dir / "styles.txt").write_text("noir\nink\n")
        await program.press("t")
        await program.writes("a fox, {@s")
        await program.sees("a fox, {@styles}")
        editor = program.widget("prompt").editor
        assert (editor.text, editor.suggestion) == ("a fox, {@s", "tyles}")
        await program.press("right", "enter")
        await program.sees("2 runs, 2s to send")
