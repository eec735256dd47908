"""Session of one agent on the engine of a profile: the work of its tools."""

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.base.find_run import find_run
from cordage_tui.cli.base.profile import find_webhook
from cordage_tui.cli.base.refresh import read_runs
from cordage_tui.cli.base.wait import silent_runs, wait_while
from cordage_tui.cli.commands.trigger.inputs import check_not_empty
from cordage_tui.cli.commands.trigger.outputs_as_inputs import with_urls
from cordage_tui.cli.commands.trigger.submission import NOTHING, Submission, beyond_limit
from cordage_tui.domain.confirmation import TYPED_FROM
from cordage_tui.domain.download import Download
from cordage_tui.domain.inputs import PROMPT, Inputs, Json, canonical, digest
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.queue import BlockedBy, Lane, QueueItem
from cordage_tui.domain.run import RowId, RunDetail, Status
from cordage_tui.domain.run_json import Object, moment
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import AWAITS_APPROVAL, WAITS_FOR_TWIN, AuthorRequest
from cordage_tui.domain.webhook import HealthStatus, Webhook
from cordage_tui.engine.batch.body_checks import BodyChecker
from cordage_tui.engine.batch.draft import BatchDraft, draft_from
from cordage_tui.engine.batch.pattern import BatchError
from cordage_tui.engine.batch.random_inputs import RandomInputs
from cordage_tui.engine.batch.unexpanded import Doubt
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import describe_change, refuse_if_read_only
from cordage_tui.engine.input_fields import Unset, declared, with_defaults
from cordage_tui.engine.outbox import search_window
from cordage_tui.engine.outbox.linked_inputs import OutputNames
from cordage_tui.engine.processes.worker import STOP_GRACE_S
from cordage_tui.store.errors import AlreadyRequested, StoreError
from cordage_tui.store.outbox.author_requests import EarlierRequest, Requests
from cordage_tui.store.outbox.queued_prompts import UNLIMITED

MOST_AT_ONCE: Final = TYPED_FROM - 1
"""Runs that one call may start: more are confirmed by a person, who types their number."""
LONGEST_WAIT_S: Final = 50.0
"""Longest wait of one call: many clients give a call up after a minute."""
UNTRUSTED: Final = "untrusted"
"""Name of the part of a result whose text is from servers, prompts and files."""
_ID: Final = re.compile(r"[\w.-]{1,100}", re.ASCII)
"""Run ids that are returned as plain values. Any other id is untrusted text, and the row number identifies the run."""
_UNSENT: Final = (OutboxState.QUEUED, OutboxState.HELD)
_WAITING: Final = frozenset({Status.QUEUED, Status.HELD, Status.UNCERTAIN})
"""States that only the program or the user changes: see `_may_change`."""
_USER_DECIDES: Final = frozenset({BlockedBy.PAUSE, BlockedBy.KEY, BlockedBy.ACCOUNT})
"""Reasons for a blocked queue that only the user can remove."""
_MEANINGS: Final = {
    Status.QUEUED: "Not sent yet.",
    Status.SENDING: "Being sent; there is no answer yet.",
    Status.HELD: "Not sent, and not sent without the user: see the note.",
    Status.UNCERTAIN: "The answer was lost: it may be running and may be charged. Do not enqueue it again.",
    Status.REJECTED: "The server refused it; nothing runs.",
    Status.UNMATCHED: "It ran, but it is not clear which run it is. The screen says unmatched.",
    Status.MISSING: "The server no longer lists it; how it ended is unknown. The screen says missing.",
    Status.OTHER: "The server has a word of its own for its state; it is not over.",
    Status.KILLING: "A kill was asked for; it is not confirmed yet.",
}
_APPROVAL: Final = "Not sent: it waits until the user approves it in the queue of cordage-tui."
_BLOCKED: Final = "Not sent yet: nothing is sent now ({}); see `queue` of the result."

RunNames = Sequence[int | str]
"""Names of runs: row numbers, or run ids or how they begin."""


