"""Uncertain prompts with different clocks for `Date` and `created_at`: a prompt that runs is never called not seen."""

import pytest

from cordage_tui.domain.advised_text import action_of
from cordage_tui.domain.match_set import Settlement
from cordage_tui.domain.run import MatchedBy, RowId, Status
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import Options
from tests.engine.studio import Studio, Window, passing, until

pytestmark = pytest.mark.looptime

STAMPS = [
    *(
        pytest.param(Options(stamps_ahead_s=-seconds), id=f"Date {seconds:+} s ahead")
        for seconds in (3, 4, 10, 60, 600)
    ),
    pytest.param(Options(stamps_ahead_s=-3_600), id="Date an hour ahead"),
    pytest.param(Options(stamps_ahead_s=300), id="Date 300 s behind"),
    pytest.param(Options(stamps_cut_s=60), id="times cut to the minute"),
    pytest.param(Options(stamps_ahead_s=7_200), id="naive times east of Greenwich"),
    pytest.param(Options(stamps_ahead_s=-18_000), id="naive times west of Greenwich"),
    pytest.param(Options(stamps_ahead_s=-6), id="a database 6 s behind"),
    pytest.param(Options(stamps_ahead_s=200), id="stamped 200 s late"),
]


async def uncertain(studio: Studio, window: Window, prompt: str, *, arrives: bool) -> RowId:
    """A prompt whose answer is lost, or whose request is."""
    before = studio.calls(Call.TRIGGER)
    studio.fault(Call.TRIGGER, FaultKind.CLOSE, acts=arrives)
    row = window.submit(prompt)
    await until(lambda: studio.calls(Call.TRIGGER) == before + 1)
    await until(lambda: window.status(row) not in {Status.QUEUED, Status.SENDING})
    return row


def is_asked(window: Window, row: RowId) -> bool:
    """Return whether the user must decide about the prompt."""
    return action_of(window.note(row)) == "run.resend"


def text_of(studio: Studio, window: Window, row: RowId) -> object:
    """Text of the run that the prompt is shown with."""
    return studio.world.run(window.webhook, window.row(row).run_id or "").inputs["prompt"]


@pytest.mark.parametrize("options", STAMPS)
async def test_a_run_first_seen_since_the_request_is_never_not_seen(studio: Studio, options: Options) -> None:
    """Before any accepted run, the prompt gets its run by a guess, or the user is asked about that very run."""
    studio.world.options = options
    window = await studio.open()
    await window.lives()
    await passing(17)
    row = await uncertain(studio, window, "fox", arrives=True)
    await until(lambda: window.row(row).run_id or is_asked(window, row), within_s=300)
    await passing(200)
    assert "Not seen" not in window.note(row)
    if window.row(row).run_id is None:
        match_set = window.engine.queue.match_set_of(row)
        assert match_set is not None and len(match_set.runs) == 1
        assert window.engine.queue.settle(match_set, Settlement.ALL_RAN)
    assert studio.calls(Call.TRIGGER) == 1


@pytest.mark.parametrize("options", STAMPS)
async def test_an_accepted_run_teaches_how_the_server_stamps_runs(studio: Studio, options: Options) -> None:
    """After one accepted run, the run of a lost answer is found with any stamps, as a guess.

    A prompt that never arrived is not seen.
    """
    studio.world.options = options
    window = await studio.open()
    await window.shows(window.submit("hare"), Status.COMPLETED)
    await passing(17)
    row = await uncertain(studio, window, "fox", arrives=True)
    await until(lambda: window.row(row).run_id, within_s=40)
    assert text_of(studio, window, row) == "fox" and window.row(row).matched is MatchedBy.GUESS
    await window.shows(row, Status.COMPLETED)
    lost = await uncertain(studio, window, "owl", arrives=False)
    await until(lambda: is_asked(window, lost), within_s=300)
    assert "Not seen in 2 checks" in window.note(lost)


@pytest.mark.parametrize("options", STAMPS)
async def test_two_answers_lost_one_of_them_of_a_request_that_never_arrived(studio: Studio, options: Options) -> None:
    """The run of the second is not taken for the first one's in such a way that the second were called not seen."""
    studio.world.options = options
    window = await studio.open()
    await window.lives()
    studio.world.options = Options(
        list_lag_s=30.0, stamps_ahead_s=options.stamps_ahead_s, stamps_cut_s=options.stamps_cut_s
    )
    await uncertain(studio, window, "fox", arrives=False)
    await passing(8)
    row = await uncertain(studio, window, "owl", arrives=True)
    await passing(400)
    assert "Not seen" not in window.note(row)
    assert studio.calls(Call.TRIGGER) == 2


async def test_stamps_that_change_are_no_proof_either(studio: Studio) -> None:
    """If the clock of the stamps is set back ten minutes, the user is asked about the run of the next lost answer."""
    window = await studio.open()
    await window.shows(window.submit("hare"), Status.COMPLETED)
    studio.world.options = Options(stamps_ahead_s=-600.0)
    row = await uncertain(studio, window, "fox", arrives=True)
    await until(lambda: is_asked(window, row), within_s=300)
    assert "Not seen" not in window.note(row) and "One new run" in window.note(row)
    match_set = window.engine.queue.match_set_of(row)
    assert match_set is not None and len(match_set.runs) == 1 and not match_set.is_guessed
    assert window.engine.queue.settle(match_set, Settlement.NONE_RAN)
    await passing(60)
    assert window.status(row) is Status.UNCERTAIN and window.engine.queue.match_set_of(row) is None
    assert studio.calls(Call.TRIGGER) == 2


async def test_a_run_known_before_the_request_is_not_its_own(studio: Studio) -> None:
    """A run that a list named before the request is not the prompt's, whatever its time."""
    studio.world.options = Options(stamps_ahead_s=20.0)
    window = await studio.open()
    await window.lives()
    studio.world.trigger(window.webhook, {"prompt": "a stranger's"})
    await until(window.rows)
    await passing(5)
    row = await uncertain(studio, window, "fox", arrives=False)
    await until(lambda: is_asked(window, row), within_s=300)
    assert "Not seen in 2 checks" in window.note(row)
