"""The window in which an uncertain prompt's run is searched, and when a list without it counts. Pure rules."""

import time

import pytest

from cordage_tui.api.responses import ClockSkew
from cordage_tui.domain.advised_text import action_of
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.match_set import FoundSet, SetKind
from cordage_tui.domain.run import RemoteRun, RowId, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import AcceptedStamp, UncertainSubmission
from cordage_tui.engine.outbox import search_window
from cordage_tui.engine.outbox.run_matching import CandidateRun, match
from cordage_tui.engine.outbox.search_window import CreationWindow, reaches_back, window
from cordage_tui.store.outbox.match_sets import RULINGS
from cordage_tui.store.outbox.uncertain import RunsAroundTime
from cordage_tui.store.runs.row_codecs import message_column

NOON = 1_705_320_000.0


ONE_CLOCK = [AcceptedStamp("wh", NOON - 53.0, 0.0, NOON - 53.0)]
"""The server stamps runs by the clock of `Date`."""


def doubt(
    *,
    failed_after_s: float = 5.0,
    skew_s: float | None = 0.0,
    within_s: float | None = None,
    checks: int = 0,
    note: str = "Lost.",
) -> UncertainSubmission:
    ended = NOON + failed_after_s
    return UncertainSubmission(
        RowId(1), "wh", {"prompt": "fox"}, NOON, ended, skew_s, within_s, None, checks, None, note
    )


def listed(*created: float | None) -> list[RemoteRun]:
    return [RemoteRun(f"r{n}", Status.RUNNING, SafeText("running"), created_at=at) for n, at in enumerate(created)]


def known(before: str = "", after: str = "", is_ours: bool = False) -> RunsAroundTime:
    return RunsAroundTime(frozenset(before.split()), frozenset(after.split()), is_ours)


def test_the_window_is_by_the_servers_clock_as_it_was_when_sent() -> None:
    """The window follows the server's clock at sending: 100 s ahead, lost after 5 s, settled after 120 s, with 2.5 s
    of slack.

    The server is 7,000 s ahead now, so our clock was set back since, and that noon is 6,900 s earlier.
    """
    creation = window(doubt(skew_s=100.0, within_s=0.5), NOON, 120.0, ClockSkew(7_000.0, 0.5), ONE_CLOCK)
    assert (creation.opens, creation.closes) == (NOON + 97.5, NOON + 227.5)
    assert creation.opens_here == NOON - 6_902.5


def test_a_clock_difference_learned_later_counts_for_the_clock_as_it_goes_now() -> None:
    """A clock difference learned later counts with our present clock, which was set back an hour since."""
    creation = window(doubt(skew_s=None), NOON - 3_600.0, 120.0, ClockSkew(3_600.0, 0.5), ONE_CLOCK)
    assert creation.opens == NOON - 2.5


def test_of_two_measurements_of_the_servers_clock_the_more_exact_one_counts() -> None:
    """The more exact of two measurements of the server's clock counts.

    A first answer of six seconds is exact to three; later ones to half a second. Windows from old measurements would
    put two prompts of one time in the wrong order.
    """
    rough = window(doubt(skew_s=2.0, within_s=3.5), NOON, 120.0, ClockSkew(0.0, 0.5), ONE_CLOCK)
    assert (rough.opens, rough.likely) == (NOON - 2.5, (NOON - 1.5, NOON + 6.5))
    exact = window(doubt(skew_s=0.0, within_s=0.5), NOON, 120.0, ClockSkew(2.0, 3.5), ONE_CLOCK)
    assert (exact.opens, exact.likely) == (NOON - 2.5, (NOON - 1.5, NOON + 6.5))
    alone = window(doubt(skew_s=2.0, within_s=3.5), NOON, 120.0, None, ONE_CLOCK)
    assert (alone.opens, alone.opens_here) == (NOON + 2.0 - 5.5, NOON - 5.5)


def stamps(*offsets: float, skew_s: float | None = 0.0, webhook: str = "wh") -> list[AcceptedStamp]:
    """Return stamps of runs accepted a minute apart, latest first, with their offsets from `Date`."""
    sent = [NOON - 60.0 * n + 7.0 for n in range(1, len(offsets) + 1)]
    return [AcceptedStamp(webhook, at - (skew_s or 0.0), skew_s, at + by) for at, by in zip(sent, offsets, strict=True)]


def test_the_window_is_moved_by_what_accepted_runs_show_of_the_stamps() -> None:
    """The window is moved by the smallest and largest offset of the latest accepted runs, of the same webhook if it has
    any."""
    about = doubt(within_s=0.5), NOON, 120.0, ClockSkew(0.0, 0.5)
    creation = window(*about, stamps(-6.0, -4.0))
    assert creation.knows_stamps and (creation.opens, creation.closes) == (NOON - 8.5, NOON + 123.5)
    assert creation.likely == (NOON - 7.5, NOON + 2.5) and creation.opens_here == NOON - 2.5
    late = window(*about, [*stamps(200.0, webhook="other"), *stamps(-6.0)])
    assert late.opens == NOON - 8.5
    assert window(*about, stamps(200.0, webhook="other")).opens == NOON + 197.5
    assert window(*about, stamps(*[0.0] * 20, 900.0)).closes == NOON + 127.5
    assert window(*about, stamps(*[0.0] * 19, 900.0)).closes == NOON + 1_027.5