class AgentSession:
    """Runs that an agent starts, follows and fetches. Methods raise CommandError and the engine's errors.

    They return JSON. In it, all text from outside this program is below `untrusted`.
    """

    def __init__(self, engine: Engine, author: SafeText, console: Console) -> None:
        """`engine` submits for `author`, and is not started: nothing is sent or polled before the agent has asked for something."""
        self._engine = engine
        self._author = author
        self._console = console
        self._profile = engine.profile
        self._started = self._sends = False

    def hide_key(self, text: str) -> str:
        """Return `text` without the API key, in any form."""
        return self._console.without_secret(text)

    def find_damage(self) -> StoreError | None:
        """Look for damage of the database after a fault that nobody expects; None: there is none."""
        return self._engine.store.find_damage()

    # Webhooks and submissions.

    async def list_webhooks(self) -> Object:
        """Describe the webhooks of the profile, and how much may be started."""
        engine, profile = self._engine, self._profile
        return {
            "profile": profile.name,
            "read_only": profile.read_only,
            "held_for_approval": profile.agents == "ask",
            "most_at_once": self._most_at_once,
            "spending": self._spending(),
            "currency": profile.currency,
            "webhooks": [
                {
                    "name": webhook.name,
                    "inputs": _inputs_object(webhook),
                    "price": webhook.price,
                    "left": engine.spending.left(webhook.key),
                }
                for webhook in profile.webhooks
            ],
        }

    async def enqueue(
        self,
        webhook: str,
        prompt: str | None = None,
        inputs: Mapping[str, Json] | None = None,
        runs: Sequence[Mapping[str, Json]] | None = None,
        request: str | None = None,
        literal: bool = False,
    ) -> Object:
        """Write prompts into the queue, unless this author has done so for the same `request`: then return those. Raises
        CommandError and StoreError, and then nothing was queued."""
        refuse_if_read_only(self._profile)
        chosen = find_webhook(self._profile, webhook)
        shared = _shared(prompt, inputs or {})
        bodies_given = [{**shared, **run} for run in runs or [{}]]
        _check_json(bodies_given)
        named = None
        if request is not None:
            request = _checked_name(request)
            named = AuthorRequest(self._author, request, digest({"webhook": chosen.key, "runs": bodies_given}))
        earlier = self._earlier(named)
        draft = await self._drafted(chosen, bodies_given, literal=literal) if earlier is None else None
        await self._start(sends=True)
        rows: Sequence[RowId] = ()
        if draft is not None:
            try:
                rows = self._submit(chosen, draft, named)
            except AlreadyRequested:  # by another process, or a call of this one, a moment ago
                earlier = self._earlier(named)
                if earlier is None:
                    raise
        if earlier is not None:
            rows = earlier.rows
        result = {"webhook": chosen.name, "enqueued_earlier": moment(earlier.at if earlier else None), "rows": rows}
        return {**result, **self._runs_object(rows)}

    async def cancel_queued(self, runs: RunNames) -> Object:
        """Take prompts that this session's author queued, and that are not sent, out of the queue."""
        waiting = {item.row: item for item in self._engine.queue.waiting(limit=UNLIMITED)}
        return {"runs": [self._cancel(row, waiting.get(row)) for row in self._find(runs)]}

    # Runs.

    async def wait(self, runs: RunNames, timeout_s: float = 30.0) -> Object:
        """Wait until these runs are over, for `timeout_s` at most."""
        rows = self._find(runs)
        if self._may_change(rows):
            await self._start(sends=False)
        await wait_while(self._engine, lambda: self._may_change(rows), min(timeout_s, LONGEST_WAIT_S))
        return self._runs_object(rows)

    async def get_run(self, run: int | str) -> Object:
        """Read one run, with all its inputs."""
        (row,) = self._find([run])
        rows = self._engine.store.rows.many([row])
        code, trouble = await read_runs(self._engine, [known for known in rows if known.run_id is not None])
        result = self._run_object(row, fresh=code is ExitCode.OK)
        detail = self._engine.store.query.detail(row)
        if detail is not None:
            foreign = {"inputs": detail.inputs, "outputs": list(detail.outputs)} | (
                {"trouble": trouble} if trouble else {}
            )
            result["output_names"] = [self._name(output) for output in self._outputs(row)]
            result["created_at"], result["ended_at"] = moment(detail.row.created_at), moment(detail.row.ended_at)
            result[UNTRUSTED] = {**_untrusted(detail), **foreign}
        return result

    async def outputs(self, run: int | str, timeout_s: float = 30.0) -> Object:
        """Download the outputs of a completed run to the folder of the settings, and return their paths."""
        (row,) = self._find([run])
        engine = self._engine
        code, _ = await read_runs(engine, engine.store.run_lookup.untold([row]))
        result = self._run_object(row, fresh=code is ExitCode.OK)
        wanted = self._outputs(row) if result["state"] == Status.COMPLETED else []
        enqueued = engine.downloads.enqueue(wanted)
        settled = asyncio.ensure_future(engine.downloads.settled(enqueued.ids))
        await asyncio.wait([settled], timeout=min(timeout_s, LONGEST_WAIT_S))
        settled.cancel()
        downloads: dict[int, Download] = {download.number: download for download in engine.store.downloads.of(row)}
        downloads |= {download.number: download for download in engine.store.downloads.some(enqueued.ids)}
        result["files"] = [_file_object(downloads.get(output.number), output.number) for output in wanted]
        result[UNTRUSTED] = {
            "errors": {
                str(n): download.error for n, download in downloads.items() if download.path is None and download.error
            }
        }
        return result

    async def finish(self) -> None:
        """Send nothing more, and wait a little for answers under way: cut off, those prompts would be uncertain."""
        self._engine.leadership.stop_sending()
        await wait_while(self._engine, lambda: OutboxState.SENDING in self._engine.queue.counts(), STOP_GRACE_S)

    # Parts.

    def _spending(self) -> Object | None:
        """Return the run limits and the number of runs left in each; None: there are none."""
        if not self._profile.is_limited:
            return None
        limits = [
            {
                "webhook": None if account.webhook is None else self._profile.label(account.webhook),
                "per_day": account.limits.per_day,
                "today": account.spent.today,
                "per_hour": account.limits.per_hour,
                "last_hour": account.spent.last_hour,
                "left": account.left,
                "opens_at": moment(account.opens_at),
            }
            for account in self._engine.spending.accounts()
            if account.left is not None
        ]
        return {"reached": self._engine.spending.reached(), "limits": limits}

    def _earlier(self, request: AuthorRequest | None) -> EarlierRequest | None:
        """Return the earlier submission of a request, by any process; None: there is none.

        Raises AlreadyRequested if it had other inputs.
        """
        return None if request is None else Requests(self._engine.store.database).find(self._profile.stored_as, request)

    async def _drafted(self, webhook: Webhook, bodies: Sequence[Inputs], *, literal: bool) -> BatchDraft:
        """Build and check the bodies. Raises UsageError, also for more than one call may start."""
        draft = _draft(webhook, bodies, literal=literal)
        count = len(draft.bodies)
        if count > self._most_at_once:
            raise UsageError(
                f"{count:,} runs in one call: at most {self._most_at_once:,} are taken.",
                "More at once are confirmed by a person: tell the user how many, and why.",
            )
        return await with_urls(self._engine, draft, self._console)

    def _submit(self, webhook: Webhook, draft: BatchDraft, request: AuthorRequest | None) -> list[RowId]:
        """Write the prompts of a draft into the queue. Raises CommandError at a run limit."""
        over, reason = beyond_limit(self._engine, webhook.key, len(draft.bodies))
        if over:
            raise CommandError(ExitCode.TRY_AGAIN, reason, "Tell the user, and wait.", NOTHING)
        submission = Submission.create(self._engine, webhook.key, draft, Lane.BATCH, request=request)
        return [row.id for row in submission.rows()]

    @property
    def _most_at_once(self) -> int:
        return 1 if self._profile.protected else MOST_AT_ONCE

    async def _start(self, *, sends: bool) -> None:
        """Poll from now on, and send if asked: an agent that only waits has not asked to send the user's queue."""
        leadership = self._engine.leadership
        if not self._started:
            self._started, self._sends = True, sends
            if not sends:
                leadership.stop_sending()
            await self._engine.start()
        elif sends and not self._sends:
            self._sends = True
            leadership.allow_sending()
            leadership.acquire()

    def _find(self, runs: RunNames) -> list[RowId]:
        """Return the rows of these names, each once. Raises UsageError."""
        store, profile, found_rows = self._engine.store, self._profile.stored_as, dict[RowId, None]()
        for word in runs:
            if isinstance(word, int) and store.outbox.state(RowId(word)) is OutboxState.DROPPED:
                found_rows[RowId(word)] = None
                continue
            found_rows[
                find_run(store.listing, store.rows, profile, f"@{word}" if isinstance(word, int) else word).id
            ] = None
        return list(found_rows)

    def _may_change(self, rows: Collection[RowId]) -> bool:
        """Return whether waiting can show anything new of one of these rows."""
        store = self._engine.store
        store.changes.poll_others()
        rows_now = store.rows.many([*rows])
        waiting = {row.id for row in rows_now if row.status in _WAITING}
        if any(not row.status.is_final for row in rows_now if row.id not in waiting):
            return True
        standings = self._engine.forecast.standings(rows_now).values()
        if any(standing.blocked_by not in _USER_DECIDES for standing in standings):
            return True
        return self._is_searched({row for row in waiting if store.outbox.state(row) is not OutboxState.QUEUED})

    def _is_searched(self, rows: Collection[RowId]) -> bool:
        """Return whether one of these uncertain rows is still looked for, or the twin for whose outcome one of the held ones waits."""
        store = self._engine.store
        details = [detail for row in rows if (detail := store.query.detail(row)) is not None]
        awaits_twin = any(detail.row.status is Status.HELD and detail.note == WAITS_FOR_TWIN for detail in details)
        uncertain = store.uncertain.all(self._profile.stored_as) if rows else []
        return any(
            (awaits_twin or submission.row in rows)
            and (submission.next_check is not None or search_window.is_new(submission))
            for submission in uncertain
        )

    def _runs_object(self, rows: Sequence[RowId]) -> Object:
        runs = [self._run_object(row) for row in rows]
        drain = self._engine.forecast.drain()
        return {
            "all_over": all(run["over"] for run in runs),
            "may_change": self._may_change(rows),
            "runs": runs,
            "queue": {"queued": drain.queued, "blocked_by": drain.blocked_by, UNTRUSTED: {"why": drain.blocked}},
        }

    def _run_object(self, row: RowId, *, fresh: bool | None = None) -> Object:
        """Describe one run; `fresh`: whether it was just read, None: by the health of its webhook."""
        detail = self._engine.store.query.detail(row)
        if detail is None:
            dropped = self._engine.store.outbox.state(row) is OutboxState.DROPPED
            state = "dropped" if dropped else "unknown"
            return {"row": row, "state": state, "over": dropped, "meaning": "It is not in the list of runs any more."}
        status, health = detail.row.status, self._engine.health.of(detail.row.webhook_key).health
        if fresh is None:
            is_heard = health is HealthStatus.LIVE and row not in silent_runs(self._engine)
            fresh = not status.is_active or is_heard
        return {
            "row": row,
            "id": detail.row.run_id if _ID.fullmatch(detail.row.run_id or "") else None,
            "webhook": self._profile.label(detail.row.webhook_key),
            "state": status.value,
            "over": status.is_final,
            "meaning": self._meaning(detail),
            "fresh": fresh,
            "server": None if fresh else health.value,
            "last_read": moment(detail.seen_at),
            "output_count": detail.row.output_count,
            UNTRUSTED: _untrusted(detail),
        }

    def _meaning(self, detail: RunDetail) -> str | None:
        if detail.row.status is Status.HELD and detail.note == AWAITS_APPROVAL:
            return _APPROVAL
        standing = self._engine.forecast.standings([detail.row]).get(detail.row.id)
        if standing is not None and standing.blocked_by is not None:
            return _BLOCKED.format(standing.blocked_by)
        return _MEANINGS.get(detail.row.status)

    def _outputs(self, row: RowId) -> list[OutputRef]:
        return self._engine.store.run_lookup.output_refs([row])

    def _name(self, output: OutputRef) -> str:
        """Return the name by which an output can be an input of another run."""
        return OutputNames(self._engine.store, self._profile.stored_as).of(output)

    def _cancel(self, row: RowId, waiting: QueueItem | None) -> Object:
        outbox = self._engine.store.outbox
        if outbox.state(row) is OutboxState.DROPPED:
            return {"row": row, "cancelled": True, "why": "It had been taken out of the queue before."}
        if waiting is None or waiting.state not in _UNSENT:
            return {"row": row, "cancelled": False, "why": "It is not waiting to be sent any more."}
        if waiting.author != self._author:
            return {"row": row, "cancelled": False, "why": "Somebody else queued it: the user decides about it."}
        change = outbox.drop(row, waiting.expected)
        return {"row": row, "cancelled": change.done, "why": None if change.done else describe_change(change)}


