"""An outcome is applied to its own try, whatever happened to the prompt since.

It never causes a resend, and never loses the id of a run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from cordage_tui.domain.match_set import FoundSet, SetKind, Settlement
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import EditStart
from cordage_tui.domain.run import MatchedBy, RemoteRun, RowId, RunQuery, Status
from cordage_tui.domain.submission import UNCERTAIN, ClaimedSubmission, Expected
from cordage_tui.domain.webhook import Profile, SpendingLimits, Webhook
from cordage_tui.store.outbox.queue_edits import QueueEdits
from cordage_tui.store.store import Store

Told = Callable[..., RemoteRun]
FOX = {"prompt": "a fox"}
ALL = RunQuery("p")
LIMITED = Profile("p", "https://x.example", (Webhook("wh", "W"),), limits=SpendingLimits(per_hour=100))
OWN, LATER, FOREIGN = "of-this-try", "of-a-later-try", "foreign"
NO_RUN = (OutboxState.QUEUED, OutboxState.HELD, OutboxState.REJECTED)


@dataclass
class Prompt:
    """A prompt whose first try is on the wire of a process that has been stopped."""

    store: Store
    told: Told
    row: RowId = field(init=False)
    sent: ClaimedSubmission = field(init=False)

    def __post_init__(self) -> None:
        self.row = self.store.outbox.submit("p", "wh", FOX)
        self.sent = self.claimed()

    def claimed(self) -> ClaimedSubmission:
        sent = self.store.outbox.claim("p")
        assert sent is not None and sent.row == self.row
        return sent

    def taken_over(self) -> None:
        """Let another process take over, which does not know the outcome."""
        assert self.store.outbox.recover("p") == 1

    def resent(self) -> None:
        self.taken_over()
        assert self.store.queue.resend(self.row).done

    def resent_and(self, state: OutboxState) -> None:
        """The later try ends so."""
        self.resent()
        self.store.outcomes.end(self.claimed(), state, "later")

    def resent_and_accepted(self) -> None:
        self.resent()
        self.store.outcomes.accept(self.claimed(), self.told(LATER))

    def listed(self, run_id: str) -> RowId:
        """A list shows that run; it has a row of its own."""
        self.store.runs.merge("p", "wh", [self.told(run_id)])
        return next(row.id for row in self.store.query.window(ALL, 0, 99) if row.run_id == run_id)

    def guessed(self, run_id: str, matched: MatchedBy | None) -> None:
        self.taken_over()
        self.found(run_id, matched)

    def found(self, run_id: str, matched: MatchedBy | None) -> None:
        """The uncertain prompt is given that run, marked like that."""
        assert self.store.uncertain.found(self.row, self.listed(run_id))
        with self.store.outbox._database.write() as write:
            write.update("runs", self.row, {"matched": matched and matched.value})

    def counted_as_sent(self) -> None:
        """Count the prompt as sent in a set, with a run of another client."""
        self.taken_over()
        run = self.listed(FOREIGN)
        found_set = FoundSet(SetKind.ALL_RAN, (self.row,), (run,))
        self.store.match_sets.record("p", "wh", [found_set], ["one of them"])
        assert self.shown() == (OutboxState.ACCEPTED, None)

    def dropped(self) -> None:
        self.taken_over()
        assert self.store.outbox.drop(self.row, UNCERTAIN).done

    def resent_and_dropped(self) -> None:
        self.resent()
        assert self.store.outbox.drop(self.row).done

    def edited(self) -> None:
        self.resent()
        assert self.store.open_edits.save_edit(self.row, {"prompt": "an owl"}).done

    def being_edited(self) -> None:
        self.resent()
        assert self.store.open_edits.begin_edit(self.row, "on hold", 1) is EditStart.WAS_QUEUED

    def shown(self) -> tuple[OutboxState | None, str | None]:
        """State, and the run of its row."""
        row = self.store.rows.get(self.row)
        return self.store.outbox.state(self.row), row and row.run_id

    def runs(self) -> set[str | None]:
        """Ids of the runs of the table."""
        return {row.run_id for row in self.store.query.window(ALL, 0, 99)} - {None}


MEANWHILE: Mapping[str, Callable[[Prompt], None]] = {
    "on the wire": lambda prompt: None,
    "taken over": Prompt.taken_over,
    "queued again": Prompt.resent,
    "on the wire again": lambda prompt: (prompt.resent(), prompt.claimed()),
    "uncertain again": lambda prompt: prompt.resent_and(OutboxState.UNCERTAIN),
    "queued a third time": lambda prompt: (
        prompt.resent_and(OutboxState.UNCERTAIN),
        prompt.store.queue.resend(prompt.row),
    ),
    "limited": lambda prompt: prompt.resent_and(OutboxState.QUEUED),
    "held": lambda prompt: prompt.resent_and(OutboxState.HELD),
    "rejected": lambda prompt: prompt.resent_and(OutboxState.REJECTED),
    "accepted": Prompt.resent_and_accepted,
    "guessed wrong": lambda prompt: prompt.guessed(FOREIGN, MatchedBy.TIME),
    "guessed right": lambda prompt: prompt.guessed(OWN, MatchedBy.TIME),
    "guess of a later try": lambda prompt: (
        prompt.resent_and(OutboxState.UNCERTAIN),
        prompt.found(FOREIGN, MatchedBy.GUESS),
    ),
    "echoed": lambda prompt: prompt.guessed(FOREIGN, None),
    "said by the user": lambda prompt: prompt.guessed(FOREIGN, MatchedBy.USER),
    "counted as sent": Prompt.counted_as_sent,
    "dropped": Prompt.dropped,
    "queued again and dropped": Prompt.resent_and_dropped,
    "edited": Prompt.edited,
    "being edited": Prompt.being_edited,
}
"""What happened to the prompt before the outcome of its first try arrives."""
BESIDE: Mapping[str, tuple[OutboxState, str | None]] = {
    "on the wire again": (OutboxState.SENDING, None),
    "accepted": (OutboxState.ACCEPTED, LATER),
    "dropped": (OutboxState.DROPPED, None),
    "queued again and dropped": (OutboxState.DROPPED, None),
    "edited": (OutboxState.QUEUED, None),
}
"""State and run of the prompt if its first try turns out to be a separate run. In all other cases the prompt becomes that run."""
TAKES_A_NO = ("on the wire", "taken over", "guessed wrong", "guessed right", "counted as sent")
"""Cases in which the first try is the last one and its outcome is uncertain, so that a refusal settles the prompt."""


@pytest.fixture
def prompt(store: Store, remote_run: Told) -> Prompt:
    return Prompt(store, remote_run)


@pytest.mark.parametrize("meanwhile", MEANWHILE)
@pytest.mark.parametrize("is_listed", [False, True], ids=["answer first", "list first"])
def test_an_id_that_arrives_late_is_the_run(prompt: Prompt, meanwhile: str, is_listed: bool) -> None:
    """A late id becomes the prompt's run; if another run is its own, on the wire or wanted, the run gets its own row.

    Nothing is sent again for a run that exists.
    """
    MEANWHILE[meanwhile](prompt)
    before = prompt.runs()
    if is_listed:
        prompt.store.runs.merge("p", "wh", [prompt.told(OWN)])
    is_its_run = prompt.store.outcomes.accept(prompt.sent, prompt.told(OWN))
    expected = BESIDE.get(meanwhile, (OutboxState.ACCEPTED, OWN))
    assert (prompt.shown(), is_its_run) == (expected, meanwhile not in BESIDE)
    assert prompt.runs() == before | {OWN}
    beside = [row for row in prompt.store.query.window(ALL, 0, 99) if row.run_id == OWN and row.id != prompt.row]
    assert [row.prompt for row in beside] == ["a fox"] * (meanwhile in BESIDE)
    assert OWN not in {run.run_id for run in prompt.store.uncertain.unclaimed("p", "wh", 0.0)}
    if meanwhile != "edited":
        assert prompt.store.outbox.claim("p") is None


@pytest.mark.parametrize("meanwhile", MEANWHILE)
@pytest.mark.parametrize("state", NO_RUN)
def test_a_late_no_changes_only_what_is_still_unknown_of_that_try(
    prompt: Prompt, meanwhile: str, state: OutboxState
) -> None:
    """A late refusal of an earlier try, a 429, 401, 422 or "not sent", does not change a later try."""
    MEANWHILE[meanwhile](prompt)
    before = prompt.shown(), prompt.runs()
    prompt.store.outcomes.end(prompt.sent, state, "because")
    if meanwhile in TAKES_A_NO:
        assert prompt.shown() == (state, None)
    else:
        assert (prompt.shown(), prompt.runs()) == before
    assert not [sent_at for sent_at in _given_up(prompt) if sent_at == prompt.sent.sent_at and meanwhile in TAKES_A_NO]


@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_a_late_doubt_changes_nothing(prompt: Prompt, meanwhile: str) -> None:
    """A late UNCERTAIN from a process that does not know its outcome changes nothing known."""
    MEANWHILE[meanwhile](prompt)
    before = prompt.shown(), prompt.runs()
    prompt.store.outcomes.end(prompt.sent, OutboxState.UNCERTAIN, "no answer")
    expected = before if meanwhile != "on the wire" else ((OutboxState.UNCERTAIN, None), set())
    assert (prompt.shown(), prompt.runs()) == expected


@pytest.mark.parametrize("state", [*NO_RUN, OutboxState.UNCERTAIN, None])
def test_what_has_run_is_not_queued_by_the_outcome_of_a_later_try(prompt: Prompt, state: OutboxState | None) -> None:
    """The first try ran, as is known by now; the later one is limited, refused, uncertain or of a process that died (None). The
    prompt is the run of the first, and is not sent again."""
    prompt.resent()
    later = prompt.claimed()
    prompt.store.outcomes.accept(prompt.sent, prompt.told(OWN))
    if state is None:
        prompt.store.outbox.recover("p")
    else:
        prompt.store.outcomes.end(later, state, "because")
    assert prompt.shown() == (OutboxState.ACCEPTED, OWN)
    assert prompt.store.query.count(ALL) == 1
    is_unknown = state in (OutboxState.UNCERTAIN, None)
    assert ("may be running too" in (prompt.store.query.detail(prompt.row).note or "")) is is_unknown
    assert len(prompt.store.uncertain.given_up("p", "wh", 0.0)) == is_unknown


def test_two_tries_that_ran_are_two_runs(prompt: Prompt) -> None:
    """If both tries ran, the later one's run is the prompt's, the first has a row with a note, and both count as
    spent."""
    prompt.resent()
    later = prompt.claimed()
    prompt.store.outcomes.accept(prompt.sent, prompt.told(OWN))
    prompt.store.outcomes.accept(later, prompt.told(LATER))
    assert prompt.shown() == (OutboxState.ACCEPTED, LATER)
    (beside,) = (row for row in prompt.store.query.window(ALL, 0, 99) if row.id != prompt.row)
    assert beside.run_id == OWN and "called lost" in (prompt.store.query.detail(beside.id).note or "")
    assert prompt.store.spending.accounts(LIMITED)[0].spent.last_hour == 2


def test_two_answers_that_name_one_run_are_one_run(prompt: Prompt) -> None:
    """A server may know that both requests are the same."""
    prompt.resent()
    later = prompt.claimed()
    prompt.store.outcomes.accept(prompt.sent, prompt.told(OWN))
    prompt.store.outcomes.accept(later, prompt.told(OWN))
    assert prompt.shown() == (OutboxState.ACCEPTED, OWN) and prompt.store.query.count(ALL) == 1


@pytest.mark.parametrize("state", NO_RUN)
def test_a_try_that_surely_did_not_run_costs_nothing(prompt: Prompt, state: OutboxState) -> None:
    """A late answer that a try did not run frees its place in the limit, and no run may be its own."""
    prompt.resent_and_accepted()
    assert prompt.store.spending.accounts(LIMITED)[0].spent.last_hour == 2
    prompt.store.outcomes.end(prompt.sent, state, "because")
    assert prompt.store.spending.accounts(LIMITED)[0].spent.last_hour == 1
    assert _given_up(prompt) == []


def two_guessed(store: Store, remote_run: Told) -> tuple[list[RowId], list[ClaimedSubmission | None]]:
    """Two uncertain prompts that were given the runs `a` and `b` by the order of their sending, and their tries."""
    rows = [store.outbox.submit("p", "wh", {"prompt": text}) for text in ("fox", "owl")]
    sent = [store.outbox.claim("p") for _ in rows]
    store.outbox.recover("p")
    store.runs.merge("p", "wh", [remote_run("a"), remote_run("b")])
    runs = {row.run_id: row.id for row in store.query.window(ALL, 0, 99)}
    guess = ((rows[0], runs["a"]), (rows[1], runs["b"]))
    found_set = FoundSet(SetKind.ALL_RAN, tuple(rows), (runs["a"], runs["b"]), guess, is_bound=True)
    store.match_sets.record("p", "wh", [found_set], ["guessed"])
    assert [store.rows.get(row).run_id for row in rows] == ["a", "b"]
    return rows, sent


def test_the_run_of_another_is_taken_back_from_a_guess(store: Store, remote_run: Told) -> None:
    """If two prompts got each other's runs by guesses, the late answer to one corrects both.

    The other prompt is searched again among the remaining runs.
    """
    rows, sent = two_guessed(store, remote_run)
    store.outcomes.accept(sent[0], remote_run("b"))
    assert store.rows.get(rows[0]).run_id == "b" and store.rows.get(rows[0]).matched is None
    assert store.outbox.state(rows[1]) is OutboxState.UNCERTAIN
    assert "another prompt's" in store.query.detail(rows[1]).note
    assert [run.run_id for run in store.uncertain.unclaimed("p", "wh", 0.0)] == ["a"]
    assert store.match_sets.all("p") == []


def test_a_run_that_an_answer_names_leaves_the_set_of_another_prompt(store: Store, remote_run: Told) -> None:
    """If an answer names the run of a set, the other prompt of that set is searched again."""
    earlier, fox, owl = (store.outbox.submit("p", "wh", {"prompt": text}) for text in ("hen", "fox", "owl"))
    sent = [store.outbox.claim("p") for _ in range(3)]
    store.outcomes.accept(sent[0], remote_run("hen"))
    store.outbox.recover("p")
    store.runs.merge("p", "wh", [remote_run("a")])
    run = next(row.id for row in store.query.window(ALL, 0, 99) if row.run_id == "a")
    store.match_sets.record("p", "wh", [FoundSet(SetKind.ALL_RAN, (owl,), (run,))], ["likely"])
    assert store.outbox.state(owl) is OutboxState.ACCEPTED
    assert store.outcomes.accept(sent[1], remote_run("a"))
    assert store.rows.get(fox).run_id == "a"
    assert store.outbox.state(owl) is OutboxState.UNCERTAIN and store.outbox.state(earlier) is OutboxState.ACCEPTED
    assert store.match_sets.all("p") == []


def test_a_prompt_whose_own_run_is_named_leaves_its_set(prompt: Prompt) -> None:
    """If its own run is named, a prompt leaves its set, and the run assumed before is free again."""
    prompt.counted_as_sent()
    assert prompt.store.outcomes.accept(prompt.sent, prompt.told(OWN))
    assert prompt.store.match_sets.all("p") == []
    assert [run.run_id for run in prompt.store.uncertain.unclaimed("p", "wh", 0.0)] == [FOREIGN]


def test_what_the_user_has_ruled_out_stays_so_after_a_late_answer(prompt: Prompt) -> None:
    """A set that is settled is the user's word; only open ones lose the prompt."""
    prompt.counted_as_sent()
    (shown,) = prompt.store.match_sets.all("p")
    assert prompt.store.match_sets.settle(shown, Settlement.NONE_RAN)
    ruled_out = prompt.store.match_sets.ruled_out("p", "wh")
    assert len(ruled_out) == 1
    prompt.found(LATER, MatchedBy.GUESS)
    prompt.store.outcomes.end(prompt.sent, OutboxState.QUEUED, "because")
    assert prompt.shown() == (OutboxState.QUEUED, None)
    assert prompt.store.match_sets.ruled_out("p", "wh") == ruled_out


