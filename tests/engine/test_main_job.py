"""A prompt goes out once, is seen to its end with its outputs, and costs no more calls than allowed."""

import itertools

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.engine.events import RunsChanged
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import ListOrder, ListShape, Options, PlannedOutcome
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, now, passing, until

pytestmark = pytest.mark.looptime


async def test_a_submitted_prompt_is_sent_once_and_seen_to_its_end(studio: Studio) -> None:
    """One trigger, then the row turns from ours to the server's in place, and ends with its outputs."""
    window = await studio.open()
    row = window.submit("fox")
    assert window.status(row) is Status.QUEUED
    await window.shows(row, Status.RUNNING, within_s=2)
    await window.shows(row, Status.COMPLETED, within_s=15)
    assert window.row(row).output_count == 1
    assert window.detail(row).outputs[0].startswith(studio.served.storage_url)
    assert [r.id for r in window.rows()] == [row]
    assert studio.prompts() == ["fox"]


async def test_the_end_is_told_once(studio: Studio) -> None:
    """Whoever listens hears of each change of rows, and exactly once that the run has ended."""
    window = await studio.open()
    row = window.submit("fox")
    await window.shows(row, Status.COMPLETED)
    await passing(60)
    assert window.finished() == [row]
    assert any(isinstance(event, RunsChanged) and row in event.rows for event in window.events)


SHAPES = [
    pytest.param(shape, outputs, order, id=f"{shape}-{'with' if outputs else 'without'} outputs-{order}")
    for shape, outputs, order in itertools.product(ListShape, (True, False), ListOrder)
]


@pytest.mark.parametrize(("shape", "outputs", "order"), SHAPES)
async def test_any_list_will_do(make_studio: MakeStudio, shape: ListShape, outputs: bool, order: ListOrder) -> None:
    """Whatever a list is wrapped in, in whatever order, with or without outputs, and cut off after two runs: each run
    reaches its end, with its outputs or its reason."""
    options = Options(list_shape=shape, rows_have_outputs=outputs, list_order=order, page_size=2)
    studio = await make_studio(options=options, seconds=12.0)
    studio.world.fate(
        studio.webhooks[0],
        PlannedOutcome(12.0),
        PlannedOutcome(12.0, failure="Node broke"),
        PlannedOutcome(20.0),
        PlannedOutcome(12.0),
    )
    window = await studio.open()
    rows = [window.submit(f"prompt {n}") for n in range(4)]
    await until(lambda: studio.ended(window, rows))
    ends = [Status.COMPLETED, Status.FAILED, Status.COMPLETED, Status.COMPLETED]
    assert [window.status(row) for row in rows] == ends
    await until(lambda: [window.row(row).output_count for row in rows] == [1, 0, 1, 1], within_s=10)
    assert window.detail(rows[1]).error == "Node broke"


async def test_outputs_that_the_first_get_did_not_bring_are_asked_for_again(make_studio: MakeStudio) -> None:
    """When the one get at the end of a run fails, the outputs are not lost for good."""
    studio = await make_studio(options=Options(rows_have_outputs=False))
    window = await studio.open()
    studio.fault(Call.GET, FaultKind.STATUS, status=503)
    row = window.submit("fox")
    await window.shows(row, Status.COMPLETED)
    assert window.row(row).output_count == 0
    await until(lambda: window.row(row).output_count == 1, within_s=90)


async def test_a_failure_without_a_reason_costs_one_get(make_studio: MakeStudio) -> None:
    """Where the server never tells why a run failed, it is asked once and not for ever."""
    studio = await make_studio(options=Options(tells_reason=False))
    studio.world.fate(studio.webhooks[0], PlannedOutcome(5.0, failure="secret"))
    window = await studio.open()
    row = window.submit("fox")
    await window.shows(row, Status.FAILED)
    await passing(120)
    assert studio.calls(Call.GET) == 1


