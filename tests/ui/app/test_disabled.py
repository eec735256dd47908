"""No key is silent: a key that cannot act shows its reason in the footer, in one short line."""

import pytest

from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.keys.key_names import key_name
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.run_table.table import RunTable

LEAVE = {
    "panel.back",
    "panel.leave",
    "app.quit",
    "app.suspend",
    "app.redraw",
    "panel.runs",
    "runs.unmark",
    "run.close",
    "panel.reset_sizes",
    "panel.zoom_out",
    "panel.border_left",
    "panel.border_right",
}
"""Actions that need not be seen: they go where one is already, or end the program."""
PANELS = {"2": RunTable, "1": Sidebar, "4": RunDetailPane}


def footer_message(program) -> str:
    """Return the text that replaces the hints of the footer."""
    message = program.main.query_one(Footer)._message
    return message.plain.strip() if message is not None else ""


def _downloads_have_ended(program) -> bool:
    """Return whether no download is waiting or running."""
    engine = program.main.engine
    return all(state.is_settled for state in engine.store.downloads.counts(engine.profile.stored_as))


@pytest.mark.long
@pytest.mark.parametrize(
    ("setting", "panel"), [(setting, panel) for setting in ("no runs", "a run that ended") for panel in PANELS]
)
async def test_no_key_is_silent(opened, monkeypatch, setting: str, panel: str) -> None:
    """Every key of the screen and of a panel changes the screen, or the footer names it with the reason."""
    monkeypatch.setattr("cordage_tui.ui.external.opener.opener", lambda *where: None)
    # Without a run the keys of the screen mean the same in each panel.
    shared = (*MainScreen.ACTIONS, *BaseApp.ACTIONS) if setting != "no runs" or PANELS[panel] is RunTable else ()
    keys = {
        action.keys.split(",")[0]: action.id
        for action in (*shared, *PANELS[panel].ACTIONS)
        if action.keys and action.id not in LEAVE and not (action.group and action.group.description == "Move")
    }
    async with opened(120, 36) as program:
        if setting != "no runs":
            await program.runs("a fox")
            await program.passes(61)
            await program.until(lambda: set(program.rows().values()) == {"completed"})
            await program.press("escape")
        await program.press("2", panel)
        keys.pop(panel, None)
        for key, id in keys.items():
            await program.until(lambda: _downloads_have_ended(program))  # else D would say what d has begun
            program.main.query_one(Footer).clear_message()
            program.app.clear_notifications()
            await program.pilot.pause()
            before, focus = program.text(), program.at()
            await program.press(key)
            after, stays = program.text(), program.at() == focus and program.app.screen is program.main
            assert after != before or not stays, f"{key} ({id}) did nothing and said nothing"
            if message := footer_message(program):
                assert key_name(key) in message and len(message) < 80, message
            if stays and after.splitlines()[:-1] == before.splitlines()[:-1]:
                continue  # only the footer has spoken
            for _ in range(6):
                if program.app.screen is program.main and program.at() in ("runs", focus):
                    break
                await program.press("escape")
            if program.app.screen is not program.main or program.at() not in ("runs", focus):
                await program.press("2")
            if program.at() != focus:
                await program.press(panel)


WHY = (
    (["x"], "x  This run has already ended."),
    (["F"], "F  Select a batch to rerun what failed in it."),
    (["equals_sign"], "=  Mark two runs with space to compare them. None is marked now."),
    (["S"], "S  Only an uncertain prompt can be resent."),
    (["m"], "m  No runs ended while you were away."),
    (["X"], "X  No runs are being killed."),
    (["f2"], "f2  The API key is accepted: no other is needed."),
    (["right_square_bracket"], "]  This run has one output only."),
    (["left"], "←  This run is in no batch."),
    (["1", "R"], "R  Select a webhook or a view first."),
    (["z"], "z  does nothing here. ? shows the keys that do."),
    (["space", "equals_sign"], "=  Mark two runs with space to compare them. One is marked now."),
    (["space", "asterisk", "x"], "x  All marked runs have ended or are being killed."),
)
"""Keys in the list of runs, where one run has ended, and what the footer then says."""