# Parts of results, and request bodies.


def _untrusted(detail: RunDetail) -> Object:
    row = detail.row
    name = row.status_name if row.status is Status.OTHER else None
    fields = {"status_name": name, "note": detail.note, "error": detail.error, "tags": list(row.tags)}
    return {"prompt": row.prompt, **{name: value for name, value in fields.items() if value}}


def _inputs_object(webhook: Webhook) -> list[Object]:
    prompt: Object = {"name": PROMPT, "kind": "text", "default": webhook.inputs.get(PROMPT), "choices": None}
    fields: list[Object] = [
        {
            "name": field.name,
            "kind": "number or random" if field.random else field.kind.value,
            "default": None if isinstance(value, Unset) else value,
            "choices": list(field.options) if field.picked else None,
        }
        for field, value in declared(webhook.inputs)
    ]
    return [prompt, *fields]


def _file_object(download: Download | None, number: int) -> Object:
    if download is None:
        return {"number": number, "state": "unknown", "path": None, "bytes": None}
    path = None if download.path is None else str(download.path)
    return {"number": number, "state": download.state.value, "path": path, "bytes": download.size}


def _shared(prompt: str | None, inputs: Inputs) -> Inputs:
    """Return the inputs that all runs have. Raises UsageError for two prompts."""
    if prompt is None:
        return inputs
    if inputs.get(PROMPT, prompt) != prompt:
        raise UsageError("Two prompts were given: `prompt`, and another one in `inputs`.", "Give one of them.")
    return {**inputs, PROMPT: prompt}


