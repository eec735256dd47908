"""One home, its server, its worker that is killed again and again, and its user, who starts it and answers its
questions."""

import asyncio
import json
import random
import socket
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.match_set import MatchSet, Settlement
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.queue import QueueItem
from cordage_tui.domain.run import RowId
from cordage_tui.domain.submission import NO_LINEAGE, Expected, Lineage
from cordage_tui.domain.webhook import Profile, SpendingLimits, Webhook
from cordage_tui.engine.outbox.fresh_links import HELD
from cordage_tui.simulator.rate_limits import LimitPlan
from cordage_tui.simulator.server import RunningServer, serve
from cordage_tui.simulator.storage import is_signed
from cordage_tui.simulator.world import Options, SimRun, SimulatedWorkspace, UnknownResource, plain_world
from cordage_tui.store.store import Store
from tests.crash.controls import Control
from tests.crash.scaled import Pace, PacedClock
from tests.crash.spec import Kind, Life
from tests.crash.tally import Tally

PROFILE = "studio"
WEBHOOKS = 3
RUNS_LAST_S = 3.0
BATCHES = 0.5
"""Share of the times that prompts are submitted at which some of them are a batch."""
KEEP_WAITING_S = 120.0
ANSWERS_WITHIN_S = 5.0
ENDS = {
    Kind.WORKER: (ExitCode.OK, ExitCode.UNCERTAIN, -9),
    Kind.COMMAND: (ExitCode.OK, ExitCode.FAILED, ExitCode.TRY_AGAIN, ExitCode.UNCERTAIN, ExitCode.UNFINISHED, -9),
    Kind.WINDOW: (-9,),
}
"""The exit codes that each may end with; a bug is none of them."""
ORDER = """CREATE TABLE out_of_order (row);
CREATE TRIGGER claimed AFTER UPDATE OF state ON outbox
WHEN OLD.state = 'queued' AND NEW.state = 'sending' AND EXISTS (
    SELECT 1 FROM outbox AS before WHERE before.profile = NEW.profile AND before.webhook = NEW.webhook
    AND before.state = 'queued' AND (before.lane, before.place) < (NEW.lane, NEW.place)
    AND NOT EXISTS (SELECT 1 FROM linked_inputs WHERE linked_inputs.id = before.id)
    AND NOT EXISTS (SELECT 1 FROM outbox AS twin WHERE twin.profile = before.profile AND twin.webhook = before.webhook
        AND twin.fingerprint = before.fingerprint AND twin.state IN ('sending', 'uncertain')))
    AND NEW.over_limit = 0
BEGIN INSERT INTO out_of_order VALUES (NEW.id); END"""
"""Writes down each prompt that is claimed before another of its webhook that may go and stands ahead of it. One whose link is
to be read again may be passed, and those that pass the run limit by the user's word may go."""
PER_HOUR = 6
"""Run limit of each lane."""
LIMIT = f"""CREATE TABLE beyond_limit (row);
CREATE TRIGGER limited AFTER UPDATE OF state ON outbox
WHEN OLD.state = 'queued' AND NEW.state = 'sending' AND NEW.over_limit = 0 AND {PER_HOUR} <= (
    SELECT count(*) FROM outbox WHERE id <> NEW.id AND state IN ('sending', 'accepted', 'uncertain')
        AND sent_at > NEW.sent_at - 3600
) + (SELECT count(*) FROM given_up WHERE sent_at > NEW.sent_at - 3600)
BEGIN INSERT INTO beyond_limit VALUES (NEW.id); END"""
"""Writes down each prompt that is claimed over the limit without the user's word."""
HANGS_S = 400.0
"""Of the world's time: no worker takes so long, though on a busy machine each of its requests may be cut off at its deadline,
which is a hundred times as early here."""
CONTROL_HANGS_S = 4.0
"""A worker that does it wrong may never come to rest."""
STRANGER = "stranger"
"""How the texts of others' runs begin."""
GONE = 1 / 3
"""Share of the prompts with an output as input whose run cannot be read by then."""
LIVES_TO_REST = 20
"""Starts after which a lane that still has something to do is given up; each ends by itself."""


