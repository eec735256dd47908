"""Uncertain prompts against the simulator: found, or put to the user; never resent automatically, never lost."""

import re
import time

import pytest

from cordage_tui.domain.advised_text import action_of
from cordage_tui.domain.client_reference import CLIENT_REF
from cordage_tui.domain.match_set import Settlement
from cordage_tui.domain.run import MatchedBy, RowId, Status
from cordage_tui.domain.submission import UNCERTAIN
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import Options, PlannedOutcome
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, Window, now, passing, until

pytestmark = pytest.mark.looptime


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


def slow_lists(studio: Studio, seconds: float) -> None:
    """Runs appear in lists that late."""
    studio.world.options = Options(list_lag_s=seconds)


async def test_a_lost_answer_is_found_and_costs_nothing_more(studio: Studio) -> None:
    """The row becomes its run's, keeps its prompt, and says how it was found."""
    slow_lists(studio, 5.0)
    window = await studio.open()
    row = await uncertain(studio, window, "fox", arrives=True)
    assert "until the first answer after 10:32:" in window.note(row)
    await window.shows(row, Status.RUNNING, within_s=40)
    assert window.row(row).prompt == "fox"
    assert "found in the list" in window.note(row)
    await window.shows(row, Status.COMPLETED)
    assert studio.prompts() == ["fox"]


async def test_a_lost_request_is_not_seen_and_the_user_is_asked(studio: Studio) -> None:
    """Two lists after the settle time speak against it; then it waits for a word, and sent again it runs once."""
    window = await studio.open()
    row = await uncertain(studio, window, "fox", arrives=False)
    start = now()
    await until(lambda: is_asked(window, row), within_s=240)
    assert now() - start > 120
    assert "Not seen in 2 checks of the run list" in window.note(row)
    assert "sent this at 10:30:" in window.note(row)
    await passing(400)
    assert window.status(row) is Status.UNCERTAIN
    assert studio.calls(Call.TRIGGER) == 1
    assert window.engine.queue.resend(row)
    await window.shows(row, Status.COMPLETED)
    assert studio.prompts() == ["fox"]
    assert studio.calls(Call.TRIGGER) == 2


async def test_who_keeps_waiting_is_asked_again_later(studio: Studio) -> None:
    """If the user keeps waiting, the search continues, and five minutes later the user is asked again."""
    window = await studio.open()
    row = await uncertain(studio, window, "fox", arrives=False)
    await until(lambda: is_asked(window, row))
    assert window.engine.queue.keep_waiting(row)
    assert not is_asked(window, row) and "keep waiting" in window.note(row)
    start = now()
    await until(lambda: is_asked(window, row), within_s=340)
    assert now() - start > 290
    assert "Not seen in 3 checks" in window.note(row)
    assert not window.engine.queue.keep_waiting(RowId(999))


async def test_a_run_that_is_listed_late_is_not_called_missing(studio: Studio) -> None:
    """A run that is listed a minute and a half late is not called missing, because a resend would be paid twice."""
    slow_lists(studio, 90.0)
    window = await studio.open()
    row = await uncertain(studio, window, "fox", arrives=True)
    await passing(85)
    assert window.status(row) is Status.UNCERTAIN and "Not seen" not in window.note(row)
    await window.shows(row, Status.COMPLETED, within_s=40)
    assert studio.calls(Call.TRIGGER) == 1


async def test_settling_is_learned_where_lists_lag_for_minutes(studio: Studio) -> None:
    """Runs that were accepted show how long a list takes to name them; nothing is called unseen sooner than that."""
    slow_lists(studio, 200.0)
    window = await studio.open()
    known = window.submit("owl")
    await passing(260)
    assert max(window.store.uncertain.settling_s("studio", window.webhook)) >= 200
    row = await uncertain(studio, window, "fox", arrives=True)
    await passing(190)
    assert window.status(row) is Status.UNCERTAIN and "Not seen" not in window.note(row)
    await window.shows(row, Status.COMPLETED, within_s=60)
    assert window.row(known).status is Status.COMPLETED


