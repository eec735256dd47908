"""Changes of webhooks and profiles on the screen."""

import pytest

from cordage_tui.config.profiles import KeySource
from cordage_tui.config.settings import load
from cordage_tui.config.webhooks_file import add_webhook
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.webhooks import Durations, SimWebhook


async def test_a_webhook_is_added_renamed_and_removed(opened):
    """Each change is stored and shown at once, a new webhook is read automatically, and a removed one keeps its
    runs."""
    async with opened(webhooks=1) as program:
        program.world.add_webhook(SimWebhook("wh_added0001", "there", Durations(60, 60)))
        program.world.trigger("wh_added0001", {"prompt": "theirs"})
        await program.press("1", "a")
        await program.sees("Add a webhook")
        await program.pastes("wh_added0001")
        await program.press("enter")
        await program.pastes("Extra")
        await program.press("enter")
        await program.until(lambda: len(program.table.shown) == 1)
        assert "Extra" in program.text()
        assert [w.name for w in load(program.paths).profile("studio").webhooks] == ["Extra"]

        await program.press("g", "j", "j", "R")
        await program.sees("Rename webhook")
        await program.press("ctrl+u")
        await program.pastes("Other")
        await program.press("enter")
        await program.until(lambda: "Extra" not in program.text())
        assert [w.name for w in load(program.paths).profile("studio").webhooks] == ["Other"]

        await program.press("X")
        await program.sees("Remove Other?")
        await program.press("y")
        await program.until(lambda: "Other" not in program.text())
        assert load(program.paths).profile("studio").webhooks == ()
        await program.press("1", "g")
        assert len(program.table.shown) == 1


async def test_a_webhook_of_the_command_line_comes_with_r(opened):
    """`r` shows and reads a webhook that the command line added, and keeps the written prompt."""
    async with opened(webhooks=1, key_sources={"studio": KeySource()}) as program:
        (first,) = program.main.engine.profile.webhooks
        program.world.add_webhook(SimWebhook("wh_added0001", "there", Durations(60, 60)))
        program.world.trigger("wh_added0001", {"prompt": "theirs"})
        for webhook in (first, Webhook("wh_added0001", "Extra")):
            add_webhook(program.paths, "studio", webhook, program.served.base_url)
        await program.press("t")
        await program.pastes("half written")
        await program.press("escape", "r")
        await program.until(lambda: len(program.table.shown) == 1)
        assert "Extra" in program.text() and "half written" in program.text()


async def test_a_webhook_that_is_there_is_not_added_twice(opened):
    """Adding a known webhook shows its name and stores nothing."""
    async with opened() as program:
        await program.press("1", "a")
        await program.pastes(program.world.webhooks[0].key)
        await program.press("enter")
        await program.pastes("Again")
        await program.press("enter")
        await program.sees("This webhook was already added as First.")
        await program.press("escape")
        assert not program.paths.webhooks_file.exists()


async def test_drafts_are_kept_for_each_webhook(opened):
    """Each webhook keeps its own draft, which is never sent to another."""
    async with opened() as program:
        await program.press("1", "j", "t")
        await program.pastes("for the first")
        await program.press("escape", "1", "j", "t")
        assert program.widget("prompt").inputs().get("prompt") is None
        await program.pastes("for the second")
        await program.press("escape", "1", "k")
        assert program.widget("prompt").inputs()["prompt"] == "for the first"
        await program.press("j")
        assert program.widget("prompt").inputs()["prompt"] == "for the second"
        assert program.posts == []


async def test_another_profile_is_chosen_by_name(opened):
    """`P` lists the profiles, and one without a key is refused while the current profile stays open."""
    other = Profile("evening", "https://set-by-the-test.example", (Webhook("wh_evening01", "Dusk"),))
    async with opened(others=[other]) as program:
        await program.press("P")
        await program.sees("evening")
        await program.writes("even")
        await program.press("enter")
        await program.sees("No API key for profile evening.")
        assert program.main.engine.profile.name == "studio"


async def test_the_first_start_connects(opened):
    """The first screen names a wrong key at its field and saves nothing; the right key opens the runs and is saved."""
    async with opened(configured=False, webhooks=1) as program:
        await program.sees("Connect your workspace")
        await program.press("tab")
        await program.pastes("cordage_wrong")
        await program.press("enter")
        await program.pastes(program.world.webhooks[0].key)
        await program.press("enter")
        await program.pastes("Sunset")
        await program.press("enter")
        await program.sees("API key rejected (401)")
        assert not program.paths.credentials_file.exists()
        await program.press("ctrl+u")
        await program.pastes(program.served.api_key)
        await program.press("enter", "enter", "enter")
        await program.sees("● live")
        assert "Sunset" in program.text()
        assert program.served.api_key in program.paths.credentials_file.read_text()
        assert [w.name for w in load(program.paths).profiles[0].webhooks] == ["Sunset"]


async def test_a_webhook_is_added_only_when_it_works(opened):
    """A new webhook is tested by one read; an error is shown at its field, and nothing is saved."""
    async with opened(webhooks=1) as program:
        program.world.add_webhook(SimWebhook("wh_added0001", "there", Durations(60, 60)))
        await program.press("1", "a")
        for key, name, problem in (
            ("wh_bogus00001", "Bogus", "Webhook not found."),
            ("Sunset", "wh_added0001", "Webhook key and name are swapped."),
        ):
            await program.pastes(key)
            await program.press("enter")
            await program.pastes(name)
            await program.press("enter")
            await program.sees(problem)
            await program.press("ctrl+u", "tab" if name == "Bogus" else "shift+tab", "ctrl+u")
            await program.press(*(["shift+tab"] if name == "Bogus" else []))
        assert not program.paths.webhooks_file.exists()
        await program.pastes("wh_added0001")
        await program.press("enter")
        await program.pastes("Extra")
        await program.press("enter")
        await program.until(program.paths.webhooks_file.exists)
        assert [w.name for w in load(program.paths).profile("studio").webhooks] == ["Extra"]


@pytest.mark.parametrize("kind", [FaultKind.DELAY, FaultKind.CLOSE])
async def test_a_webhook_that_is_being_tested_can_be_left(opened, kind):
    """Escape during the test adds no webhook, whatever answer arrives later."""
    async with opened(webhooks=1) as program:
        program.world.add_webhook(SimWebhook("wh_added0001", "there", Durations(60, 60)))
        fault = Fault(kind, acts=True, seconds=0.5)
        program.world.faults.add(Call.LIST, fault, count=None, webhook_key="wh_added0001")
        await program.press("1", "a")
        await program.pastes("wh_added0001")
        await program.press("enter")
        await program.pastes("Extra")
        await program.pilot.press("enter")
        await program.press("y", "escape")
        before = len(program.served.log)
        await program.until(lambda: "Add a webhook" not in program.text())
        await program.reads()
        await program.until(lambda: len(program.served.log) > before)
        assert program.at() == "webhooks" and not program.paths.webhooks_file.exists()