def test_a_slow_answer_does_not_say_that_the_stamps_are_late() -> None:
    """A slow answer does not prove late stamps, so the window also includes a run created immediately.

    The run was stamped 9 s after its request and 1 s before its answer. No guess is made from it.
    """
    slow = [AcceptedStamp("wh", NOON - 60.0, 0.0, NOON - 51.0, took_s=10.0)]
    creation = window(doubt(within_s=0.5), NOON, 120.0, ClockSkew(0.0, 0.5), slow)
    assert (creation.opens, creation.closes) == (NOON - 1.0 - 2.5, NOON + 9.0 + 127.5)
    assert creation.likely == (NOON + 9.0 - 1.5, NOON + 5.0 + 9.0 + 1.5)


def test_after_a_slow_answer_the_run_of_a_prompt_is_not_given_to_the_one_before_it() -> None:
    """After a slow answer, the run of the second prompt is not given to the first, whose request never arrived.

    Both are in a set, so neither is called not seen. A guess would cause a second, paid trigger of the second prompt.
    """
    slow = [AcceptedStamp("wh", NOON - 53.0, 0.0, NOON - 44.0, took_s=10.0)]
    tries = [
        UncertainSubmission(RowId(n), "wh", {"prompt": text}, at, at + 5.0, 0.0, 0.5, None, 0, None, "Lost.")
        for n, text, at in ((1, "fox", NOON), (2, "owl", NOON + 10.0))
    ]
    sought = [window(each, each.sent_at, 120.0, ClockSkew(0.0, 0.5), slow).submission for each in tries]
    result = match(sought, [CandidateRun(RowId(9), NOON + 10.2, None)])
    assert [(each.rows, each.is_bound) for each in result.open_sets] == [((1, 2), False)]


def test_a_rough_measure_of_the_clock_then_makes_a_rough_offset() -> None:
    """If the clock was known to 3 s when the run was accepted, its stamp shows the offset no better."""
    rough = [AcceptedStamp("wh", NOON - 53.0, 2.0, NOON - 53.0, within_s=3.0)]
    creation = window(doubt(within_s=0.5), NOON, 120.0, ClockSkew(0.0, 0.5), rough)
    assert (creation.opens, creation.closes) == (NOON - 2.0 - 3.0 - 2.5, NOON - 2.0 + 3.0 + 127.5)


def test_stamps_that_are_cut_to_the_minute_leave_a_minute_for_the_others() -> None:
    """If stamps are cut to the minute, the window leaves a whole minute for the next one."""
    cut = [AcceptedStamp("wh", NOON - 50.0, 0.0, NOON - 60.0), AcceptedStamp("wh", NOON - 80.0, 0.0, NOON - 120.0)]
    creation = window(doubt(within_s=0.5), NOON, 120.0, ClockSkew(0.0, 0.5), cut)
    assert (creation.opens, creation.closes) == (NOON - 70.0 - 2.5, NOON + 20.0 + 127.5)


def test_stamps_of_a_server_that_told_no_date_then_are_measured_by_our_clock() -> None:
    """If no answer had a `Date` when a run was accepted, its stamp is compared with our clock."""
    stamps_of_ours = stamps(30.0, skew_s=None)
    for skew in (None, ClockSkew(25.0, 0.5)):
        creation = window(doubt(skew_s=None), NOON, 120.0, skew, stamps_of_ours)
        assert creation.knows_stamps and (creation.opens, creation.closes) == (NOON + 26.5, NOON + 158.5)
        assert creation.likely == (NOON + 27.5, NOON + 37.5)
    both = [*stamps_of_ours, *stamps(1.0, skew_s=25.0)]
    assert window(doubt(skew_s=25.0, within_s=0.5), NOON, 120.0, None, both).opens == NOON + 25.0 + 1.0 - 2.5


def test_while_no_run_was_accepted_the_clocks_likely_agree_and_the_window_is_wide() -> None:
    """A front server and a database may be a time zone apart."""
    creation = window(doubt(within_s=0.5), NOON, 120.0, ClockSkew(0.0, 0.5))
    assert not creation.knows_stamps and (creation.opens, creation.closes) == (NOON - 86_400.0, NOON + 86_525.0)
    assert creation.likely == (NOON - 1.5, NOON + 6.5) and creation.opens_here == NOON - 2.5


def test_where_no_clock_is_known_the_window_is_wide() -> None:
    """Without any known clock the window is wide, because a time zone may be set wrongly."""
    creation = window(doubt(skew_s=None), NOON, 120.0, None)
    assert creation.opens == NOON - 86_400.0 and creation.closes == NOON + 86_525.0
    assert creation.likely is None