async def test_an_outage_is_not_taken_for_a_slow_list(studio: Studio) -> None:
    """A list that did not show the run yet, and then half an hour without any, teach nothing about settling."""
    slow_lists(studio, 30.0)
    window = await studio.open()
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    await window.engine.refresh(window.webhook)
    await studio.served.go_offline()
    await passing(1_800)
    await studio.served.come_back()
    await window.shows(row, Status.COMPLETED)
    await passing(60)
    assert max(window.store.uncertain.settling_s("studio", window.webhook), default=0.0) <= 180


@pytest.mark.parametrize("ahead_s", [3600.0, -3600.0])
async def test_a_wrong_clock_here_changes_nothing(studio: Studio, ahead_s: float) -> None:
    """With a clock an hour wrong, the prompt's run is found, and a run started elsewhere before it is not taken."""
    studio.clock.set_ahead_s = ahead_s
    window = await studio.open()
    await window.lives()
    await passing(5)
    studio.world.trigger(window.webhook, {"prompt": "a stranger's"})
    await passing(5)
    slow_lists(studio, 3.0)
    row = await uncertain(studio, window, "fox", arrives=True)
    await window.shows(row, Status.RUNNING, within_s=40)
    own_run = window.row(row).run_id
    assert studio.world.run(window.webhook, own_run or "").inputs == {"prompt": "fox"}
    lost = await uncertain(studio, window, "owl", arrives=False)
    await until(lambda: is_asked(window, lost), within_s=240)


async def test_a_clock_set_ahead_does_not_cut_the_settle_time_short(studio: Studio) -> None:
    """The wall clock jumps two hours while a run is still unlisted: only time that has passed counts."""
    slow_lists(studio, 90.0)
    window = await studio.open()
    row = await uncertain(studio, window, "fox", arrives=True)
    studio.clock.set_ahead_s = 7200.0
    await passing(80)
    assert "Not seen" not in window.note(row)
    await window.shows(row, Status.COMPLETED, within_s=60)


async def test_identical_prompts_share_what_there_is(make_studio: MakeStudio) -> None:
    """The second waits while the first is uncertain, so that each has its own run in the end."""
    studio = await make_studio()
    slow_lists(studio, 20.0)
    window = await studio.open()
    first = await uncertain(studio, window, "fox", arrives=True)
    twin = window.submit("fox")
    await passing(15)
    assert window.status(twin) is Status.QUEUED
    await until(lambda: studio.ended(window, [first, twin]))
    slow_lists(studio, 0.0)
    assert studio.prompts() == ["fox", "fox"]
    assert window.row(first).run_id != window.row(twin).run_id


async def test_different_prompts_in_one_window_are_not_mixed_up(make_studio: MakeStudio) -> None:
    """If one of two prompts' requests and the other's answer are lost, the listed run may be either's, so the user
    decides.

    Dropping the lost one gives the run to the other.
    """
    studio = await make_studio(seconds=300.0)
    slow_lists(studio, 10.0)
    window = await studio.open()
    lost = await uncertain(studio, window, "fox", arrives=False)
    await passing(6)
    ran = await uncertain(studio, window, "owl", arrives=True)
    await until(lambda: is_asked(window, lost) and is_asked(window, ran), within_s=240)
    assert "another uncertain prompt" in window.note(lost) and "another uncertain prompt" in window.note(ran)
    assert window.store.outbox.drop(lost, UNCERTAIN)
    await window.shows(ran, Status.RUNNING, within_s=40)
    assert studio.prompts() == ["owl"] and studio.calls(Call.TRIGGER) == 2


