"""Prompts of an author on a profile that asks first: nothing of them is on the wire before the user's word, in any window."""

import pytest

from cordage_tui.config.settings import Settings
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import AWAITS_APPROVAL
from cordage_tui.engine.errors import UserOnly
from cordage_tui.engine.outbox.approval import approve, estimates, unapproved
from cordage_tui.simulator.faults import Call
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, Window, passing

pytestmark = pytest.mark.looptime
AUTHOR = Settings(author=SafeText("claude"))


def allowed(studio: Studio) -> Window:
    """A window that is not started, of an author whose prompts are sent."""
    return studio.build(profile=replace(studio.profile(), agents="allow"), settings=AUTHOR)


def asking(studio: Studio) -> Window:
    """A window that is not started, of an author whose prompts are held."""
    return studio.build(settings=AUTHOR)


def batch(window: Window, *prompts: str) -> RowId:
    source = BatchSource(" ".join(prompts), {}, ())
    return window.engine.queue.submit_batch(window.webhook, source, [{"prompt": prompt} for prompt in prompts])


async def test_it_goes_behind_what_the_user_types(studio: Studio) -> None:
    """Without an approval setting, an author's prompts are sent like a batch, in any requested lane."""
    agent, user = allowed(studio), studio.build()
    webhook = agent.webhook
    rows = [agent.engine.queue.submit(webhook, {"prompt": "owl"}, lane=Lane.INTERACTIVE), user.submit("fox")]
    batch(agent, "a", "b")
    assert [item.author for item in user.engine.queue.waiting()] == [None, "claude", "claude", "claude"]
    sender = await studio.open()
    await sender.shows(rows[0], Status.RUNNING, Status.COMPLETED)
    assert studio.prompts()[:2] == ["fox", "owl"]


async def test_no_window_sends_it_before_the_user_approves_it(make_studio: MakeStudio) -> None:
    """No sender that starts, takes over, resumes, gets a new key or wakes up sends a held prompt; approved ones are
    sent once."""
    studio = await make_studio(seconds=1.0)
    agent = asking(studio)
    row, many = agent.submit("owl"), batch(agent, "a", "b")
    for _ in range(2):
        window = await studio.open()
        await window.lives()
        window.engine.queue.pause()
        window.engine.queue.resume()
        window.store.outbox.release_held("studio")
        window.engine.queue.put_back(row)
        assert window.engine.queue.edit(row, {"prompt": "otter"}).state is OutboxState.HELD
        own_row = window.submit("fox")
        await window.shows(own_row, Status.COMPLETED)
        assert studio.prompts() == ["fox"] * studio.calls(Call.TRIGGER)
        assert (window.status(row), window.note(row)) == (Status.HELD, AWAITS_APPROVAL)
        await window.dies()
    window = await studio.open()
    shown = unapproved(window.engine)
    assert [prompt.author for prompt in shown] == ["claude"] * 3
    assert [(key, price.count) for key, price in estimates(window.engine, shown)] == [(window.webhook, 3)]
    assert approve(window.engine, unapproved(window.engine, [row])) == {}
    await window.shows(row, Status.COMPLETED)
    await passing(60)
    assert studio.prompts()[2:] == ["otter"] and {
        window.status(row_in_batch) for row_in_batch in window.store.batches.members(many)
    } == {Status.HELD}
    assert approve(window.engine, unapproved(window.engine)) == {}
    await passing(60)
    assert studio.prompts()[2:] == ["otter", "a", "b"]


async def test_an_author_approves_changes_and_repeats_nothing(studio: Studio) -> None:
    """An author may not approve, change or repeat prompts, not even its own; under another profile it may change
    waiting ones."""
    agent = asking(studio)
    row = agent.submit("owl")
    with pytest.raises(UserOnly, match="claude"):
        approve(agent.engine, unapproved(agent.engine))
    for refused in (lambda: agent.engine.queue.edit(row, {}), lambda: agent.engine.queue.resend(row)):
        with pytest.raises(UserOnly):
            refused()
    assert agent.status(row) is Status.HELD
    assert allowed(studio).engine.queue.edit(row, {"prompt": "otter"}).done


async def test_an_author_sends_nothing_over_the_run_limit(studio: Studio) -> None:
    """Only the user lets a prompt pass the limit, whether or not the prompts of authors are held."""
    for agent in (asking(studio), allowed(studio)):
        row = agent.submit("owl")
        with pytest.raises(UserOnly, match="claude"):
            agent.engine.spending.exceed([row])


async def test_approved_while_the_key_is_refused_it_waits_for_the_new_one(studio: Studio) -> None:
    agent, window = asking(studio), await studio.open(key="cordage_wrong")
    row = agent.submit("owl")
    await passing(10)
    assert window.engine.leadership.refused is not None
    approve(window.engine, unapproved(window.engine))
    assert window.status(row) is Status.HELD and window.note(row) != AWAITS_APPROVAL
    await window.dies()
    again = await studio.open()
    await again.shows(row, Status.RUNNING)
    assert studio.prompts() == ["owl"]
