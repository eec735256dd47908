"""The dialog that kills one run."""

import pytest
from textual.containers import VerticalScroll
from textual.events import Paste
from textual.widgets import Button

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.dialogs.kill import KillDialog, KillTarget, kill_lines
from tests.ui.dialogs.conftest import ENGINE

HOSTILE = one_line("a fox [/b] [@click=app.quit]x[/] \x1b]0;owned\x07")


def target(prompt: SafeText = HOSTILE, protected: bool = False, short_id: str = "550e8400") -> KillTarget:
    """Return the run that the dialog is about."""
    return KillTarget(
        row=RowId(7),
        short_id=short_id,
        prompt=prompt,
        webhook=one_line("Sunset"),
        status=Status.RUNNING,
        status_name=one_line("running"),
        elapsed=one_line("0:42"),
        protected=protected,
    )


def test_the_dialog_names_the_run_by_its_prompt() -> None:
    """The dialog shows prompt, status, webhook, time and short id, and draws markup as text."""
    text = "\n".join(line.plain for line in kill_lines(target()))
    assert HOSTILE in text and "● running" in text and "Sunset · 0:42 · 550e8400" in text


def test_a_guess_may_be_somebody_elses_run() -> None:
    """The dialog says so before the kill, as only a settled guess is known to be the user's."""
    text = "\n".join(line.plain for line in kill_lines(replace(target(), is_guess=True)))
    assert "It is a guess: it may be another prompt's, or somebody else's." in text
    assert "guess" not in "\n".join(line.plain for line in kill_lines(target()))


def test_a_run_from_elsewhere_is_named_as_such() -> None:
    """A run without a prompt is described as started elsewhere."""
    assert "started elsewhere" in kill_lines(target(prompt=SafeText("")))[0].plain


def test_a_long_prompt_is_cut() -> None:
    """A long prompt is cut to leave room for the buttons."""
    assert len(kill_lines(target(prompt=one_line("fox " * 500)))[0].plain) <= 160


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["enter"], False),
        (["escape"], False),
        (["n"], False),
        (["y"], True),
        (["tab", "enter"], True),
        (["right", "enter"], True),
        (["right", "left", "enter"], False),
        (["tab", "tab", "enter"], False),
    ],
)
async def test_nothing_is_killed_without_a_deliberate_yes(ask, keys: list[str], answer: bool) -> None:
    """Enter cancels, because Cancel has the focus; only `y` and the Kill button kill."""
    async with ask(KillDialog(ENGINE, lambda: target())) as (pilot, answers):
        await pilot.press(*keys)
        await pilot.pause()
        assert answers == [answer]


@pytest.mark.parametrize("key", ["backspace", "delete", "k", "d", "x", "ctrl+k", "ctrl+d", "space", "q"])
async def test_a_stray_key_kills_nothing(ask, key: str) -> None:
    """No other key answers yes."""
    async with ask(KillDialog(ENGINE, lambda: target())) as (pilot, answers):
        await pilot.press(key)
        await pilot.pause()
        assert True not in answers


async def test_a_paste_kills_nothing(ask) -> None:
    """A paste with `y` and newlines is no answer."""
    async with ask(KillDialog(ENGINE, lambda: target())) as (pilot, answers):
        pilot.app.screen.post_message(Paste("y\ny\n"))
        await pilot.pause()
        assert answers == []


async def test_a_protected_profile_has_the_id_typed(ask) -> None:
    """With a protected profile nothing kills until the short id is typed, and then Enter does."""
    async with ask(KillDialog(ENGINE, lambda: target(protected=True))) as (pilot, answers):
        await pilot.press("y", "enter")
        assert pilot.app.screen.query_one("#yes", Button).disabled
        await pilot.press("backspace", *"550e840", "enter")
        await pilot.pause()
        assert answers == []
        await pilot.press("0", "enter")
        await pilot.pause()
        assert answers == [True]


async def test_a_protected_kill_can_be_left(ask) -> None:
    """Escape closes the dialog also while typing, and `n` is typed as text."""
    async with ask(KillDialog(ENGINE, lambda: target(protected=True))) as (pilot, answers):
        await pilot.press("n")
        assert answers == []
        await pilot.press("escape")
        await pilot.pause()
        assert answers == [False]


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (12, 4), (1, 1)])
@pytest.mark.parametrize("protected", [False, True])
async def test_the_dialog_opens_at_any_size(ask, size: tuple[int, int], protected: bool) -> None:
    """The dialog opens at any size and can be left, and at 40×12 its buttons are visible."""
    async with ask(KillDialog(ENGINE, lambda: target(one_line("a fox in the mist " * 20), protected)), size) as (
        pilot,
        answers,
    ):
        screen = pilot.app.screen
        if size[0] >= 40:
            assert screen.region.contains_region(screen.query_one("#yes").region)
        assert size[0] < 12 or screen.query_one(VerticalScroll).region.width <= size[0]
        await pilot.press("escape")
        await pilot.pause()
        assert answers == [False]
