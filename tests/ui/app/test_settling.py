"""`U` on an uncertain prompt shows its set side by side and settles it in one step; nothing is paid twice by
accident."""

import time

import pytest

from cordage_tui.domain.confirmation import TYPED_FROM_LISTED
from cordage_tui.domain.match_set import FoundSet, SetKind
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RemoteRun, RowId, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.outbox.run_search import Reconciler
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.dialogs.live_dialog import LiveDialog
from cordage_tui.ui.dialogs.settle import SettleDialog


@pytest.fixture(autouse=True)
def lists_match_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn off the matching of the server's lists, because the tests record the sets."""
    monkeypatch.setattr(Reconciler, "match_list", lambda *_: None)


async def uncertain(program, *prompts: str) -> list[RowId]:
    """Submit prompts whose requests are lost, so that the server has no run of them; return their rows."""
    engine, rows = program.main.engine, []
    for prompt in prompts:
        program.world.faults.add(Call.TRIGGER, Fault(FaultKind.CLOSE), count=1)
        rows.append(engine.queue.submit(program.world.webhooks[0].key, {"prompt": prompt}))
        await program.until(lambda row=rows[-1]: state(program, row) is OutboxState.UNCERTAIN)
        if len(rows) < len(prompts) and engine.queue.control().paused is not None:  # after three in a row
            engine.queue.resume()
    return rows


def state(program, row: RowId) -> OutboxState | None:
    """Return the state of the prompt in the outbox, or None if it is not there."""
    prompt = program.main.engine.store.outbox.expected(row)
    return prompt.state if prompt else None


def recorded(program, rows: list[RowId], kind: SetKind, *, bound: bool = False) -> None:
    """Record a set of these prompts with one run for each, as a list would show it."""
    engine, key = program.main.engine, program.world.webhooks[0].key
    profile, store = engine.profile.stored_as, engine.store
    remote_runs = [
        RemoteRun(f"abcd{n}000-run", Status.RUNNING, SafeText("running"), created_at=time.time())
        for n in range(len(rows))
    ]
    store.runs.merge(profile, key, remote_runs)
    runs = [
        free_run.row for free_run in store.uncertain.unclaimed(profile, key, 0.0) if free_run.run_id.startswith("abcd")
    ]
    likely = tuple(zip(rows, runs, strict=True)) if bound else ()
    store.match_sets.record(
        profile, key, [FoundSet(kind, tuple(rows), tuple(runs), likely, bound)], ["Which is whose is not known."]
    )
    assert engine.queue.match_set_of(rows[0]) is not None


async def dialog(program, kind) -> None:
    """Wait for a dialog of that class."""
    await program.until(lambda: isinstance(program.app.screen, kind))


@pytest.mark.parametrize("screen", ["runs", "queue"])
async def test_all_ran_settles_the_set_in_one_step(opened, screen):
    """The dialog shows prompts and runs side by side; "all ran" settles them all and sends none again."""
    async with opened(120, 36) as program:
        rows = await uncertain(program, "fox", "owl")
        posts = len(program.posts)
        recorded(program, rows, SetKind.SOME_RAN)
        if screen == "queue":
            await program.press("w")
        await program.sees("uncertain")
        await program.press("U")
        await dialog(program, SettleDialog)
        await program.sees("fox")
        await program.sees("abcd0000")
        await program.press("a")
        await dialog(program, ConfirmDialog)
        await program.press("y")
        await program.until(lambda: [state(program, row) for row in rows] == [OutboxState.ACCEPTED] * 2)
        assert len(program.posts) == posts


async def test_many_are_sent_again_only_once_their_number_is_typed(opened):
    """Sending many prompts again needs their number typed."""
    async with opened(120, 36) as program:
        rows = await uncertain(program, *(f"fox {n}" for n in range(TYPED_FROM_LISTED)))
        recorded(program, rows, SetKind.SOME_RAN)
        await program.press("U")
        await dialog(program, SettleDialog)
        await program.press("s")
        await dialog(program, ConfirmDialog)
        await program.sees(f"Type {TYPED_FROM_LISTED} to confirm.")


async def resumed(program) -> None:
    """Wait for the toast about the paused queue, resume the queue, and wait until all waiting prompts are sent."""
    posts = len(program.posts)
    await program.sees("The queue is paused, so nothing")  # the rest is on other lines
    await program.sees("to resume.")
    again = program.main.engine.queue.counts()[OutboxState.QUEUED]
    await program.press("w", "p")
    await program.until(lambda: len(program.posts) == posts + again)


