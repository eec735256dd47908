"""Lineage: the run that a run was made from, and the outputs that are its inputs, stored with the submission."""

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RemoteRun, RowId, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import NO_LINEAGE, UNCERTAIN, Lineage
from cordage_tui.store.file.schema import VERSION
from cordage_tui.store.file.schema_steps import STEPS
from cordage_tui.store.pruning import Fate, PruneFilter, PrunePass
from cordage_tui.store.store import Store
from tests.store.conftest import HeldClock
from tests.tries import accept, settle

PROFILE, WEBHOOK = "studio", "wh_sunset"
URL = "https://files.example/fox.png?sig=1"


def submitted(store: Store, prompt: str, lineage: Lineage = NO_LINEAGE, **inputs: str) -> RowId:
    """A queued prompt."""
    return store.outbox.submit(PROFILE, WEBHOOK, {"prompt": prompt, **inputs}, lineage=lineage)


def linked(parent: RowId) -> Lineage:
    """Lineage of a prompt whose image is the second output of `parent`."""
    return Lineage(parent, 2, {"image": OutputRef(parent, 2, URL)})


def run(run_id: str, created_at: float = 0.0, status: Status = Status.RUNNING) -> RemoteRun:
    """A run as the server lists it."""
    return RemoteRun(run_id, status, SafeText(status.value), created_at, created_at if status.is_final else None)


def test_the_version_is_that_of_the_last_step() -> None:
    assert len(STEPS) == VERSION


def test_a_submission_has_its_parent_and_links(store: Store) -> None:
    parent = submitted(store, "a fox")
    child = submitted(store, "larger", linked(parent), image=URL)
    assert store.run_lookup.lineage(child) == linked(parent)
    detail = store.query.detail(child)
    assert detail and (detail.parent, detail.parent_output, detail.children) == (parent, 2, 0)
    above = store.query.detail(parent)
    assert above and (above.parent, above.children) == (None, 1)


def test_a_link_holds_only_while_its_input_is_that_address(store: Store) -> None:
    """A link is kept only while its input is that URL, and a child by that input is no longer one."""
    parent = submitted(store, "a fox")
    child = submitted(store, "larger", linked(parent), image="https://elsewhere.example/owl.png")
    assert store.run_lookup.lineage(child) == NO_LINEAGE
    edited = submitted(store, "larger", Lineage(parent, links=linked(parent).links), image="https://elsewhere.example")
    assert store.run_lookup.lineage(edited) == Lineage(parent)


def test_a_child_of_a_child_has_its_links(store: Store) -> None:
    parent = submitted(store, "a fox")
    child = submitted(store, "larger", linked(parent), image=URL)
    assert store.run_lookup.child_lineage(child) == Lineage(child, links=linked(parent).links)


def test_an_edit_keeps_the_parent_and_the_links_it_does_not_change(store: Store) -> None:
    parent = submitted(store, "a fox")
    lineage = Lineage(parent, links=linked(parent).links)
    child = submitted(store, "larger", lineage, image=URL)
    assert store.open_edits.save_edit(child, {"prompt": "much larger", "image": URL})
    assert store.run_lookup.lineage(child) == lineage
    assert store.open_edits.save_edit(child, {"prompt": "much larger", "image": URL + "0"})
    assert store.run_lookup.lineage(child) == Lineage(parent)
    assert store.open_edits.save_edit(child, {"prompt": "much larger", "image": URL})
    assert store.run_lookup.lineage(child) == Lineage(parent), "typed, it is no link"


def test_a_resend_is_no_child(store: Store) -> None:
    parent = submitted(store, "a fox")
    child = submitted(store, "larger", linked(parent), image=URL)
    fresh = {child: store.run_lookup.lineage(child).links}
    assert [store.outbox.claim(PROFILE, fresh=fresh) is not None for _ in range(2)] == [True, True]
    for row in parent, child:
        settle(store, row, OutboxState.UNCERTAIN, "no answer")
        assert store.queue.resend(row, UNCERTAIN)
    assert store.run_lookup.lineage(parent) == NO_LINEAGE
    assert store.run_lookup.lineage(child) == linked(parent)


def test_each_member_of_a_batch_has_its_own_parent(store: Store) -> None:
    """Each member of a batch has its own parent; the line has the common parent, but does not count as a child."""
    parents = [submitted(store, "a fox"), submitted(store, "an owl")]
    bodies = [{"prompt": "larger", "image": f"{URL}{n}"} for n in range(3)]
    lineages = [
        Lineage(parents[0], 1, {"image": OutputRef(parents[0], 1, f"{URL}0")}),
        Lineage(parents[1], 3, {"image": OutputRef(parents[1], 3, f"{URL}1")}),
        NO_LINEAGE,
    ]
    line = store.batches.submit(PROFILE, WEBHOOK, BatchSource("larger"), bodies, lineages=lineages)
    assert [store.run_lookup.lineage(row) for row in store.batches.members(line)] == lineages
    assert store.run_lookup.lineage(line) == NO_LINEAGE
    again = store.batches.submit(PROFILE, WEBHOOK, BatchSource("again"), bodies, lineages=[Lineage(parents[0])] * 3)
    assert store.run_lookup.lineage(again).parent == parents[0]
    above = store.query.detail(parents[0])
    assert above and above.children == 4