async def test_both_answers_lost_and_both_found(make_studio: MakeStudio) -> None:
    """Two prompts, two runs, listed late and together: each gets one, in the order of time."""
    studio = await make_studio(seconds=60.0)
    slow_lists(studio, 15.0)
    window = await studio.open()
    rows = [await uncertain(studio, window, prompt, arrives=True) for prompt in ("fox", "owl")]
    await until(lambda: all(window.row(row).run_id for row in rows), within_s=60)
    runs = [studio.world.run(window.webhook, window.row(row).run_id or "").inputs["prompt"] for row in rows]
    assert runs == ["fox", "owl"]
    assert len(window.rows()) == 2


async def test_the_run_of_the_prompt_that_is_on_the_wire_is_not_given_away(make_studio: MakeStudio) -> None:
    """A lost request, then a prompt whose answer is slow: its run is listed before it is answered, and stays its own."""
    studio = await make_studio(seconds=300.0)
    window = await studio.open()
    lost = await uncertain(studio, window, "fox", arrives=False)
    await passing(5)
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=60.0)
    slow = window.submit("owl")
    await window.shows(slow, Status.RUNNING)
    await passing(20)
    assert window.status(slow) is Status.RUNNING and window.status(lost) is Status.UNCERTAIN
    await until(lambda: is_asked(window, lost), within_s=240)
    assert window.row(slow).run_id is not None


@pytest.mark.parametrize("gap_s", [0.5, 5.0, 30.0])
async def test_a_strangers_run_in_the_window_is_a_guess_and_can_be_taken_back(studio: Studio, gap_s: float) -> None:
    """Without an echo, a stranger's run in the window is bound as a guess, which the user can take back
    (docs/dev/triggering.md 5.6).

    No second trigger leaves, and the row shows the guess and the number of foreign runs.
    """
    window = await studio.open()
    await window.shows(window.submit("hare"), Status.COMPLETED)
    row = await uncertain(studio, window, "fox", arrives=False)
    await passing(gap_s)
    stranger = studio.world.trigger(window.webhook, {"prompt": "a stranger's"}).run_id
    await window.shows(row, Status.RUNNING, within_s=40)
    assert window.row(row).matched is MatchedBy.GUESS and window.row(row).run_id == stranger
    assert "may be theirs" in window.note(row)
    assert studio.calls(Call.TRIGGER) == 2
    match_set = window.engine.queue.match_set_of(row)
    assert match_set is not None and window.engine.queue.settle(match_set, Settlement.NONE_RAN)
    assert window.status(row) is Status.UNCERTAIN
    assert [line.prompt for line in window.rows() if line.run_id == stranger] == [""]
    await passing(200)
    assert window.status(row) is Status.UNCERTAIN and studio.calls(Call.TRIGGER) == 2


async def test_a_run_that_a_dropped_try_may_have_started_is_not_given_to_another_prompt(
    make_studio: MakeStudio,
) -> None:
    """A run that may belong to a dropped uncertain prompt is not given to the next uncertain one; the user is asked."""
    studio = await make_studio(seconds=300.0)
    window = await studio.open()
    await passing(7)
    await window.shows(window.submit("hare"), Status.RUNNING)
    await passing(10)
    slow_lists(studio, 30.0)
    dropped = await uncertain(studio, window, "fox", arrives=True)
    assert window.store.outbox.drop(dropped, UNCERTAIN)
    await passing(2.3)
    later = await uncertain(studio, window, "owl", arrives=False)
    await until(lambda: is_asked(window, later), within_s=240)
    assert window.row(later).run_id is None
    assert "One new run could belong to this prompt or to an earlier try that was given up" in window.note(later)


async def test_a_guess_leaves_the_runs_of_its_time_open_to_the_next_prompt(make_studio: MakeStudio) -> None:
    """If one of two prompts of the same seconds has a run by a guess, the next run is also a guess, in a set."""
    studio = await make_studio(seconds=300.0)
    window = await studio.open()
    await window.shows(window.submit("hare"), Status.RUNNING)
    await passing(10)
    first = await uncertain(studio, window, "fox", arrives=True)
    await until(lambda: window.row(first).run_id, within_s=40)
    second = await uncertain(studio, window, "owl", arrives=True)
    await until(lambda: window.row(second).run_id, within_s=60)
    assert window.row(second).matched is MatchedBy.GUESS
    assert window.engine.queue.match_set_of(second) is not None


