"""A prompt whose input is an output of another run is sent with a link that works, or it is not sent."""

import json
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, urlsplit

import pytest

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.inputs import Inputs, digest
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.submission import WAITS_FOR_TWIN
from cordage_tui.engine.outbox.fresh_links import PATIENCE_S
from cordage_tui.engine.outbox.linked_inputs import UnknownOutput
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.storage import is_signed
from cordage_tui.simulator.world import Options
from cordage_tui.store.errors import DiskFull
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, Window, now, passing, until

pytestmark = pytest.mark.looptime

SHORT = Options(links_last_s=60.0, rows_have_outputs=False)
"""Links expire after a minute, and only a get signs new ones."""
LONG_S = 300.0
"""After so many seconds every link of `SHORT` has expired."""

MakeSource = Callable[..., Awaitable[tuple[Studio, Window, OutputRef]]]


@pytest.fixture
def make_source(make_studio: MakeStudio) -> MakeSource:
    """A window, and the first output of a run that ended `LONG_S` ago; `about` is `plain_world`'s."""

    async def make(**about: object) -> tuple[Studio, Window, OutputRef]:
        studio = await make_studio(**{"webhooks": 2, "options": SHORT, **about})
        window = await studio.open()
        row = window.submit("source")
        await until(lambda: window.store.run_lookup.output_refs([row]))
        await passing(LONG_S)
        return studio, window, window.store.run_lookup.output_refs([row])[0]

    return make


def _use(window: Window, output: OutputRef, prompt: str = "use", webhook: str | None = None) -> RowId:
    inputs = {"prompt": prompt, "image_url": _name(window, output)}
    return window.engine.queue.submit(webhook or window.webhook, inputs)


def _name(window: Window, output: OutputRef) -> str:
    return f"@run:{window.row(output.row).run_id}#{output.number}"


def _arrived(studio: Studio, prompt: str = "use") -> list[Inputs]:
    """Bodies with that prompt that reached the workflows."""
    runs = [run for webhook in studio.webhooks for run in studio.world.list_runs(webhook)]
    return [run.inputs for run in runs if run.inputs["prompt"] == prompt]


def _works(studio: Studio, url: object) -> bool:
    """Return whether storage serves a link now."""
    parts = urlsplit(str(url))
    return is_signed(studio.world, parts.path, dict(parse_qsl(parts.query)))


def _agrees(window: Window, row: RowId, body: Inputs) -> bool:
    """Return whether a prompt is stored as the body that arrived, fingerprint and all."""
    sql = "SELECT fingerprint, inputs FROM outbox JOIN details USING (id) WHERE outbox.id = ?"
    stored = window.store.database.row(sql, (row,))
    return stored is not None and stored[0] == digest(body) and json.loads(stored[1]) == body


async def test_an_expired_link_is_read_again_once_before_it_is_sent(make_source: MakeSource) -> None:
    """An expired link is read once before it is sent, and the new one is stored with its fingerprint, parent and
    output."""
    studio, window, output = await make_source()
    assert not _works(studio, output.url)
    reads = studio.calls(Call.GET)
    row = _use(window, output)
    await window.shows(row, Status.RUNNING, within_s=5)
    assert studio.calls(Call.GET) == reads + 1
    (body,) = _arrived(studio)
    assert _works(studio, body["image_url"]) and body["image_url"] != output.url
    assert _agrees(window, row, body)
    lineage = window.store.run_lookup.lineage(row)
    assert (lineage.parent, lineage.output) == (output.row, 1)
    assert lineage.links == {"image_url": replace(output, url=str(body["image_url"]))}


async def test_a_link_that_lasts_is_sent_as_it_is(make_source: MakeSource) -> None:
    """A link that has not expired is sent without a read."""
    studio, window, output = await make_source(options=Options(rows_have_outputs=False))
    reads = studio.calls(Call.GET)
    row = _use(window, output)
    await window.shows(row, Status.RUNNING, within_s=5)
    assert studio.calls(Call.GET) == reads
    assert [body["image_url"] for body in _arrived(studio)] == [output.url]


async def test_many_prompts_with_outputs_of_one_run_cost_one_read(make_source: MakeSource) -> None:
    """A run that was read just now is not read again."""
    studio, window, output = await make_source()
    reads = studio.calls(Call.GET)
    rows = [_use(window, output, f"use {n}") for n in range(8)]
    await until(lambda: all(window.row(row).run_id for row in rows), within_s=30)
    assert studio.calls(Call.GET) == reads + 1
    assert all(_works(studio, body["image_url"]) for n in range(8) for body in _arrived(studio, f"use {n}"))


