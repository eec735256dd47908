"""Approval of prompts of an author in the app: each held prompt is shown whole with its price, and is sent only after
`y`."""

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue_changes import QueueChanges
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import Author
from cordage_tui.store.outbox.queue_edits import QueueEdits
from cordage_tui.ui.dialogs.list_dialog import DialogList
from cordage_tui.ui.queue.approval import WHOLE, ApprovalDialog
from tests.ui.app.test_queue import sent

CLAUDE = Author(SafeText("claude"), is_held=True)


async def test_y_shows_each_prompt_and_its_price_and_sends_what_was_approved(opened) -> None:
    """`y` asks for the selected prompt or batch; escape approves nothing, and many prompts need their number typed."""
    async with opened(120, 30) as program:
        engine, key = program.main.engine, program.world.webhooks[0].key

        def batch(*prompts: str) -> None:
            bodies = [{"prompt": prompt} for prompt in prompts]
            engine.store.batches.submit("studio", key, BatchSource("owls", {}, ()), bodies, author=CLAUDE)

        whole = {"prompt": "a fox " * 40 + "THE END", "style": "noir"}
        engine.store.outbox.submit("studio", key, whole, author=CLAUDE)
        batch("owl", "elk")
        await program.sees("3 prompts wait for your approval. w opens the queue.")
        await program.press("w")
        await program.sees("claude: waits for you")
        assert all(
            words in program.text() for words in ("by claude · submitted", "Waits for your appr", "y approves it")
        )
        await program.press("y")
        await program.sees("Approve 1 prompt of claude?")
        assert all(words in program.text() for words in ("THE END", "style  noir", "1 run, 1s to send"))
        await program.press("escape", "j", "y")
        await program.sees("Approve 2 prompts of claude?")
        await program.press("y")
        await program.sees("2 approved and queued.")
        await program.until(lambda: sent(program) == ["owl", "elk"])
        await program.until(lambda: engine.queue.counts() == {OutboxState.HELD: 1})
        await program.press("w")
        await program.sees("1 prompt waits for your approval.")
        await program.press("w")
        batch(*(f"owl {n}" for n in range(WHOLE + 1)))
        await program.sees("202 held")
        await program.press("j")
        await program.sees("2 of 2")
        await program.press("y")
        await program.sees("Type 201 to confirm.")
        assert program.app.screen.query_one(DialogList).line_count == WHOLE + 2  # one is unfolded
        assert "owl 0" in program.text()
        assert program.app.screen.query_one(".card").max_scroll_y == 0
        await program.press("y", "escape")
        engine.author = CLAUDE
        await program.press("y")
        await program.sees("Only the user decides")
        assert not isinstance(program.app.screen, ApprovalDialog) and len(sent(program)) == 2


async def test_a_prompt_that_was_changed_behind_the_dialog_is_not_approved_and_says_why(opened) -> None:
    """A prompt that changed while its dialog was open is not approved, because the user has not seen the new text."""
    async with opened(120, 30) as program:
        engine, key = program.main.engine, program.world.webhooks[0].key
        row = engine.store.outbox.submit("studio", key, {"prompt": "a fox"}, author=CLAUDE)
        await program.press("w")
        await program.sees("claude: waits for you")
        await program.press("y")
        await program.sees("Approve 1 prompt of claude?")
        edits = QueueEdits(engine.store.database, engine.store.outbox, "studio")
        (prompt,) = edits.unsent()
        edits.apply(QueueChanges({row: prompt}, {row: {"prompt": "a red fox"}}))
        await program.press("y")
        refusal = "It was changed after it was shown, so it still waits. Nothing was done."
        await program.until(lambda: [notice.message for notice in program.app._notifications] == [refusal])
        assert engine.queue.counts() == {OutboxState.HELD: 1} and sent(program) == []
