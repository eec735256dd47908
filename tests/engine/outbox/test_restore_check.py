"""A database restored from a backup holds sent prompts as queued, so the run list is read before anything is sent."""

import shutil

import pytest

from cordage_tui.domain.advised_text import action_of
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.submission import UncertainSubmission
from cordage_tui.engine.outbox.restore_check import explained
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import Options
from tests.engine.conftest import MakeStudio
from tests.engine.studio import EPOCH, Studio, Window, passing, until

pytestmark = pytest.mark.looptime


async def backed_up_then_sent(studio: Studio, *prompts: str) -> None:
    """A backup with these queued; then they are sent, the program ends well, and the backup is put back."""
    window = await studio.open()
    await window.lives()
    window.engine.queue.pause()
    rows = [window.submit(prompt) for prompt in prompts]
    await passing(6)
    window.store.queue_control.end("studio")
    shutil.copy(studio.paths.database, studio.paths.database.with_suffix(".backup"))
    window.engine.queue.resume()
    await until(lambda: studio.ended(window, rows))
    await window.engine.stop()
    window.store.close()
    for side in studio.paths.database.parent.glob("cordage.db-*"):
        side.unlink()
    shutil.move(studio.paths.database.with_suffix(".backup"), studio.paths.database)


async def resumed(studio: Studio) -> Window:
    """The next start; the user's own pause, which the backup holds, is over."""
    window = studio.build()
    studio.windows.append(window)
    window.store.queue_control.resume("studio")
    await window.engine.start()
    return window


async def test_nothing_is_sent_twice_from_a_restored_database(studio: Studio) -> None:
    """If the list shows runs that the database does not know, the queue pauses with the reason."""
    await backed_up_then_sent(studio, "fox", "owl")
    window = await resumed(studio)
    await until(lambda: window.engine.queue.control().paused)
    await passing(60)
    assert studio.calls(Call.TRIGGER) == 2
    why = window.engine.queue.control().paused or ""
    assert "shows 2 runs from after" in why and "restored from a backup" in why and action_of(why) == "queue.resume"


@pytest.mark.parametrize("ahead_s", [-300.0, -3_600.0, 7_200.0])
async def test_a_server_that_stamps_runs_by_another_clock_hides_no_backup(studio: Studio, ahead_s: float) -> None:
    """A different clock of the stamps, known from accepted runs, hides no backup and reports none falsely.

    Runs since the backup are found although their stamps are earlier, and runs from before it are not counted
    although theirs are later.
    """
    studio.world.options = Options(stamps_ahead_s=ahead_s)
    window = await studio.open()
    await window.shows(window.submit("hare"), Status.COMPLETED)
    studio.world.trigger(window.webhook, {"prompt": "a stranger's"})
    await passing(60)
    window.engine.queue.pause()
    row = window.submit("elk")
    await passing(400)
    await window.engine.stop()
    window.store.close()
    quiet = await resumed(studio)
    await quiet.shows(row, Status.COMPLETED, within_s=30)
    await quiet.engine.stop()
    quiet.store.close()
    await backed_up_then_sent(studio, "fox", "owl")
    heir = await resumed(studio)
    await until(lambda: "shows 2 runs from after" in (heir.engine.queue.control().paused or ""))
    await passing(60)
    assert studio.calls(Call.TRIGGER) == 4


async def test_a_webhook_is_read_before_the_first_prompt_for_it_goes(make_studio: MakeStudio) -> None:
    """No prompt is sent to a webhook before its list is read. Prompts for other webhooks do not wait for it."""
    studio = await make_studio(webhooks=2)
    window = await studio.open()
    window.engine.queue.pause()
    row, other = window.submit("fox"), window.submit("owl", studio.webhooks[1])
    await passing(2)
    await window.engine.stop()
    studio.fault(Call.LIST, FaultKind.DELAY, count=2, webhook=studio.webhooks[0], seconds=12.0)
    heir = await resumed(studio)
    await heir.shows(other, Status.RUNNING, within_s=5)
    assert heir.status(row) is Status.QUEUED
    await heir.shows(row, Status.COMPLETED, within_s=60)
    assert studio.prompts() == ["owl", "fox"]


async def test_what_was_read_before_is_no_sign_of_a_backup(studio: Studio) -> None:
    """Runs this database knows, and runs from before it was last written, stop nothing."""
    window = await studio.open()
    studio.world.trigger(window.webhook, {"prompt": "a stranger's"})
    await passing(40)
    window.engine.queue.pause()
    row = window.submit("fox")
    await window.engine.stop()
    heir = await resumed(studio)
    await heir.shows(row, Status.COMPLETED, within_s=30)