async def test_thirty_runs_on_three_webhooks_meet_no_limit(make_studio: MakeStudio) -> None:
    """Three webhooks with ten runs each, watched to their ends, never draw a 429."""
    studio = await make_studio(webhooks=3, seconds=40.0)
    window = await studio.open()
    rows = [window.submit(f"prompt {n}", webhook) for n in range(10) for webhook in studio.webhooks]
    await until(lambda: studio.ended(window, rows))
    assert {window.status(row) for row in rows} == {Status.COMPLETED}
    assert set(studio.statuses()) == {200}
    assert studio.calls(Call.TRIGGER) == 30
    assert sorted(window.finished()) == sorted(rows)


async def test_an_end_is_seen_within_two_periods(make_studio: MakeStudio) -> None:
    """With three active webhooks each is read every 2 s or so, so no end is seen later than that."""
    studio = await make_studio(webhooks=3, seconds=30.0)
    window = await studio.open()
    rows = [window.submit(f"prompt {n}", webhook) for n in range(5) for webhook in studio.webhooks]
    late: dict[int, float] = {}

    def seen() -> bool:
        for row in rows:
            if window.row(row).status.is_final:
                late.setdefault(row, now())
        return len(late) == len(rows)

    await until(seen)
    ends = {run.run_id: run.ends_at for key in studio.webhooks for run in studio.world.list_runs(key)}
    delays = [late[row] + 1_705_314_600.0 - ends[window.row(row).run_id or ""] for row in rows]
    assert max(delays) < 4.5


async def test_an_idle_webhook_costs_at_most_four_calls_a_minute(make_studio: MakeStudio) -> None:
    """Nothing active: the lists that discover runs started elsewhere are few."""
    studio = await make_studio(webhooks=4)
    await studio.open()
    await passing(300)
    assert studio.calls() <= 4 * 4 * 5


async def test_a_start_is_no_burst(make_studio: MakeStudio) -> None:
    """With eight webhooks, the first look at them is spread: one at once, never more than three in any second."""
    studio = await make_studio(webhooks=8)
    await studio.open()
    await until(lambda: studio.calls() >= 8, within_s=10)
    times = [exchange.at for exchange in studio.served.log]
    assert times[0] - 1_705_314_600.0 < 1.0
    assert all(sum(start <= at < start + 1.0 for at in times) <= 3 for start in times)


async def test_a_run_started_elsewhere_is_discovered_and_followed(studio: Studio) -> None:
    """A run that another program triggered shows up within the idle period, and its end within the active one."""
    window = await studio.open()
    await window.lives()
    studio.world.fate(studio.webhooks[0], PlannedOutcome(60.0))
    run = studio.world.trigger(studio.webhooks[0], {"prompt": "elsewhere"})
    await until(lambda: len(window.rows()) == 1, within_s=35)
    row = window.rows()[0].id
    assert window.row(row).run_id == run.run_id
    await window.shows(row, Status.COMPLETED, within_s=60)
    assert window.finished() == [row]


async def test_an_unknown_status_is_shown_by_name_and_still_followed(studio: Studio) -> None:
    """A word of the server's that we do not know is no end: the row carries it, and is read on until it ends."""
    window = await studio.open()
    studio.fault(Call.LIST, FaultKind.PATCH, count=5, patch={"status": "paused"})
    row = window.submit("fox")
    await window.shows(row, Status.OTHER)
    assert window.row(row).status_name == "paused"
    await window.shows(row, Status.COMPLETED, within_s=30)


async def test_hostile_text_is_inert_and_ends_no_run(studio: Studio) -> None:
    """Terminal commands in every string of every answer reach no row, note or health, and the program goes on."""
    window = await studio.open()
    studio.fault(Call.LIST, FaultKind.HOSTILE, count=3)
    row = window.submit("fox \x1b[2J")
    await until(lambda: studio.calls(Call.LIST) > 4)
    studio.world.faults.planned.clear()
    await window.shows(row, Status.COMPLETED)
    details = [window.detail(r.id) for r in window.rows()]
    shown = [(d.row.prompt, d.row.status_name, d.note or "", d.error or "", *d.outputs) for d in details]
    words = (window.engine.health.of(window.webhook).words or "",)
    assert len(details) > 1
    assert not any(char in text for texts in (*shown, words) for text in texts for char in "\x1b\x9b\x07\u202e")


