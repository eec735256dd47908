"""The page of rate limits in the app."""

from cordage_tui.ui.rate_limits.screen import LimitsScreen


async def test_the_palette_opens_the_page(opened):
    """The palette opens the page, which shows costs and the next read of each webhook; escape leads back."""
    async with opened(120) as program:
        await program.runs("a fox")
        await program.press("escape", "colon")
        await program.writes("rate limits")
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, LimitsScreen))
        await program.sees("read by     this window")
        await program.sees("last response")
        name = program.world.webhooks[0].name
        line = next(line for line in program.text().splitlines() if name in line)
        assert line.split(name)[1].split()[0] == "1"
        assert "not enough runs" in line and "ago" in line
        await program.press("escape")
        assert program.at() == "runs"


async def test_the_page_follows_what_happens(opened):
    """A run started elsewhere appears in the line of its webhook, without a key."""
    async with opened(120) as program:
        await program.press("L")
        name = program.world.webhooks[1].name

        def active() -> str:
            line = next((line for line in program.text().splitlines() if name in line), name + " none")
            return line.split(name)[1].split()[0]

        await program.until(lambda: active() == "0")
        await program.starts_elsewhere("a heron", webhook=1)
        await program.until(lambda: active() == "1")


async def test_the_page_can_be_taken_along(opened):
    """`y` copies the page as text, without any key."""
    async with opened(120) as program:
        await program.press("L", "y")
        await program.sees("Copied this page · terminal (OSC 52)")
        copied = program.app.clipboard
        assert all(webhook.name in copied for webhook in program.world.webhooks)
        assert "wh_" not in copied and program.served.api_key not in copied