async def test_a_prompt_whose_source_is_gone_is_held_and_holds_up_nothing(make_source: MakeSource) -> None:
    """A prompt whose source is gone is held with a note, delays no other prompt, and goes after an edit to another
    output."""
    studio, window, output = await make_source()
    run_id = window.row(output.row).run_id
    assert run_id is not None
    studio.world.forget_run(window.webhook, run_id)
    row, after = _use(window, output), window.submit("after")
    await window.shows(row, Status.HELD, within_s=5)
    await window.shows(after, Status.RUNNING, within_s=5)
    assert f"output 1 of run {run_id[:8]}, its image_url, is gone from the server" in window.note(row)
    assert "Choose another output" in window.note(row)
    assert not _arrived(studio)
    await until(lambda: window.store.run_lookup.output_refs([after]))
    other = window.store.run_lookup.output_refs([after])[0]
    assert window.engine.queue.edit(row, {"prompt": "use", "image_url": _name(window, other)}).done
    await window.shows(row, Status.RUNNING, within_s=5)
    (body,) = _arrived(studio)
    assert body["image_url"] != output.url and _works(studio, body["image_url"]) and _agrees(window, row, body)


async def test_while_the_source_cannot_be_read_others_go_first_and_then_it_goes(make_source: MakeSource) -> None:
    """Errors that may pass are waited for, with a note."""
    studio, window, output = await make_source()
    studio.fault(Call.GET, FaultKind.STATUS, status=500, count=3)
    row, after = _use(window, output), window.submit("after")
    await window.shows(after, Status.RUNNING, within_s=5)
    assert window.status(row) is Status.QUEUED and "Waiting for a new link to output 1" in window.note(row)
    await window.shows(row, Status.RUNNING, within_s=60)
    assert window.note(row) == ""
    assert len(_arrived(studio)) == 1


async def test_a_source_that_cannot_be_read_at_all_holds_its_prompt(make_source: MakeSource) -> None:
    """After some minutes of errors the prompt is held for the user's decision."""
    studio, window, output = await make_source()
    studio.fault(Call.GET, FaultKind.STATUS, status=500, count=None)
    row = _use(window, output)
    await window.shows(row, Status.HELD)
    assert "cannot be read" in window.note(row)
    assert not _arrived(studio)


async def test_offline_it_waits_like_any_other_and_in_its_order(make_source: MakeSource) -> None:
    """While the server is unreachable, a linked prompt waits in its order like any other."""
    studio, window, output = await make_source()
    await studio.served.go_offline()
    row, after = _use(window, output), window.submit("after")
    await passing(LONG_S)
    assert [window.status(waiting) for waiting in (row, after)] == [Status.QUEUED] * 2
    await studio.served.come_back()
    await until(lambda: studio.ended(window, [row, after]), within_s=100)
    assert studio.prompts() == ["source", "use", "after"]
    assert all(_agrees(window, row, body) for body in _arrived(studio))


async def test_a_read_without_an_answer_holds_up_its_webhook_for_seconds_only(make_source: MakeSource) -> None:
    """A read without an answer delays its webhook for seconds only, and other webhooks not at all."""
    studio, window, output = await make_source()
    studio.fault(Call.GET, FaultKind.SILENCE, count=1)
    row, after = _use(window, output), window.submit("after")
    elsewhere = window.submit("elsewhere", studio.webhooks[1])
    begun = now()
    await window.shows(elsewhere, Status.RUNNING, within_s=5)
    assert window.status(after) is Status.QUEUED
    await window.shows(after, Status.RUNNING, within_s=PATIENCE_S + 5)
    assert now() - begun >= PATIENCE_S
    assert not window.row(row).run_id
    await window.shows(row, Status.RUNNING)
    assert len(_arrived(studio)) == 1


async def test_an_output_that_its_run_no_longer_lists_holds_its_prompt(make_source: MakeSource) -> None:
    """The output has gone though its run has not."""
    studio, window, output = await make_source()
    row = _use(window, output)
    table = "UPDATE linked_inputs SET number = 7 WHERE id = ?"
    with window.store.database.write() as write:
        write.execute(table, (row,))
    await window.shows(row, Status.HELD, within_s=5)
    assert "is no longer listed" in window.note(row)
    assert not _arrived(studio)