async def test_nothing_is_called_not_seen_because_of_a_list_from_while_another_is_on_the_wire(
    make_studio: MakeStudio,
) -> None:
    """A run that was first seen since the later request began may be either prompt's; the answer decides, and until then the
    earlier one waits."""
    studio = await make_studio(seconds=300.0)
    window = await studio.open()
    await window.shows(window.submit("hare"), Status.RUNNING)
    lost = await uncertain(studio, window, "fox", arrives=False)
    await passing(115)
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=50.0)
    slow = window.submit("owl")
    await passing(40)
    assert window.status(slow) is Status.SENDING and "Not seen" not in window.note(lost)
    assert window.engine.queue.match_set_of(lost) is None
    await until(lambda: is_asked(window, lost), within_s=240)
    assert "Not seen in 2 checks" in window.note(lost) and window.row(slow).run_id is not None


async def test_a_strangers_run_is_not_taken_while_nothing_is_known_of_the_stamps(studio: Studio) -> None:
    """If no accepted run has shown the server's stamps, a run created after the connection broke is put to the user."""
    window = await studio.open()
    await window.lives()
    row = await uncertain(studio, window, "fox", arrives=False)
    await passing(5)
    studio.world.trigger(window.webhook, {"prompt": "a stranger's"})
    await until(lambda: is_asked(window, row), within_s=240)
    assert "One new run could belong to this prompt or to somebody else" in window.note(row)
    assert studio.calls(Call.TRIGGER) == 1


async def test_an_echo_shuts_strangers_out(studio: Studio) -> None:
    """An echo excludes a stranger's run at the right moment."""
    studio.world.options = Options(echo_inputs=True)
    window = await studio.open()
    row = await uncertain(studio, window, "fox", arrives=False)
    studio.world.trigger(window.webhook, {"prompt": "a stranger's"})
    await until(lambda: is_asked(window, row), within_s=240)
    found_row = await uncertain(studio, window, "owl", arrives=True)
    await window.shows(found_row, Status.RUNNING, within_s=40)
    assert window.note(found_row) == ""


async def test_a_reference_tells_a_strangers_equal_prompt_apart(studio: Studio) -> None:
    """With `client_ref` matching is exact; each try has a new reference, and it is never shown."""
    studio.world.options = Options(echo_inputs=True)
    window = await studio.open(profile=studio.profile(client_ref=True))
    await window.shows(window.submit("hare"), Status.COMPLETED)
    row = await uncertain(studio, window, "fox", arrives=False)
    studio.world.trigger(window.webhook, {"prompt": "fox"})
    await until(lambda: "Not seen in 2 checks" in window.note(row), within_s=240)
    window.engine.queue.resend(row)
    await window.shows(row, Status.COMPLETED)
    assert window.detail(row).inputs == {"prompt": "fox"}
    found_row = await uncertain(studio, window, "owl", arrives=True)
    await window.shows(found_row, Status.RUNNING, within_s=40)
    refs = [run.inputs.get(CLIENT_REF) for run in studio.world.list_runs(window.webhook)]
    assert len({ref for ref in refs if ref}) == 3
    assert [window.detail(line.id).inputs for line in window.rows() if line.prompt == "fox"] == [{"prompt": "fox"}] * 2


async def test_what_a_killed_window_was_sending_is_found_by_the_next_one(studio: Studio) -> None:
    """A prompt that a killed window was sending becomes uncertain in the next window, and is found in the run list."""
    window = await studio.open()
    studio.world.fate(studio.webhooks[0], PlannedOutcome(300.0))
    studio.fault(Call.TRIGGER, FaultKind.SILENCE, acts=True)
    row = window.submit("fox")
    await until(lambda: studio.calls(Call.TRIGGER) == 1)
    await window.dies()
    heir = await studio.open()
    await heir.shows(row, Status.RUNNING, within_s=10)
    assert studio.calls(Call.TRIGGER) == 1