@dataclass
class Lane:
    """Prompts are told apart by their text: the server's runs of a text against the submissions of it are the truth."""

    home: Path
    pace: Pace
    served: RunningServer
    nursery: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    store: Store
    rng: random.Random
    control: Control | None = None
    tally: Tally = field(default_factory=Tally)
    prompts: dict[RowId, str] = field(default_factory=dict)
    by_command: set[RowId] = field(default_factory=set)
    """Prompts that a `trigger` has submitted, which takes back what it could not send."""
    lineages: dict[RowId, tuple[RowId | None, tuple[str, ...]]] = field(default_factory=dict)
    """Parent of each prompt, and its inputs that are outputs of it."""
    _output_runs: dict[RowId, str] = field(default_factory=dict)
    """Run id of the output in each prompt that has one: its parent is whatever row has that run, also after a guess was taken
    back."""
    _reruns: dict[str, RowId] = field(default_factory=dict)
    """Text of each prompt that a `rerun` was to make → row of the run that it is made from."""
    _gone: set[tuple[str, str]] = field(default_factory=set)
    """Webhook key and run id of runs that the server gives to nobody who asks for them; its list has them still."""
    _given_up: set[RowId] = field(default_factory=set)
    """Prompts held for a link, which the user dropped."""
    shared: bool = False
    """Others start runs on the same webhooks while processes are killed."""
    _texts: int = 0
    """Number of texts so far, those of commands among them."""
    _latest: tuple[str, Inputs, Lineage] | None = None
    """Webhook key, body and lineage of the prompt that was submitted last. The same text is never on two webhooks, as runs are
    counted by their texts."""

    @property
    def world(self) -> SimulatedWorkspace:
        return self.served.world

    def __post_init__(self) -> None:
        """Look at each body as it arrives: a link in it has to be valid then."""
        started = self.world.trigger

        def trigger(key: str, inputs: Inputs) -> SimRun:
            if isinstance(url := inputs.get("image"), str):
                parts = urlsplit(url)
                self.tally.linked += 1
                self.tally.dead_links += not is_signed(self.world, parts.path, dict(parse_qsl(parts.query)))
            return started(key, inputs)

        given = self.world.run

        def run(key: str, run_id: str) -> SimRun:
            if (key, run_id) in self._gone:
                raise UnknownResource("Run not found")
            return given(key, run_id)

        self.world.trigger, self.world.run = trigger, run  # type: ignore[method-assign]

    @property
    def profile(self) -> Profile:
        """As it is configured."""
        webhooks = tuple(Webhook(webhook.key, webhook.name) for webhook in self.world.webhooks)
        return Profile(PROFILE, self.served.base_url, webhooks, limits=SpendingLimits(per_hour=PER_HOUR))

    def submit(self, count: int) -> None:
        """New prompts, of which one in eight is the very same as the one before; in part as a batch, which others overtake."""
        in_batch = self.rng.randrange(count + 1) if self.rng.random() < BATCHES else 0
        new: list[tuple[str, Inputs, Lineage]] = []
        for number in range(count):
            if self._latest is None or self.rng.random() > 1 / 8:
                self._texts += 1
                lineage = self._made_from_an_earlier_one()
                image = {name: output.url for name, output in lineage.links.items()}
                hook = self.world.webhooks[self._texts % len(self.world.webhooks)].key
                hook = new[0][0] if 0 < number < in_batch else hook  # a batch is on one webhook
                self._latest = hook, {"prompt": f"prompt {self._texts}", **image}, lineage
            new.append(self._latest)
        rows: list[RowId] = []
        if in_batch:
            bodies, lineages = [body for _, body, _ in new[:in_batch]], [lineage for *_, lineage in new[:in_batch]]
            line = self.store.batches.submit(PROFILE, new[0][0], BatchSource("batch"), bodies, lineages=lineages)
            rows += self.store.batches.members(line)
            self.tally.batched += in_batch
        rows += [self.store.outbox.submit(PROFILE, key, body, lineage=made) for key, body, made in new[in_batch:]]
        for row, (_, body, made) in zip(rows, new, strict=True):
            self.prompts[row], self.lineages[row] = str(body["prompt"]), (made.parent, tuple(made.links))
            if isinstance(url := body.get("image"), str):
                self._output_runs[row] = urlsplit(url).path.split("/")[2]  # of /outputs/RUN_ID/FILE
        self.tally.prompts += count

    def _made_from_an_earlier_one(self) -> Lineage:
        """Half of all prompts are, some of them with its first output as input; the others are written from nothing."""
        if not self.prompts or self.rng.random() < 1 / 2:
            return NO_LINEAGE
        parent = self.rng.choice(list(self.prompts))
        detail = self.store.query.detail(parent)
        if detail is None or not detail.outputs:
            return Lineage(parent)
        if self.rng.random() < GONE and (run := self._bound().get(parent)) is not None:
            self._gone.add(run)
        return Lineage(parent, 1, {"image": OutputRef(parent, 1, detail.outputs[0])})

    async def live(
        self,
        crash_at: str | None = None,
        occurrence: int = 1,
        *,
        kill_after_s: float | None = None,
        queued: int = 0,
        kind: Kind = Kind.WORKER,
    ) -> bool:
        """One life of a process, with the user at hand, who keeps so many prompts `queued`; True when it was killed.

        Raises AssertionError when it ended with a bug, or did not end by itself.
        """
        searches = self.control in (None, Control.ONE_CLOCK)  # to the end, which takes as long as a list has to settle
        patience_s = kill_after_s or (HANGS_S if searches else CONTROL_HANGS_S)
        self.answer()
        life = Life(
            *(str(self.home), self.pace, self.served.api_key, crash_at, occurrence, patience_s),
            control=self.control,
            kind=kind,
            prompt=self._prompt_of_a_command() if kind is Kind.COMMAND else None,
        )
        if kind is Kind.COMMAND:
            life = self._in_part_a_rerun(life)
        answers, asked = self.nursery
        asked.write(life.to_json().encode() + b"\n")
        ended = asyncio.ensure_future(answers.readline())
        while not ended.done():
            self.keep_queued(queued)
            if self.shared and kill_after_s is not None:
                self._others_start()
            self.answer()
            await asyncio.wait([ended], timeout=ANSWERS_WITHIN_S)
        code = int(ended.result() or b"70")
        self._adopt()
        assert code in ENDS[kind], f"the {kind} ended with {code}: {self._log()[-2000:]}"
        if code == -9:
            is_meant = crash_at or kill_after_s or self.control
            assert is_meant, f"the {kind} did not end: {self.store.queue.waiting(PROFILE)}"
            self._killed()
            self.tally.windows += kind is Kind.WINDOW
            self.tally.commands += kind is Kind.COMMAND
        return code == -9

    def _others_start(self) -> None:
        """A run or two of somebody else, each with a text of its own."""
        for _ in range(self.rng.randrange(3)):
            self.tally.strangers += 1
            hook = self.rng.choice(self.world.webhooks).key
            self.world.trigger(hook, {"prompt": f"{STRANGER} {self.tally.strangers}"})

    def _prompt_of_a_command(self) -> tuple[str, str]:
        """A text that nobody else has; it counts as given once it is written down."""
        self._texts += 1
        return self.world.webhooks[self._texts % len(self.world.webhooks)].key, f"prompt {self._texts}"

    def _in_part_a_rerun(self, life: Life) -> Life:
        """Most commands make their prompt from a run, if there is any yet."""
        bound = self._bound()
        if life.prompt is None or not bound or (life.crash_at is None and self.rng.random() < 1 / 4):
            return life
        row = self.rng.choice(sorted(bound))
        self._reruns[life.prompt[1]] = row
        return replace(life, made_from=bound[row][1])

    def _adopt(self) -> None:
        """What a command has submitted: its row is known from the database only."""
        with closing(sqlite3.connect(self._database)) as connection:
            rows = connection.execute("SELECT id, inputs FROM outbox JOIN details USING (id)").fetchall()
        for number, inputs in rows:
            if RowId(number) not in self.prompts:
                text = self.prompts[RowId(number)] = str(json.loads(inputs)["prompt"])
                parent = self._reruns.get(text)
                links = self.lineages[parent][1] if parent is not None else ()  # a rerun has the links of its run
                self.lineages[RowId(number)] = parent, links
                self.tally.by_rerun += parent is not None
                self.tally.prompts += 1
                self.tally.by_command += 1
                self.by_command.add(RowId(number))

    def keep_queued(self, count: int) -> None:
        """Submits what is missing to so many queued prompts."""
        self.submit(max(0, count - self.store.queue.counts(PROFILE).get(OutboxState.QUEUED, 0)))

    def answer(self) -> None:
        """What a user does: lets the queue go on, some prompts also over the run limit, and has sent again what is called not seen. Of prompts that may be one
        another's run, the user looks which one runs."""
        self._adopt()  # a command that is alive has written down its own
        if self.store.queue_control.read(PROFILE).paused is not None:
            self.store.queue_control.resume(PROFILE)
        if self.shared:
            self._look_at_guesses()
        waiting = self.store.queue.waiting(PROFILE)
        if self.control is not Control.NO_LIMIT and self.store.spending.closed(self.profile):
            queued = [line.row for line in waiting if line.state is OutboxState.QUEUED]
            passing = self.store.spending.exceeding(queued)
            if refused := [row for row in queued if row not in passing]:
                self.store.spending.exceed(refused[: self.rng.randrange(1, len(refused) + 1)])
        for line in waiting:
            if line.state is OutboxState.UNCERTAIN and is_asked(line):
                self._decide(line)
            elif line.state is OutboxState.HELD and (line.note or "").startswith(HELD):
                self._give_up(line)

    def _look_at_guesses(self) -> None:
        """Take back each set that counts as sent what did not run: the user knows the pictures of others."""
        truth = {run: str(inputs["prompt"]) for (_, run), inputs in self.world.past_prompts().items()}
        for found in self.store.match_sets.all(PROFILE):
            if any(prompt.state is OutboxState.UNCERTAIN for prompt in found.prompts):
                continue
            shown = Counter(truth[run.run_id] for run in found.runs)
            if Counter(self.prompts[row] for row in found.rows) - shown:
                self.tally.taken_back_guesses += self.store.match_sets.settle(found, Settlement.NONE_RAN)

    def _give_up(self, line: QueueItem) -> None:
        """Drop what is held for its link, if that is so: its run is one that the server does not give any more."""
        bound, links = self._bound(), self.store.run_lookup.lineage(line.row).links
        assert any(bound.get(output.row) in self._gone for output in links.values()), line
        if self.store.outbox.drop(line.row, Expected(OutboxState.HELD)).done:
            self._given_up.add(line.row)
            self.tally.held += 1

    async def rest(self) -> None:
        """Start the worker and answer it until nothing is left to do. With a deliberate fault do so only once."""
        for _ in range(LIVES_TO_REST if self.control is None else 1):
            await self.live()
            self.answer()  # the last list may have brought a guess, which the user may take back
            if not self.store.queue.counts(PROFILE):
                return

    def reckoned(self) -> Tally:
        """The tally, with how the server's runs compare as of now with what was submitted."""
        tally = replace(self.tally)
        runs = Counter(str(inputs["prompt"]) for inputs in self.world.past_prompts().values())
        submitted = Counter(self.prompts.values())
        waiting = Counter(self.prompts[line.row] for line in self.store.queue.waiting(PROFILE))
        tally.runs += runs.total()
        tally.waiting += waiting.total()
        tally.twice += sum(max(0, runs[text] - count) for text, count in submitted.items())
        unsent = self._rows("SELECT id FROM outbox WHERE state = 'dropped' AND attempt = 0") - self._doubtful()
        # A command also takes back what its user had sent again and what was still queued; a run of it counts as `dropped`.
        unsent |= self._rows("SELECT id FROM outbox WHERE state = 'dropped'") & self.tally.asked
        taken_back = Counter(self.prompts[row] for row in unsent & self.by_command)
        tally.taken_back += taken_back.total()
        known = runs + waiting + taken_back + Counter(self.prompts[row] for row in self._given_up)
        tally.lost += sum(max(0, count - known[text]) for text, count in submitted.items())
        tally.accounts += [
            self._account(text, runs[text])
            for text, count in submitted.items()
            if not runs[text] <= count <= known[text]
        ]
        dropped = Counter(self.prompts[row] for row in self._rows("SELECT id FROM outbox WHERE state = 'dropped'"))
        standing = submitted - dropped
        others = {text for text in runs if text.startswith(STRANGER)}
        tally.unknown += sum(count for text, count in runs.items() if text not in submitted and text not in others)
        tally.dropped += sum(min(dropped[text], max(0, runs[text] - standing[text])) for text in dropped)
        tally.misbound += self._misbound(guessed=False)
        tally.guessed += len(self._rows("SELECT id FROM runs WHERE matched = 'guess'"))
        tally.guessed_wrong += self._misbound(guessed=True)
        tally.children += sum(parent is not None for parent, _ in self.lineages.values())
        tally.orphaned += self._orphaned()
        tally.out_of_order += len(self._rows("SELECT row FROM out_of_order"))
        tally.beyond_limit += len(self._rows("SELECT row FROM beyond_limit"))
        tally.over_limit += len(self._rows("SELECT id FROM outbox WHERE over_limit = 1"))
        tally.not_told += len(self._rows("SELECT id FROM runs WHERE status = 'sent'"))
        tally.uncertain += len(self._doubtful())
        tally.resolved += len(self._doubtful() & self._accepted() - tally.asked)
        return tally

    def _account(self, text: str, runs: int) -> str:
        """Tell what became of the prompts with this text, for who reads a failed campaign."""
        rows = sorted(row for row, prompt in self.prompts.items() if prompt == text)
        marks = {
            "asked": self.tally.asked,
            "torn": self.tally.torn,
            "given up": self._given_up,
            "by command": self.by_command,
            "doubtful": self._doubtful(),
        }
        with closing(sqlite3.connect(self._database)) as connection:
            states = {
                row: connection.execute(
                    "SELECT state, attempt, run_id, note FROM outbox JOIN runs USING (id) JOIN details USING (id) WHERE id = ?",
                    (row,),
                ).fetchall()
                for row in rows
            }
        told = [f"{row} {states[row]} {[mark for mark, marked in marks.items() if row in marked]}" for row in rows]
        return f"{text!r}: {runs} runs of {'; '.join(told)}"

    def _decide(self, line: QueueItem) -> None:
        found = self.store.match_sets.of(PROFILE, line.row)
        if "Not seen" in (line.note or "") or self._runs_unknown(self.prompts[line.row]) < 1:
            self.store.queue.resend(line.row)
            self.tally.asked.add(line.row)
        elif found is not None and (settlement := self._settlement(found)) is not None:
            self.store.match_sets.settle(found, settlement)
            self.tally.torn.update(found.rows)
        else:
            again = self.pace.wall() + KEEP_WAITING_S
            self.store.uncertain.looked(line.row, line.checks, again, line.note or "")
            self.tally.torn.add(line.row)

    def _settlement(self, found: MatchSet) -> Settlement | None:
        """Return what is true of these prompts, of which some may be the very same, by the server's runs; None: neither is."""
        runs = {text: self._runs_unknown(text) for text in map(self.prompts.__getitem__, found.rows)}
        # A run may also be that of the very same prompt outside the set, whose answer may still come.
        open_rows = {*found.rows, *self._rows("SELECT id FROM outbox WHERE state IN ('sending', 'uncertain')")}
        prompts = Counter(self.prompts[row] for row in open_rows if self.prompts.get(row) in runs)
        if all(runs[text] >= count for text, count in prompts.items()):
            return Settlement.ALL_RAN
        guessed = Counter(self.prompts[prompt.row] for prompt in found.prompts if prompt.guess is not None)
        return (
            Settlement.AS_GUESSED if guessed and all(guessed[text] == count for text, count in runs.items()) else None
        )

    def _runs_unknown(self, text: str) -> int:
        """Count the server's runs of that text beyond those of prompts that count as sent here."""
        runs = sum(inputs["prompt"] == text for inputs in self.world.past_prompts().values())
        return runs - sum(self.prompts[row] == text for row in self._sent())

    def _killed(self) -> None:
        self.tally.kills += 1
        self.tally.in_flight += bool(self.store.queue.counts(PROFILE).get(OutboxState.SENDING))
        with closing(sqlite3.connect(self._database)) as connection:
            self.tally.damaged += connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok"

    def _accepted(self) -> set[RowId]:
        return set(self._bound())

    def _bound(self) -> Mapping[RowId, tuple[str, str]]:
        """The run of each prompt that has one: webhook key and run id."""
        with closing(sqlite3.connect(self._database)) as connection:
            rows = connection.execute(
                "SELECT outbox.id, runs.webhook, run_id FROM outbox JOIN runs USING (id) WHERE state = 'accepted' AND run_id IS NOT NULL"
            ).fetchall()
        return {RowId(row): (webhook, run_id) for row, webhook, run_id in rows}

    def _misbound(self, guessed: bool) -> int:
        """How many prompts are shown with the run of another: marked as a guess, or unmarked."""
        truth, marked = self.world.past_prompts(), self._rows("SELECT id FROM runs WHERE matched = 'guess'")
        bound = {row: run for row, run in self._bound().items() if (row in marked) is guessed}
        return sum(truth[run]["prompt"] != self.prompts[row] for row, run in bound.items())

    def _orphaned(self) -> int:
        """How many prompts have another parent or other links than they were submitted with."""
        with closing(sqlite3.connect(self._database)) as connection:
            lineages = connection.execute(
                "SELECT id, parent, (SELECT run_id FROM runs AS made WHERE made.id = runs.parent),"
                " (SELECT group_concat(name) FROM linked_inputs AS l WHERE l.id = runs.id) FROM runs"
                " WHERE size = 0 AND id IN (SELECT id FROM outbox)"
            ).fetchall()
        return sum(
            (names or "") != ",".join(self.lineages[row][1])
            or (parent != self.lineages[row][0] and (run_id is None or run_id != self._output_runs.get(row)))
            for row, parent, run_id, names in lineages
        )

    def _sent(self) -> set[RowId]:
        """The prompts that are not sent again: bound to a run, or known to be one of several."""
        return self._rows("SELECT id FROM outbox WHERE state = 'accepted'")

    def _rows(self, sql: str) -> set[RowId]:
        with closing(sqlite3.connect(self._database)) as connection:
            return {RowId(row) for (row,) in connection.execute(sql).fetchall()}

    def _doubtful(self) -> set[RowId]:
        log = self.home / "doubtful.txt"
        return {RowId(int(line)) for line in log.read_text().split()} if log.exists() else set()

    @property
    def _database(self) -> Path:
        return database_of(self.home)

    def _log(self) -> str:
        return (self.home / "worker.log").read_text()