async def test_a_run_pruned_by_the_server_is_called_lost_not_failed(studio: Studio) -> None:
    """A run that vanished before it ended says that it was lost, and keeps its prompt."""
    window = await studio.open()
    studio.world.fate(studio.webhooks[0], PlannedOutcome(600.0))
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    await passing(10)  # lists show it
    studio.world.forget_run(studio.webhooks[0], window.row(row).run_id or "")
    await window.shows(row, Status.MISSING, within_s=30)
    assert window.row(row).prompt == "fox"
    assert "no longer knows" in window.note(row)


async def test_a_run_that_lists_show_late_is_not_lost(make_studio: MakeStudio) -> None:
    """A list that lags behind the trigger does not make the new run vanish: it is got by its id."""
    studio = await make_studio(options=Options(list_lag_s=6.0), seconds=20.0)
    window = await studio.open()
    row = window.submit("fox")
    await window.shows(row, Status.COMPLETED)
    assert Status.MISSING not in {e.row.status for e in window.events if hasattr(e, "row")}
    assert len(window.rows()) == 1


async def test_a_fresh_run_that_a_get_does_not_find_yet_is_not_lost(make_studio: MakeStudio) -> None:
    """For ten seconds a 404 on a run may be a part of the server that has not heard of it."""
    studio = await make_studio(options=Options(list_lag_s=8.0), seconds=20.0)
    window = await studio.open()
    studio.fault(Call.GET, FaultKind.STATUS, count=2, status=404)
    row = window.submit("fox")
    await until(lambda: studio.calls(Call.GET) >= 2)
    assert window.status(row) is Status.RUNNING
    await window.shows(row, Status.COMPLETED)
    assert window.finished() == [row]


async def test_a_run_that_no_answer_has_shown_is_not_lost_for_minutes(make_studio: MakeStudio) -> None:
    """A copy of the server's database may lag: lists without the run and 404s for it do not say that it is lost."""
    studio = await make_studio(options=Options(list_lag_s=60.0), seconds=120.0)
    window = await studio.open()
    studio.fault(Call.GET, FaultKind.STATUS, count=1_000, status=404)
    row = window.submit("fox")
    await passing(45)
    assert studio.calls(Call.GET) > 4
    studio.world.faults.planned.clear()
    assert Status.MISSING not in {e.row.status for e in window.events if hasattr(e, "row")}
    await window.shows(row, Status.COMPLETED, within_s=180)


async def test_the_open_detail_is_read_from_the_reserve(make_studio: MakeStudio) -> None:
    """The run in the detail pane is got every two seconds, starting half a second after the cursor came to rest."""
    studio = await make_studio(seconds=60.0)
    window = await studio.open()
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    window.engine.selected_run.select(row)
    await until(lambda: studio.calls(Call.GET) >= 5, within_s=12)
    window.engine.selected_run.select(None)
    before = studio.calls(Call.GET)
    await passing(10)
    assert studio.calls(Call.GET) <= before + 1


async def test_passing_over_rows_costs_no_read(make_studio: MakeStudio) -> None:
    """A cursor that moves on before it has rested asks the server nothing."""
    studio = await make_studio(seconds=100.0)
    window = await studio.open()
    rows = [window.submit(f"prompt {n}") for n in range(5)]
    await until(lambda: all(window.status(row) is Status.RUNNING for row in rows))
    for row in rows * 2:
        window.engine.selected_run.select(row)
        await passing(0.2)
    window.engine.selected_run.select(None)
    assert studio.calls(Call.GET) == 0


async def test_the_detail_of_a_run_that_ended_elsewhere_is_fetched_once(make_studio: MakeStudio) -> None:
    """A completed run whose list row lacks outputs gets them when it is opened, also if the first try fails."""
    studio = await make_studio(options=Options(rows_have_outputs=False))
    studio.world.trigger(studio.webhooks[0], {"prompt": "old"}, created_at=studio.world.clock() - 500)
    window = await studio.open()
    await until(lambda: len(window.rows()) == 1)
    studio.fault(Call.GET, FaultKind.STATUS, status=500)
    window.engine.selected_run.select(window.rows()[0].id)
    await until(lambda: window.rows()[0].output_count == 1, within_s=30)
    await passing(20)
    assert studio.calls(Call.GET) == 2