async def test_a_prompt_that_is_held_for_its_link_stays_so_while_the_server_answers(make_source: MakeSource) -> None:
    """A good read releases only prompts held for an earlier key, and not those held for their links."""
    studio, window, output = await make_source()
    run_id = window.row(output.row).run_id
    assert run_id is not None
    studio.world.forget_run(window.webhook, run_id)
    row = _use(window, output)
    await window.shows(row, Status.HELD, within_s=5)
    reads = studio.calls(Call.GET)
    await passing(120)
    assert window.status(row) is Status.HELD
    assert studio.calls(Call.GET) == reads


@pytest.mark.parametrize("after_read", [False, True])
async def test_killed_between_the_read_and_the_intent_it_is_sent_once(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch, after_read: bool
) -> None:
    """After a crash between the read and the intent, the next process reads the link again and sends the prompt
    once."""
    studio, window, output = await make_source()
    claims = 0

    def claim(*_: object, **__: object) -> None:
        nonlocal claims
        claims += 1
        raise DiskFull("no room")

    if after_read:
        monkeypatch.setattr(window.store.outbox, "claim", claim)
    else:
        studio.fault(Call.GET, FaultKind.DELAY, seconds=5.0)
    row, reads = _use(window, output), studio.calls(Call.GET)
    await until(lambda: claims if after_read else studio.calls(Call.GET) > reads, within_s=20)
    await window.dies()
    monkeypatch.undo()
    assert window.status(row) is Status.QUEUED and not _arrived(studio)
    await passing(LONG_S)
    heir = await studio.open()
    heir.engine.queue.resume()
    await heir.shows(row, Status.RUNNING, within_s=60)
    (body,) = _arrived(studio)
    assert _works(studio, body["image_url"]) and _agrees(heir, row, body)


async def test_the_same_output_signed_anew_makes_the_same_prompt(make_source: MakeSource) -> None:
    """A prompt with the same output under another signature waits while its like is uncertain."""
    studio, window, output = await make_source()
    studio.fault(Call.TRIGGER, FaultKind.CLOSE)
    first = _use(window, output)
    await window.shows(first, Status.UNCERTAIN, within_s=15)
    await passing(LONG_S)
    second = _use(window, output)
    await passing(30)
    assert window.status(second) is Status.QUEUED and window.note(second) == WAITS_FOR_TWIN
    assert window.store.run_lookup.lineage(first).links["image_url"].url != output.url
    assert studio.calls(Call.TRIGGER) == 2


async def test_a_link_from_the_history_is_known_again(make_source: MakeSource) -> None:
    """A prompt recalled from the history with an expired link is sent with a working one."""
    studio, window, output = await make_source()
    first = _use(window, output)
    await window.shows(first, Status.RUNNING, within_s=5)
    await passing(LONG_S)
    (recalled,) = [body for body in window.store.prompts.history("studio", window.webhook) if body["prompt"] == "use"]
    assert not _works(studio, recalled["image_url"])
    second = window.engine.queue.submit(window.webhook, {**recalled, "prompt": "again"})
    await window.shows(second, Status.RUNNING, within_s=5)
    (body,) = _arrived(studio, "again")
    assert _works(studio, body["image_url"]) and _agrees(window, second, body)


async def test_a_linked_prompt_is_not_claimed_without_fresh_links(make_source: MakeSource) -> None:
    """A claim needs the URLs of the prompt's own outputs; none, or those of another output, are refused."""
    _, window, output = await make_source()
    window.engine.queue.pause()
    row, outbox = _use(window, output), window.store.outbox
    window.store.queue_control.resume("studio")
    other = {"image_url": replace(output, number=2)}
    assert outbox.claim("studio") is None
    assert outbox.claim("studio", fresh={row: other}) is None
    assert window.status(row) is Status.QUEUED


async def test_a_name_that_is_no_outputs_is_not_submitted(make_source: MakeSource) -> None:
    """A prompt with an unknown name of an output is not submitted, neither alone nor in a batch."""
    _, window, output = await make_source()
    before = len(window.rows())
    for name in ("@run:ffffffff#1", _name(window, replace(output, number=9))):
        with pytest.raises(UnknownOutput):
            window.engine.queue.submit(window.webhook, {"image_url": name})
    assert len(window.rows()) == before