def test_children_of_a_run_follow_it_into_the_row_that_it_gets(store: Store) -> None:
    """A run that looked foreign is found to be that of an uncertain prompt."""
    lost = submitted(store, "a fox")
    assert store.outbox.claim(PROFILE)
    settle(store, lost, OutboxState.UNCERTAIN, "no answer")
    [foreign] = store.runs.merge(PROFILE, WEBHOOK, [run("run-1", 5.0)])
    child = submitted(store, "larger", linked(foreign), image=URL)
    assert store.uncertain.found(lost, foreign)
    assert store.run_lookup.lineage(child) == linked(lost)
    above = store.query.detail(lost)
    assert above and above.children == 1


def test_a_removed_parent_is_still_known_to_have_been(store: Store, clock: HeldClock) -> None:
    [parent] = store.runs.merge(PROFILE, WEBHOOK, [run("run-1", clock.wall(), Status.COMPLETED)])
    clock.now += 10 * 86_400
    child = submitted(store, "larger", linked(parent), image=URL)
    wanted = PruneFilter(PROFILE, clock.wall() - 86_400)
    kept = PrunePass(store.database, store.clock, wanted)
    while kept.step(remove=True):
        pass
    assert list(kept.fates) == [(WEBHOOK, Status.COMPLETED, Fate.LINKED)], "its output's address is needed once more"
    assert store.outbox.claim(PROFILE, fresh={child: store.run_lookup.lineage(child).links})
    accept(store, child, run("run-2", clock.wall()))
    pruning = PrunePass(store.database, store.clock, wanted)
    while pruning.step(remove=True):
        pass
    assert store.rows.get(parent) is None
    assert store.run_lookup.lineage(child).parent == parent
    detail = store.query.detail(child)
    assert detail and detail.parent == parent


def test_what_a_submission_leaves_in_the_panel_has_its_links(store: Store) -> None:
    """An output in a field goes along with the next prompt too; who only edited a run writes something new."""
    parent = submitted(store, "a fox")
    for lineage, left, kept in (
        (linked(parent), {"image": URL}, linked(parent)),
        (linked(parent), {"style": "noir"}, NO_LINEAGE),
        (Lineage(parent), {"style": "noir"}, NO_LINEAGE),
    ):
        inputs = {"prompt": "larger", "image": URL}
        store.outbox.submit(PROFILE, WEBHOOK, inputs, left, lineage=lineage)
        assert store.prompts.draft_lineage(PROFILE, WEBHOOK) == kept


def test_a_draft_keeps_its_lineage_until_it_is_emptied(store: Store) -> None:
    parent = submitted(store, "a fox")
    store.prompts.save_draft(PROFILE, WEBHOOK, {"prompt": "larger", "image": URL}, linked(parent))
    store.prompts.save_draft(PROFILE, "wh_other", {"prompt": "an owl"})
    assert store.prompts.draft_lineage(PROFILE, WEBHOOK) == linked(parent)
    assert store.prompts.draft_lineage(PROFILE, "wh_other") == NO_LINEAGE
    store.prompts.save_draft(PROFILE, WEBHOOK, {})
    store.prompts.save_draft(PROFILE, WEBHOOK, {"prompt": "something new"})
    assert store.prompts.draft_lineage(PROFILE, WEBHOOK) == NO_LINEAGE


def test_the_best_children_come_first(store: Store) -> None:
    """Kept children come first, then by stars, then the newest; only some are listed, but all are counted."""
    parent = submitted(store, "a fox")
    children = [submitted(store, f"fox {n}", Lineage(parent)) for n in range(8)]
    store.ratings.decide([(children[1], 1)], True)
    store.ratings.rate([(children[2], 1), (children[3], 2)], 4)
    store.ratings.decide([(children[7], 1)], False)
    detail = store.query.detail(parent)
    relatives = detail and store.relatives(detail)
    assert relatives and (relatives.count, relatives.kept, relatives.parent, relatives.removed) == (8, 1, None, False)
    best = [children[n] for n in (1, 3, 2, 7, 6)]
    assert [child.row.id for child in relatives.children] == best
    assert relatives.children[1].rating.stars == 4 and relatives.children[0].inputs == {"prompt": "fox 1"}


def test_a_child_knows_which_of_its_inputs_is_the_output(store: Store) -> None:
    parent, other = submitted(store, "a fox"), submitted(store, "an owl")
    links = {"image": OutputRef(parent, 2, URL), "mask": OutputRef(other, 2, URL + "0")}
    child = submitted(store, "larger", Lineage(parent, 2, links), image=URL, mask=URL + "0")
    detail = store.query.detail(child)
    relatives = detail and store.relatives(detail)
    assert relatives and (relatives.output, relatives.fields) == (2, ("image",))
    alone = store.query.detail(other)
    assert alone and store.relatives(alone) is None
