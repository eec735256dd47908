"""Run limits on the screen: the amount, the notices, the waiting prompts, and the way to exceed the limit."""

from dataclasses import replace

from cordage_tui.domain.webhook import SpendingLimits
from cordage_tui.ui.queue.screen import QueueScreen


async def types(program, text: str) -> None:
    """Type the prompt in its panel and press Enter."""
    await program.press("escape", "3")
    await program.writes(text)
    await program.press("enter")


async def test_a_limit_that_is_near_is_reported_once(opened) -> None:
    """The header always shows the amount; one notice comes at four fifths of the limit, another at its end."""
    async with opened(120, 36, tells_prompts=True, limits=SpendingLimits(per_day=5)) as program:
        notices: list[str] = []
        program.main.toast = lambda words, **_: notices.append(words)
        await program.sees("0/5 today")
        for n in range(3):
            await types(program, f"fox {n}")
            await program.sees(f"{n + 1}/5 today")
        await program.sees("3/5 today")
        assert notices == []
        await types(program, "fox 3")
        await program.until(lambda: len(program.posts) == 4)
        await program.sees("4/5 today")
        assert len(notices) == 1 and "is near: 4 of 5 today" in notices[0]
        await types(program, "fox 4")
        await program.until(lambda: len(program.posts) == 5)
        await program.sees("5/5 today, opens 00:00")
        await program.reads()
        assert len(notices) == 2 and "reached: 5 of 5 runs today" in notices[1]


async def test_what_waits_says_so_and_goes_when_its_number_is_typed(opened) -> None:
    """A prompt over the limit shows the reason in row and queue, and `O` sends it after its number is typed."""
    async with opened(120, 36, tells_prompts=True, limits=SpendingLimits(per_day=1)) as program:
        for n in range(3):
            await types(program, f"fox {n}")
        await program.until(lambda: len(program.posts) == 1)
        await program.sees("run limit")
        await program.press("escape", "2", "w")
        assert isinstance(program.app.screen, QueueScreen)
        await program.sees("Run limit reached: 1 of 1 runs today. It opens at 00:00. O sends over the limit.")
        await program.press("O")
        await program.sees("Type 1 to confirm.")
        await program.press("y", "enter")
        assert len(program.posts) == 1
        await program.press("backspace", "1", "enter")
        await program.until(lambda: len(program.posts) == 2)
        await program.until(lambda: "1 queued" in program.text())
        assert len(program.posts) == 2


async def test_the_preview_shows_the_price_and_the_runs_that_would_wait(opened) -> None:
    """The preview shows the price of the batch, and the number of runs over the limit."""
    async with opened(120, 36, tells_prompts=True, limits=SpendingLimits(per_day=2)) as program:
        engine = program.main.engine
        priced = tuple(replace(webhook, price=0.04) for webhook in engine.profile.webhooks)
        engine._context.open_profile = replace(engine.profile, webhooks=priced)
        await program.press("3")
        await program.writes("a {red|blue|green} fox")
        await program.press("enter")
        await program.sees("3 runs, $0.12")
        await program.sees("1 of them waits in the queue until the run limit opens.")


async def test_the_limits_page_lists_each_account(opened) -> None:
    """The page of limits shows the counts of the day and the hour, and says what is not counted."""
    async with opened(120, 36, limits=SpendingLimits(per_hour=3, per_day=9)) as program:
        await program.press("2", "L")
        await program.sees("0 of 9 today, 0 of 3 in the last hour")
        await program.sees("Runs started elsewhere are not counted")


async def test_without_limits_and_prices_nothing_is_said(opened) -> None:
    """Without a limit the header shows no amount, and `O` says that no limit is set."""
    async with opened(200, 50) as program:
        await types(program, "fox")
        await program.until(lambda: len(program.posts) == 1)
        assert "today" not in program.text().splitlines()[0]
        await program.press("escape", "2", "w", "O")
        await program.sees("No run limit is set.")