def is_asked(line: QueueItem) -> bool:
    """Whether an uncertain one waits for the user: the search has begun, and no check is to come."""
    return line.next_check is None and "\n" in (line.note or "")


def database_of(home: Path) -> Path:
    return home / "data" / "cordage-tui" / "cordage.db"


@asynccontextmanager
async def lane(
    home: Path,
    pace: Pace,
    seed: int,
    nursery: socket.socket,
    *,
    options: Options,
    client_ref: bool = False,
    control: Control | None = None,
    shared: bool = False,
) -> AsyncIterator[Lane]:
    """On a `PacedLoop` of that pace."""
    world = plain_world(
        pace.wall,
        webhooks=WEBHOOKS,
        seconds=RUNS_LAST_S,
        seed=seed,
        options=options,
        limits=LimitPlan(trigger=60, read=60),  # each read costs two processes a few milliseconds of the world's time
    )
    served = await serve(world)
    _configure(home, served, client_ref)
    clock = PacedClock(pace)
    store = Store.open(database_of(home), clock)
    with closing(sqlite3.connect(database_of(home))) as connection:
        connection.executescript(ORDER)
        connection.executescript(LIMIT)
    answers, asked = await asyncio.open_connection(sock=nursery)
    try:
        yield Lane(home, pace, served, (answers, asked), store, random.Random(seed), control, shared=shared)
    finally:
        asked.close()
        store.close()
        await served.close()


def _configure(home: Path, served: RunningServer, client_ref: bool) -> None:
    lines = [f'default_profile = "{PROFILE}"', f"[profiles.{PROFILE}]", f'base_url = "{served.base_url}"']
    lines += [f"client_ref = {str(client_ref).lower()}", f"limits.per_hour = {PER_HOUR}"]
    for webhook in served.world.webhooks:
        lines += [f"[[profiles.{PROFILE}.webhooks]]", f'key = "{webhook.key}"', f'name = "{webhook.name}"']
    file = home / "config" / "cordage-tui" / "config.toml"
    file.parent.mkdir(mode=0o700, parents=True)
    file.write_text("\n".join(lines) + "\n")