def _checked_name(request: str) -> str:
    """Return the name of a request without blanks around it. Raises UsageError if nothing is left."""
    name = request.strip()
    if not name:
        raise UsageError("`request` is empty, so a second call would be charged again.", "Give a UUID, or omit it.")
    return name


def _check_json(bodies: Sequence[Inputs]) -> None:
    """Raise UsageError for values that a client's parser accepts but JSON lacks."""
    try:
        for body in bodies:
            canonical(body)
    except (ValueError, RecursionError):
        problem = "The inputs are not JSON: a number is infinite or none, or they are nested too deeply."
        raise UsageError(problem, "Correct them.") from None


def _draft(webhook: Webhook, bodies_given: Sequence[Inputs], *, literal: bool) -> BatchDraft:
    """Build and check the bodies, with the defaults of the webhook's inputs. Raises UsageError for any that does not fit, and for
    text that looks like a pattern unless it is `literal`."""
    for body in bodies_given:
        wished = {name: value for name, value in body.items() if value is not None}
        check_not_empty(wished, webhook, "Give a prompt, or inputs.")
    bodies = RandomInputs(webhook.inputs).drawn(with_defaults(webhook.inputs, body) for body in bodies_given)
    for place, faults in BodyChecker(webhook.inputs, closed=True).faults(bodies).items():
        place_text = f"Run {place + 1}: " if len(bodies) > 1 else ""
        input_names = ", ".join(dict.fromkeys([PROMPT, *webhook.inputs]))
        raise UsageError(
            f"{place_text}{' '.join(map(str, faults))}", f"Webhook {webhook.name} has the inputs {input_names}."
        )
    try:
        draft = draft_from(f"{len(bodies):,} prompts", bodies)
    except BatchError as error:
        raise UsageError(error.what, "") from error
    if draft.unexpanded is not None and not literal:
        is_pattern = draft.unexpanded.doubt in (Doubt.OWN, Doubt.FOREIGN, Doubt.VALUES)
        advice = "Write out each run in `runs`." if is_pattern else "Give the text of the prompt, and inputs by name."
        raise UsageError(str(draft.unexpanded), f"{advice} If it is meant: `literal` true.")
    return draft
