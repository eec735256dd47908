"""The queue in the app: waiting prompts are shown, ordered, edited, dropped and sent."""

from textual.events import Key

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.store.store import Store
from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.dialogs.connect import ApiKeyDialog
from cordage_tui.ui.queue.active_runs_limit import LimitDialog
from cordage_tui.ui.queue.prompt_editing import EditQueuedPromptScreen
from cordage_tui.ui.queue.screen import QueueScreen


def queue_of(program, *prompts: str) -> None:
    """Pause the queue and submit the prompts."""
    program.main.engine.queue.pause()
    for prompt in prompts:
        program.main.engine.queue.submit(program.world.webhooks[0].key, {"prompt": prompt})


def waits(program) -> list[str]:
    """Return the prompts that wait, in their order."""
    return [waiting.prompt for waiting in program.main.engine.queue.waiting()]


def sent(program) -> list[str]:
    """Return the prompts that reached the server, in their order."""
    runs = program.world.list_runs(program.world.webhooks[0].key)
    return [str(run.inputs["prompt"]) for run in sorted(runs, key=lambda run: run.created_at)]


async def test_the_border_shows_the_place_of_the_cursor(opened) -> None:
    """The border of the queue shows the place of the cursor, as that of the run table does."""
    async with opened(120, 30) as program:
        program.main.engine.queue.pause()
        for prompt in ("fox", "owl", "elk"):
            program.main.engine.queue.submit(program.world.webhooks[0].key, {"prompt": prompt})
        await program.press("w")
        await program.sees("1 of 3")
        await program.press("j")
        await program.sees("2 of 3")


async def test_the_budgets_stand_above_the_queue(opened) -> None:
    """The screen shows the budgets above the queue, unless it has too few rows."""
    async with opened(120, 30, protected=True) as program:
        await program.press("w")
        await program.sees("triggers 60/60")
        assert "studio   protected   reads" in program.text().split("\n")[0] and "● live" in program.text()
    async with opened(120, 16) as program:
        await program.press("w")
        await program.sees("Queue is empty.")
        assert "triggers" not in program.text()


async def test_what_waits_is_put_in_order_dropped_and_sent(opened):
    """Keys move, drop and restore queued prompts, and `p` sends them in the shown order."""
    async with opened(100, 30) as program:
        queue_of(program, "fox", "owl", "bee")
        await program.press("w")
        await program.sees("3 queued · paused")
        await program.press("J")
        await program.until(lambda: waits(program) == ["owl", "fox", "bee"])
        await program.press("x")
        await program.until(lambda: waits(program) == ["owl", "bee"])
        await program.sees("Dropped: fox · u undo")
        await program.press("u")
        await program.until(lambda: waits(program) == ["owl", "fox", "bee"])
        await program.sees("▌ 2  ◌ queued")
        await program.press("G", "f")
        await program.until(lambda: waits(program) == ["bee", "owl", "fox"])
        assert program.posts == []
        await program.press("p")
        await program.sees("Queue is empty.")
        assert sent(program) == ["bee", "owl", "fox"]
        await program.press("escape")
        assert program.at() == "runs"


async def test_a_prompt_is_edited_before_it_is_sent(opened):
    """A prompt is not sent while it is being edited, and is sent once with its changes after saving."""
    async with opened(100, 30) as program:
        queue_of(program, "fox", "owl")
        await program.press("w", "e")
        await program.until(lambda: isinstance(program.app.screen, EditQueuedPromptScreen))
        program.main.engine.queue.resume()
        await program.until(lambda: sent(program) == ["owl"])
        await program.writes(" in snow")
        await program.press("enter")
        await program.until(lambda: sent(program) == ["owl", "fox in snow"])
        await program.until(lambda: isinstance(program.app.screen, QueueScreen) and waits(program) == [])


async def test_an_edit_that_looks_like_a_pattern_is_saved_after_a_question(opened):
    """An edit with a pattern is saved only after a yes, and no keeps the text in the editor."""
    async with opened(100, 30) as program:
        queue_of(program, "fox")
        await program.press("w", "e")
        await program.until(lambda: isinstance(program.app.screen, EditQueuedPromptScreen))
        await program.writes(" {a|b}")
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, ConfirmDialog))
        await program.sees("Save it as it is?")
        await program.press("n")
        assert isinstance(program.app.screen, EditQueuedPromptScreen)
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, ConfirmDialog))
        await program.press("y")
        await program.until(lambda: waits(program) == ["fox {a|b}"])
        await program.press("e")
        await program.until(lambda: isinstance(program.app.screen, EditQueuedPromptScreen))
        await program.writes(" c")
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, ConfirmDialog))


async def test_an_edit_that_is_left_changes_nothing(opened):
    """Escape leaves the edited prompt in its place unchanged, and does not touch the draft of the webhook."""
    async with opened(100, 30) as program:
        queue_of(program, "fox", "owl")
        await program.press("w", "e")
        await program.until(lambda: isinstance(program.app.screen, EditQueuedPromptScreen))
        await program.writes(" in snow")
        await program.press("escape")
        await program.until(lambda: waits(program) == ["fox", "owl"])
        counts = program.main.engine.queue.counts()
        assert counts == {OutboxState.QUEUED: 2}
        assert program.main.engine.store.prompts.draft("studio", program.world.webhooks[0].key) is None