@pytest.mark.parametrize(("failed_after_s", "lasts_s"), [(80_000.0, 150.0), (-3_600.0, 0.0)])
def test_a_death_found_late_or_a_clock_set_back_does_not_spoil_the_window(
    failed_after_s: float, lasts_s: float
) -> None:
    """A late discovered crash, or a clock set back, does not change the window: a request lasts from nothing to its
    deadline."""
    creation = window(doubt(failed_after_s=failed_after_s), NOON, 120.0, ClockSkew(0.0, 0.5), ONE_CLOCK)
    assert creation.closes == NOON + lasts_s + 122.5


PAIR = FoundSet(SetKind.SOME_RAN, (RowId(1), RowId(2)), (RowId(9),))


def at(created: float) -> CreationWindow:
    return CreationWindow(doubt(), created, created + 130.0, created, created, None)


@pytest.mark.parametrize(
    ("runs", "neighbours", "tells"),
    [
        pytest.param(listed(NOON + 5, NOON - 5), known(), True, id="one from before is listed"),
        pytest.param(
            listed(NOON + 5), known(before="r0"), True, id="one known from before is listed, without its time"
        ),
        pytest.param(listed(NOON + 5), known(before="old"), False, id="those from before have dropped off"),
        pytest.param(listed(NOON - 5), known(after="r9"), False, id="one from since then is missing"),
        pytest.param(listed(), known(), True, id="an empty list of a webhook that never ran"),
        pytest.param(listed(*[NOON + 5] * 9), known(), True, id="less than any page holds"),
        pytest.param(listed(*[NOON + 5] * 10), known(), False, id="perhaps a full page of others' runs"),
        pytest.param(
            listed(*[NOON + 5] * 10), known(after="r9", is_ours=True), True, id="down to what we started next"
        ),
    ],
)
def test_a_list_says_something_only_if_it_reaches_back(
    runs: list[RemoteRun], neighbours: RunsAroundTime, tells: bool
) -> None:
    """A list counts only if it reaches back, which each list must prove, because paging is not documented."""
    assert reaches_back(runs, at(NOON), neighbours) is tells


def test_only_the_time_of_a_note_is_written_anew() -> None:
    """A new time in a note leaves the event, the number of checks and the action unchanged, for any server message."""
    doubtful = doubt(note="The first answer after 10:00:00 was lost.")
    late, clock = NOON + 60, time.strftime("%H:%M:%S", time.localtime(NOON + 60))
    for note in (
        search_window.note_checking(doubtful, NOON),
        search_window.note_not_seen(doubtful, 1, NOON),
        search_window.note_waiting(doubtful, NOON),
        message_column(search_window.note_too_short(doubtful, NOON)) or "",
    ):
        first, _, second = search_window.note_at(note, late).partition("\n")
        assert first == doubtful.note and f"the first answer after {clock}." in second
        assert search_window.note_at(note, late).partition("\x1f")[2] == note.partition("\x1f")[2]
        without = search_window.note_at(note, None)
        assert without.endswith(note.rpartition("after ")[2].partition(".")[2]) and "the next answer." in without
        assert search_window.note_at(without, late) == search_window.note_at(note, late)


@pytest.mark.parametrize("ruling", RULINGS)
def test_a_search_after_the_user_ruled_runs_out_never_says_that_the_list_shows_none(ruling: str) -> None:
    """The list still shows the runs that the user ruled out, so each later note repeats the user's words instead."""
    decided = doubt(note=f"Lost.\n{ruling} If one was its own after all, resending it is charged a second time.")
    waiting = search_window.note_waiting(replace(decided, checks=2), NOON)
    for note in (waiting, search_window.note_not_seen(doubt(note=waiting), 3, NOON)):
        assert note.startswith(f"Lost.\n{ruling} No other run of it is in the list. ") and "Not seen" not in note
    assert "You keep waiting. Next check" in waiting


def test_the_note_keeps_what_happened_and_tells_how_the_search_stands() -> None:
    """A note keeps its first line and replaces the second, and never promises an automatic resend."""
    clock = time.strftime("%H:%M:%S", time.localtime(NOON))
    begun = doubt(note=search_window.note_checking(doubt(), NOON))
    assert begun.note == f"Lost.\nChecking the run list until the first answer after {clock}."
    assert search_window.is_new(doubt()) and not search_window.is_new(begun)
    assert (
        search_window.note_not_seen(begun, 1, NOON)
        == f"Lost.\nNot seen in 1 check of the run list. Next check with the first answer after {clock}."
    )
    asked_note = search_window.note_not_seen(begun, 2, None)
    assert asked_note == "Lost.\nNot seen in 2 checks of the run list." and action_of(asked_note) == "run.resend"
    assert "One new run could belong to this prompt or to another uncertain prompt" in search_window.note_ambiguous(
        begun, PAIR, None
    )
    for note in (
        asked_note,
        search_window.note_ambiguous(begun, PAIR, None),
        search_window.note_too_short(begun, NOON),
        search_window.note_waiting(begun, NOON),
    ):
        assert "failed" not in note and "retry" not in note
