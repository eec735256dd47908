"""A written prompt is moved to another webhook, cleared, and brought back."""

from cordage_tui.domain.webhook import Webhook
from cordage_tui.ui.main.written_prompts import fitting


def test_what_fits_goes_along_and_the_rest_has_its_defaults():
    """A moved prompt keeps its text, free fields, and values that fit the new webhook; other fields get their
    defaults."""
    old = Webhook("wh_a", "A", {"style": ["noir", "ink"], "seed": 7, "ratio": ["1:1", "3:2"]})
    new = Webhook("wh_b", "B", {"style": ["ink", "oil"], "seed": 1, "hd": True})
    inputs = {"prompt": "a fox", "style": "noir", "seed": 9, "ratio": "3:2", "free": "x"}
    assert fitting(inputs, old, new) == {"prompt": "a fox", "style": "ink", "seed": 9, "hd": True, "free": "x"}
    assert fitting({**inputs, "style": "ink"}, old, new)["style"] == "ink"
    random = Webhook("wh_d", "D", {"seed": "random"})
    for default in (1, "", "random"):
        taken = fitting({"prompt": "a fox", "seed": "random"}, random, Webhook("wh_e", "E", {"seed": default}))
        assert taken == {"prompt": "a fox", **({"seed": default} if default else {})}
    assert fitting({"prompt": "a fox"}, new, Webhook("wh_c", "C", {})) == {"prompt": "a fox"}


async def test_a_prompt_is_taken_to_the_next_webhook_and_back(opened):
    """alt+up and alt+down move a prompt with its fields; the draft in the way is kept in the history."""
    async with opened(140, 36) as program:
        first, second = program.world.webhooks
        await program.press("t")
        await program.writes("an owl")
        await program.press("escape", "1", "j", "j", "t")
        await program.until(lambda: program.widget("prompt").webhook.key == second.key)
        await program.writes("a heron")
        await program.press("alt+up")
        await program.until(lambda: program.widget("prompt").webhook.key == first.key)
        panel = program.widget("prompt")
        assert panel.inputs() == {"prompt": "a heron", "style": "anime"} and program.at() == "prompt"
        await program.sees("Draft kept.")
        drafts = program.main.engine.store.prompts
        await program.until(lambda: drafts.draft("studio", second.key) in (None, {"style": "anime"}))
        await program.press("alt+down")
        await program.until(lambda: panel.webhook.key == second.key and panel.inputs()["prompt"] == "a heron")
        await program.press("enter")
        await program.until(lambda: len(program.posts) == 1)
        assert [run.inputs["prompt"] for run in program.world.list_runs(second.key)] == ["a heron"]


async def test_undo_takes_a_prompt_back_to_its_webhook_and_redo_there_again(opened):
    """Undo and redo restore prompt, fields, target and the stored drafts of both webhooks."""
    async with opened(140, 36) as program:
        first, second = program.world.webhooks
        drafts, panel = program.main.engine.store.prompts, program.widget("prompt")

        def at(webhook, prompt):
            return lambda: panel.webhook.key == webhook.key and panel.inputs().get("prompt") == prompt

        async def stored(first_prompt, second_prompt):
            read = lambda webhook: (drafts.draft("studio", webhook.key) or {}).get("prompt")  # noqa: E731
            await program.until(lambda: (read(first), read(second)) == (first_prompt, second_prompt))

        await program.press("t")
        await program.writes("an owl")
        await program.press("escape", "1", "j", "j", "t")
        await program.until(at(second, None))
        await program.writes("a heron")
        await program.press("alt+up")
        await program.until(at(first, "a heron"))
        await stored("a heron", None)
        for _ in range(2):
            await program.press("ctrl+z")
            await program.until(at(second, "a heron"))
            assert program.main.presenter.target == second.key
            await stored("an owl", "a heron")
            await program.press("ctrl+y")
            await program.until(at(first, "a heron"))
            assert program.main.presenter.target == first.key
            await stored("a heron", None)
        await program.press("ctrl+z", "ctrl+z")
        await program.until(at(second, None))
        await program.press("ctrl+y", "enter")
        await program.until(lambda: len(program.posts) == 1)
        assert [run.inputs["prompt"] for run in program.world.list_runs(second.key)] == ["a heron"]


async def test_a_run_that_is_edited_keeps_the_draft_it_replaces(opened):
    """One undo restores the text and fields of a draft replaced by `e`, also in the database."""
    async with opened(140, 36, webhooks=1) as program:
        first, panel = program.world.webhooks[0], program.widget("prompt")
        await program.runs("an owl")
        await program.press("ctrl+n")
        await program.writes("seed:=7")
        await program.press("enter")
        await program.writes("my own words")
        draft = {"prompt": "my own words", "style": "anime", "seed": 7}
        await program.until(lambda: panel.inputs() == draft)
        await program.press("escape", "2", "e")
        await program.until(lambda: panel.inputs() == {"prompt": "an owl", "style": "anime"})
        await program.press("ctrl+z")
        await program.until(lambda: panel.inputs() == draft)
        await program.until(lambda: program.main.engine.store.prompts.draft("studio", first.key) == draft)
        await program.press("ctrl+y")
        await program.until(lambda: panel.inputs() == {"prompt": "an owl", "style": "anime"})
        assert len(program.posts) == 1


async def test_one_key_clears_a_prompt_and_the_history_has_it(opened):
    """alt+x clears text and fields, and up in the empty prompt brings both back."""
    async with opened(140, 36) as program:
        await program.press("t")
        await program.writes("a fox")
        await program.press("alt+x")
        panel = program.widget("prompt")
        await program.until(lambda: panel.inputs() == {"style": "anime"})
        await program.sees("Draft kept.")
        await program.press("up")
        await program.until(lambda: panel.inputs().get("prompt") == "a fox")
        assert program.posts == []