def test_a_guess_that_proves_right_is_no_guess_any_more(prompt: Prompt) -> None:
    """The mark goes, so that outputs may be saved and no question remains."""
    prompt.guessed(OWN, MatchedBy.GUESS)
    prompt.store.outcomes.accept(prompt.sent, prompt.told(OWN))
    assert prompt.store.rows.get(prompt.row).matched is None


def test_a_guess_that_proves_right_leaves_the_others_of_its_set(store: Store, remote_run: Told) -> None:
    """The user is asked only about the prompt that is still a guess, with the runs that may be its own."""
    rows, sent = two_guessed(store, remote_run)
    store.outcomes.accept(sent[0], remote_run("a"))
    (left,) = store.match_sets.all("p")
    assert (list(left.rows), [run.run_id for run in left.runs]) == (rows[1:], ["b"])
    assert store.rows.get(rows[1]).run_id == "b"


def test_a_prompt_that_surely_did_not_run_leaves_its_set(prompt: Prompt) -> None:
    """A prompt that surely did not run leaves its set, so the user is not asked about it any more."""
    prompt.counted_as_sent()
    prompt.store.outcomes.end(prompt.sent, OutboxState.REJECTED, "because")
    assert prompt.store.match_sets.all("p") == []


def test_a_drop_that_is_undone_does_not_send_what_has_run(prompt: Prompt) -> None:
    """Undoing a drop does not queue a prompt whose run was named meanwhile: the run stays in the table."""
    prompt.resent()
    edits = QueueEdits(prompt.store.database, prompt.store.outbox, "p")
    dropped, _ = edits.drop({prompt.row: prompt.store.outbox.expected(prompt.row)})
    prompt.store.outcomes.accept(prompt.sent, prompt.told(OWN))
    assert edits.restore(dropped) == []
    assert prompt.runs() == {OWN} and prompt.store.outbox.claim("p") is None