async def test_the_footer_says_why_a_key_cannot_act(opened) -> None:
    """The reason replaces the hints of the footer until the next key."""
    async with opened(120, 36) as program:
        await program.runs("a fox")
        await program.passes(61)
        await program.until(lambda: set(program.rows().values()) == {"completed"})
        await program.press("escape")
        for keys, message in WHY:
            await program.press("2", *keys)
            assert footer_message(program) == message
            assert message in program.text().splitlines()[-1]
            await program.press("k")
            assert footer_message(program) == "" and "t prompt" in program.text().splitlines()[-1], message


async def test_the_users_keys_are_named(opened) -> None:
    """The reason names the keys that the user has chosen."""
    async with opened(keys={"run.kill": "K", "runs.mark": "ctrl+x"}) as program:
        await program.press("K")
        assert footer_message(program) == "K  No run is selected."
        await program.press("equals_sign")
        assert footer_message(program) == "=  Mark two runs with ctrl+x to compare them. None is marked now."


async def test_a_read_only_profile_offers_nothing_that_sends(opened) -> None:
    """With a read-only profile the footer offers no action that sends, and their keys say why."""
    async with opened(read_only=True) as program:
        await program.starts_elsewhere("a fox")
        footer = program.text().splitlines()[-1]
        assert "kill" not in footer and "rerun" not in footer
        for key in ("x", "e", "B", "F", "S"):
            await program.press(key)
            assert footer_message(program) == f"{key}  Profile studio is read-only: nothing is sent or killed."
        assert program.posts == []


async def test_the_queue_of_a_read_only_profile_offers_nothing_that_sends(opened) -> None:
    """Pausing is offered, resuming is not; the palette of the run screen says the same."""
    async with opened(120, 30, read_only=True) as program:
        program.main.engine.store.outbox.submit("studio", program.world.webhooks[0].key, {"prompt": "a fox"})
        refusal = "Profile studio is read-only: nothing is sent or killed."
        (send_first,) = (each for each in program.main.palette_commands() if each.id == "queue.send_first")
        assert send_first.disabled == refusal
        await program.press("w")
        await program.sees("a fox")
        await program.press("p")
        await program.sees("paused")
        footer = program.text().splitlines()[-1]
        assert "send first" not in footer and "resume" not in footer and "drop" in footer
        for key in ("f", "S", "y", "u", "O", "p"):
            await program.press(key)
            assert program.app.screen.query_one(Footer)._message.plain.strip() == f"{key}  {refusal}"
        assert program.posts == []


async def test_the_prompt_panel_of_a_read_only_profile_does_not_offer_to_send(opened) -> None:
    """The footer dims the key that sends, and Enter still says why nothing is sent."""
    async with opened(120, 30, read_only=True) as program:
        await program.press("t", "a", "enter")
        able = {hint.id: hint.enabled for hint in program.main.query_one(Footer)._shown}
        assert not able["prompt.submit"] and able["prompt.editor"]
        await program.sees("Profile studio is read-only")
        assert program.widget("prompt").inputs()["prompt"] == "a"


async def test_the_footer_dims_what_this_run_does_not_allow(opened) -> None:
    """A hint that does not apply to the run is dimmed in its place, so no other hint moves."""
    async with opened(120, 36) as program:
        await program.runs("a fox")
        await program.press("escape")
        footer = program.main.query_one(Footer)
        running = footer.render()
        await program.passes(61)
        await program.until(lambda: set(program.rows().values()) == {"completed"})
        await program.until(lambda: not footer.render().is_same(running))
        assert footer.render().plain == running.plain
        able = {hint.id: hint.enabled for hint in footer._shown}
        assert (able["run.kill"], able["run.download"]) == (False, True)


async def test_the_palette_says_why_an_action_cannot_act(opened) -> None:
    """The palette shows the reason in place of the description, and choosing the action shows it in the footer."""
    async with opened() as program:
        await program.press("colon")
        await program.writes("kill")
        await program.sees("No run is selected.")
        await program.press("enter")
        assert footer_message(program) == "x  No run is selected." and program.app.screen is program.main


async def test_a_click_on_a_dimmed_hint_says_why(opened) -> None:
    """A click on a dimmed hint shows the reason in the footer."""
    async with opened(120, 36) as program:
        footer = program.text().splitlines()[-1]
        await program.pilot.click(Footer, offset=(footer.index("x kill") + 2, 0))
        assert footer_message(program) == "x  No run is selected."