async def test_a_set_sent_again_in_a_queue_that_has_paused_waits_and_goes_once_resumed(opened):
    """A set that is sent again waits in a paused queue, as a toast says, and goes when the queue is resumed."""
    async with opened(120, 36) as program:
        rows = await uncertain(program, "fox", "owl", "elk")
        recorded(program, rows, SetKind.SOME_RAN)
        await program.press("U")
        await dialog(program, SettleDialog)
        await program.press("s")
        await dialog(program, ConfirmDialog)
        await program.press("y")
        await resumed(program)


async def test_one_sent_again_in_a_queue_that_has_paused_waits_and_goes_once_resumed(opened):
    """A single prompt that is sent again waits in a paused queue, and goes when the queue is resumed."""
    async with opened(120, 36) as program:
        await uncertain(program, "fox", "owl", "elk")
        await program.press("S")
        await dialog(program, LiveDialog)
        await program.press("y")
        await resumed(program)


async def test_none_ran_sends_nothing_and_sending_again_names_its_price(opened):
    """`o` leaves all prompts uncertain, `s` warns of a second charge before it sends, and escape does neither."""
    async with opened(120, 36) as program:
        rows = await uncertain(program, "fox")
        posts = len(program.posts)
        recorded(program, rows, SetKind.SOME_RAN)
        await program.press("U")
        await dialog(program, SettleDialog)
        await program.press("s")
        await dialog(program, ConfirmDialog)
        await program.sees("charged")
        await program.press("escape")
        await dialog(program, SettleDialog)
        assert state(program, rows[0]) is OutboxState.UNCERTAIN and len(program.posts) == posts
        await program.press("o")
        await dialog(program, ConfirmDialog)
        await program.press("y")
        await program.until(lambda: not program.main.engine.store.match_sets.all(program.main.engine.profile.stored_as))
        assert state(program, rows[0]) is OutboxState.UNCERTAIN and len(program.posts) == posts
        await program.sees("Uncertain, and not sent.")
        await program.press("U")
        await program.sees("Nothing to settle: no run")


async def test_dropping_an_uncertain_prompt_says_that_its_twin_is_then_sent(opened):
    """The drop of an uncertain prompt releases an identical prompt that waits for it, so the question says so."""
    async with opened(120, 36) as program:
        await uncertain(program, "fox")
        await program.press("x")
        await dialog(program, LiveDialog)
        await program.sees("that one is then sent")


async def test_help_in_a_question_is_not_a_text(opened):
    """`?` in a question about a prompt does not take the yes away, as a letter without a meaning does."""
    async with opened(120, 36) as program:
        [row] = await uncertain(program, "fox")
        await program.press("x")
        await dialog(program, LiveDialog)
        await program.press("question_mark", "y")
        await program.until(lambda: state(program, row) is OutboxState.DROPPED)


async def test_a_set_that_changed_while_its_dialog_was_open_is_left_alone(opened):
    """If another window sent a prompt of the set again, the dialog settles nothing and a line says so."""
    async with opened(120, 36) as program:
        rows = await uncertain(program, "fox", "owl")
        recorded(program, rows, SetKind.SOME_RAN)
        await program.press("U")
        await dialog(program, SettleDialog)
        program.main.engine.queue.pause()
        assert program.main.engine.queue.resend(rows[0]).done
        await program.press("a")
        await dialog(program, ConfirmDialog)
        await program.press("y")
        await program.sees("The set has changed since it was shown")
        assert [state(program, row) for row in rows] == [OutboxState.QUEUED, OutboxState.UNCERTAIN]


async def test_a_guess_is_marked_on_its_line_until_it_is_confirmed(opened):
    """A guessed run is marked on the line of its prompt until the user confirms it."""
    async with opened(120, 36) as program:
        rows = await uncertain(program, "fox")
        recorded(program, rows, SetKind.ALL_RAN, bound=True)
        await program.sees("≈ fox")
        await program.sees("U settle this guess")
        await program.press("U")
        await dialog(program, SettleDialog)
        await program.sees("Is this its run?")
        await program.sees("sent fox  a guess: run abcd0000")
        await program.sees("run  abcd0000 ● running  a guess: fox")
        await program.press("g")
        await dialog(program, ConfirmDialog)
        await program.press("y")
        await program.until(lambda: not program.main.engine.store.match_sets.all(program.main.engine.profile.stored_as))
        await program.until(lambda: "≈ fox" not in program.text())