async def test_an_echo_shows_that_the_strangers_are_no_prompts_of_ours(studio: Studio) -> None:
    """Runs with other inputs than all that is queued stop nothing; one with the very same does."""
    studio.world.options = Options(echo_inputs=True)
    window = await studio.open()
    window.engine.queue.pause()
    row = window.submit("fox")
    await window.engine.stop()
    await passing(5)
    studio.world.trigger(window.webhook, {"prompt": "owl"})
    heir = await resumed(studio)
    await heir.shows(row, Status.COMPLETED, within_s=30)
    heir.engine.queue.pause()
    heir.submit("hare")
    await heir.engine.stop()
    await passing(5)
    studio.world.trigger(window.webhook, {"prompt": "hare"})
    last = await resumed(studio)
    await until(lambda: "shows a run from after" in (last.engine.queue.control().paused or ""), within_s=30)


async def test_where_no_list_can_be_read_the_user_is_asked(studio: Studio) -> None:
    """If no list can be read, the queue is paused until the user resumes it."""
    window = await studio.open()
    window.engine.queue.pause()
    row = window.submit("fox")
    await window.engine.stop()
    studio.fault(Call.LIST, FaultKind.STATUS, status=500, count=None)
    heir = await resumed(studio)
    await until(lambda: "cannot be read" in (heir.engine.queue.control().paused or ""))
    await passing(30)
    assert studio.calls(Call.TRIGGER) == 0
    heir.engine.queue.resume()
    await heir.shows(row, Status.RUNNING, within_s=5)


async def test_out_of_reach_it_waits_and_goes_by_itself(studio: Studio) -> None:
    """If the server is unreachable at the start, the prompt waits for the first list, and is then sent without a
    question."""
    window = await studio.open()
    window.engine.queue.pause()
    row = window.submit("fox")
    await window.engine.stop()
    await studio.served.go_offline()
    heir = await resumed(studio)
    await passing(60)
    await studio.served.come_back()
    await heir.shows(row, Status.COMPLETED, within_s=150)
    assert heir.engine.queue.control().paused is None


async def test_a_window_that_only_looks_does_not_hide_that_the_database_was_restored(studio: Studio) -> None:
    """A read-only window that stores the foreign runs first does not prevent the question of the sending window."""
    await backed_up_then_sent(studio, "fox")
    looker = studio.build(profile=studio.profile(read_only=True))
    studio.windows.append(looker)
    await looker.engine.start()
    await looker.lives()
    await passing(20)
    window = await resumed(studio)
    await until(lambda: window.engine.queue.control().paused, within_s=30)
    assert studio.calls(Call.TRIGGER) == 1


def uncertain(sent: float, failed: float) -> UncertainSubmission:
    return UncertainSubmission(RowId(1), "wh", {}, EPOCH + sent, EPOCH + failed, None, None, None, 0, None, "")


@pytest.mark.parametrize(
    ("created", "tries", "count"),
    [
        ([1.0], [(0.0, 10.0)], 1),
        ([1.0, 2.0], [(0.0, 10.0)], 1),  # one run of one prompt
        ([1.0, 20.0], [(0.0, 10.0)], 1),  # after its request nothing of it begins
        ([-5.0], [(0.0, 10.0)], 0),
        ([11.0, 3.0], [(0.0, 12.0), (0.0, 4.0)], 2),  # each has one, whatever their order
        (
            [5_000.0],
            [(0.0, 9_000.0)],
            0,
        ),  # found to be dead hours later, it was sent for no longer than a request lasts
    ],
)
def test_a_run_of_an_uncertain_prompt_is_explained(
    created: list[float], tries: list[tuple[float, float]], count: int
) -> None:
    assert explained([EPOCH + at for at in created], [uncertain(*each) for each in tries]) == count


@pytest.mark.parametrize("strangers", [0, 1])
async def test_runs_of_uncertain_prompts_are_no_sign_of_a_backup(make_studio: MakeStudio, strangers: int) -> None:
    """Runs of uncertain prompts do not count as a sign of a backup, also after a crash; one run more does."""
    studio = await make_studio()
    window = await studio.open()
    await window.lives()
    rows = [window.submit(word) for word in ("fox", "hare", "owl")]
    studio.fault(Call.TRIGGER, FaultKind.CLOSE)
    studio.fault(Call.TRIGGER, FaultKind.CLOSE, acts=True)
    await until(lambda: all(window.status(row) is Status.UNCERTAIN for row in rows[:2]))
    window.engine.queue.pause()
    assert window.status(rows[2]) is Status.QUEUED
    await window.dies()
    await passing(900)
    for _ in range(strangers):
        studio.world.trigger(window.webhook, {"prompt": "a stranger's"})
    await passing(60)
    heir = await resumed(studio)
    await passing(30)
    reason = heir.engine.queue.control().paused or ""
    assert ("shows a run from after" in reason) == bool(strangers), reason
    assert studio.prompts().count("owl") == 1 - strangers