def test_an_answer_that_names_a_run_from_before_is_uncertain(store: Store, remote_run: Told) -> None:
    """An answer with the id of an earlier run is uncertain, with the reason."""
    store.runs.merge("p", "wh", [remote_run("old", "completed")])
    row = store.outbox.submit("p", "wh", FOX)
    sent = store.outbox.claim("p")
    assert not store.outcomes.accept(sent, remote_run("old"))
    assert store.outbox.state(row) is OutboxState.UNCERTAIN
    assert "known before it was sent" in store.query.detail(row).note
    assert "may be running" in store.query.detail(row).note
    assert {row_shown.run_id for row_shown in store.query.window(ALL, 0, 9)} == {None, "old"}


@pytest.mark.parametrize("matched", [None, MatchedBy.TIME], ids=["echoed", "guessed"])
def test_an_answer_that_names_another_prompts_run_from_before_is_uncertain(
    store: Store, remote_run: Told, clock, matched: MatchedBy | None
) -> None:
    """An answer with the run of another prompt, found before this one was sent, is uncertain."""
    first = Prompt(store, remote_run)
    first.guessed("old", matched)
    clock.now += 1
    row = store.outbox.submit("p", "wh", {"prompt": "an owl"})
    sent = store.outbox.claim("p")
    assert not store.outcomes.accept(sent, remote_run("old"))
    assert (store.outbox.state(row), first.shown()) == (OutboxState.UNCERTAIN, (OutboxState.ACCEPTED, "old"))


def test_what_is_on_the_wire_is_not_held_for_a_link(store: Store) -> None:
    """A prompt whose link cannot be read is not held if another process is sending it."""
    row = store.outbox.submit("p", "wh", FOX)
    store.outbox.claim("p")
    assert store.queue.hold("p", "its link cannot be read", row) == 0
    assert store.outbox.expected(row) == Expected(OutboxState.SENDING, 1)
    assert store.rows.get(row).status is Status.SENDING


def _given_up(prompt: Prompt) -> list[float]:
    return [attempt.sent_at for attempt in prompt.store.uncertain.given_up("p", "wh", 0.0)]