async def test_an_uncertain_prompt_is_the_users_to_decide(opened):
    """An uncertain prompt is listed first, and only a yes drops it or sends it a second time."""
    async with opened(120, 40) as program:
        program.world.faults.add(Call.TRIGGER, Fault(FaultKind.CLOSE), count=1)
        program.main.engine.queue.submit(program.world.webhooks[0].key, {"prompt": "fox"})
        await program.until(lambda: OutboxState.UNCERTAIN in program.main.engine.queue.counts())
        await program.press("w")
        await program.sees("? uncertain")
        await program.sees("S resend   W keep waiting   x drop")
        for key, no in (("x", "escape"), ("S", "n")):
            await program.press(key)
            await program.until(lambda: isinstance(program.app.screen, ConfirmDialog))
            await program.press(no)
        assert len(program.posts) == 1
        await program.press("W")
        await program.sees("Keeps checking the run list for it.")
        await program.press("S")
        await program.until(lambda: isinstance(program.app.screen, ConfirmDialog))
        await program.press("y")
        await program.until(lambda: sent(program) == ["fox"])
        assert len(program.posts) == 2


async def test_a_refused_key_is_reported_on_one_line(opened):
    """A refused key is reported on one line for all held prompts, and `f2` asks for another key."""
    async with opened(100, 30) as program:
        queue_of(program, "fox", "owl", "bee")
        program.world.api_keys.clear()
        await program.reads()
        await program.sees("API key rejected: 3 prompts are held. f2 enters a new key.")
        await program.press("w")
        await program.sees("API key rejected: 3 prompts are held. f2 enters a new key.")
        await program.press("f2")
        await program.until(lambda: isinstance(program.app.screen, ApiKeyDialog))
        assert program.posts == []


async def test_the_queue_can_be_held_while_runs_are_active(opened):
    """`n` limits the number of active runs, and an empty field removes the limit."""
    async with opened(100, 30) as program:
        await program.runs("fox")
        await program.press("escape", "w", "n", "1", "enter")
        program.main.engine.queue.submit(program.world.webhooks[0].key, {"prompt": "owl"})
        await program.sees("Waiting: 1 run is active, and the limit is 1")
        assert sent(program) == ["fox"]
        await program.press("n")
        await program.pilot.pause(0.04)
        await program.press("backspace", "enter")
        await program.until(lambda: sent(program) == ["fox", "owl"])


async def test_a_pause_from_elsewhere_is_reported(opened):
    """A toast gives the reason of a pause made elsewhere, and the top line shows the pause with its key."""
    async with opened(140, 30) as program:
        other = Store.open(program.paths.database, program.clock)
        other.queue_control.pause("studio", "The machine went down with 3 prompts queued.")
        other.close()
        await program.sees("The machine went down with 3")
        await program.sees("queue paused · w")
        await program.press("w", "p", "escape")
        await program.until(lambda: "queue paused" not in program.text())


async def test_a_paste_sends_and_drops_nothing(opened):
    """Letters of a paste without bracketed paste neither resume the queue nor drop prompts."""
    async with opened(100, 30) as program:
        queue_of(program, "fox", "owl")
        await program.press("w")
        await program.pilot.pause(0.04)
        for letter in "-pxxpf":
            program.app.post_message(Key(letter, letter))
        await program.press("n")
        await program.until(lambda: isinstance(program.app.screen, LimitDialog))
        assert waits(program) == ["fox", "owl"] and program.main.engine.queue.control().paused is not None


async def test_the_queue_is_drawn_at_any_size(opened):
    """The queue is drawn at any size, and with few rows enter shows the prompt in place of the list."""
    async with opened(40, 12) as program:
        queue_of(program, "fox", "owl")
        await program.press("w")
        await program.sees("fox")
        await program.press("enter")
        await program.sees("╭─ Prompt")
        assert "Queue" not in program.text()
        await program.press("escape")
        for size in ((1, 1), (3, 2), (20, 5), (80, 24)):
            await program.pilot.resize_terminal(*size)
            await program.press("j", "G", "enter", "escape")
        assert isinstance(program.app.screen, QueueScreen)


async def test_a_typed_prompt_goes_before_a_batch_and_shows_where_it_stands(opened):
    """A typed prompt goes before a batch; keys move prompts across the border, and rows show position and reason."""
    async with opened(140, 36) as program:
        program.main.engine.queue.pause()
        key = program.world.webhooks[0].key
        program.main.engine.queue.submit_batch(key, BatchSource("birds"), [{"prompt": f"bird {n}"} for n in range(4)])
        program.main.engine.queue.submit(key, {"prompt": "fox"})
        await program.sees("1st")
        await program.sees("position    1st, paused")
        await program.press("w")
        await program.sees("── batches")
        assert waits(program) == ["fox", "bird 0", "bird 1", "bird 2", "bird 3"]
        await program.press("G", "right", "G", "f")
        await program.until(lambda: waits(program)[:2] == ["bird 3", "fox"])
        await program.press("g", "j", "J")
        await program.until(lambda: program.main.engine.queue.lanes() == {Lane.INTERACTIVE: 1, Lane.BATCH: 4})
        assert waits(program)[:2] == ["bird 3", "fox"]
        assert program.posts == []
        await program.press("p")
        await program.sees("Queue is empty.")
        assert sent(program) == ["bird 3", "fox", "bird 0", "bird 1", "bird 2"]