def times_past(studio: Studio, window: Window, row: RowId) -> list[str]:
    """Times that the second line of a note names and that have been over for half a minute."""
    long_ago = time.strftime("%H:%M:%S", time.localtime(studio.clock.wall() - 30))
    return [
        time_text
        for time_text in re.findall(r"\d\d:\d\d:\d\d", window.note(row).partition("\n")[2])
        if time_text < long_ago
    ]


async def test_after_a_restart_a_note_names_a_time_that_is_ahead(studio: Studio) -> None:
    """The search of the new window takes the settle time again, and the note says until when from the start on."""
    window = await studio.open()
    row = await uncertain(studio, window, "fox", arrives=False)
    assert "Checking the run list until the first answer after 10:32:" in window.note(row)
    await passing(20)
    await window.dies()
    await passing(3_600)
    heir = await studio.open()
    await until(lambda: not times_past(studio, heir, row), within_s=2)
    assert "Checking the run list until the first answer after 11:32:" in heir.note(row)
    for _ in range(40):
        await passing(5)
        assert times_past(studio, heir, row) == []
    await until(lambda: is_asked(heir, row))
    assert studio.calls(Call.TRIGGER) == 1


async def test_a_note_names_the_next_answer_once_its_time_is_over(studio: Studio) -> None:
    """While nothing can be read, the note names the next answer as the deciding one."""
    window = await studio.open()
    row = await uncertain(studio, window, "fox", arrives=False)
    await studio.served.go_offline()
    for _ in range(40):
        await passing(10)
        assert times_past(studio, window, row) == []
    assert "Checking the run list until the next answer." in window.note(row)
    await studio.served.come_back()
    await until(lambda: "Not seen in 1 check" in window.note(row))
    await until(lambda: is_asked(window, row))


async def test_a_conflict_that_is_not_seen_stays_uncertain(studio: Studio) -> None:
    """409: the server may answer it after the run was started, so nothing says that nothing runs; the user decides."""
    window = await studio.open()
    studio.fault(Call.TRIGGER, FaultKind.STATUS, status=409, body='{"error": "already there"}')
    row = window.submit("fox")
    await until(lambda: "Not seen in 2 checks" in window.note(row), within_s=400)
    await passing(100)
    assert window.status(row) is Status.UNCERTAIN
    assert "already there" in window.note(row)
    assert "Nothing runs" not in window.note(row)


async def test_a_run_too_young_to_be_listed_is_not_missed_in_a_list(studio: Studio) -> None:
    """A list after the settle time counts against a lost prompt, even if it lacks a run accepted a moment ago."""
    window = await studio.open()
    await window.shows(window.submit("hare"), Status.COMPLETED)
    row = await uncertain(studio, window, "fox", arrives=False)
    await passing(100)
    slow_lists(studio, 90.0)
    await window.shows(window.submit("owl"), Status.RUNNING, Status.PENDING)
    await until(lambda: "Not seen" in window.note(row) or "reach back" in window.note(row), within_s=80)
    assert "Not seen in 1 check" in window.note(row)


async def test_a_list_that_does_not_reach_back_says_nothing(make_studio: MakeStudio) -> None:
    """Pages so short that the run has left them: it is never called unseen, and the row says why."""
    studio = await make_studio(seconds=1.0)
    studio.world.options = Options(page_size=3)
    window = await studio.open()
    old = window.submit("old")
    await window.shows(old, Status.COMPLETED)
    await passing(10)
    row = await uncertain(studio, window, "fox", arrives=False)
    for n in range(4):
        window.submit(f"later {n}")
    await until(lambda: "does not reach back" in window.note(row), within_s=400)
    await passing(200)
    assert "Not seen" not in window.note(row)
