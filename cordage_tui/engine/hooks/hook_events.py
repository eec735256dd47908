"""Events of the hooks besides the end of a run: the end of a batch, nothing left to do, and what holds the queue."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from cordage_tui.domain.advised_text import action_of
from cordage_tui.domain.base.clock import is_within
from cordage_tui.domain.base.program_arguments import message
from cordage_tui.domain.run import RowId
from cordage_tui.domain.run_json import moment
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import masked
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import PAUSED_BY_USER
from cordage_tui.engine.outbox import search_window

Object = dict[str, object]
Members = Mapping[str, Object]

STALE_S: Final = 600.0
"""Age from which an end is skipped: the hook is new, or none of our programs was running."""
SCHEMA: Final = 1


class HookEvents:
    """Detector of `on_batch`, `on_idle` and `on_hold`: each event is returned once, to one process alone.

    For each of them the database has a set: of the batches under way, of what is busy, of what holds the queue. A process
    that sees the set change changes it there too, and the one whose change that was runs the hook. The change is on disk before
    that, so that after a crash a hook was run at most once; a change that no process had seen is made by the next.
    """

    def __init__(
        self, context: EngineContext, refused: Callable[[], SafeText | None], is_live: Callable[[], bool]
    ) -> None:
        """`refused` returns why the server refuses the key, `is_live` whether an answer has shown that it does not."""
        self._context = context
        self._store = context.store
        self._profile = context.profile
        self._refused = refused
        self._is_live = is_live
        self._seen: dict[str, frozenset[str]] = {}
        """Last seen members of each set, by the hook's name; missing before the first look."""
        self._newest = RowId(0)
        """Last batch that was looked at."""

    def due(self) -> Iterator[tuple[str, Object]]:
        """Yield each event that is this process's to report: name of the hook, and what it is given. Raises StoreError."""
        looks = {"on_batch": self._batches_ended, "on_idle": self._idle, "on_hold": self._held}
        for name, look in looks.items():
            if name in self._context.settings.hooks:
                yield from ((name, found) for found in look(name))

    # Each look reads what there is now, then changes the stored set, then words what this process has changed.

    def _batches_ended(self, name: str) -> Iterator[Object]:
        is_first = name not in self._seen
        before, newest = self._before(name), self._store.batches.newest()
        if is_first:
            now = self._store.batches.under_way(self._profile)
        else:
            known = [RowId(int(batch)) for batch in before]
            now = self._store.batches.still_under_way(self._profile, known, self._newest)
        self._newest = newest
        under_way = frozenset(map(str, now))
        ends = {
            batch: self._batch(RowId(int(batch)), skip_stale=is_first) for batch in sorted(before - under_way, key=int)
        }
        _, ended = self._change(name, under_way)
        yield from (found for batch, found in ends.items() if batch in ended and found is not None)

    def _idle(self, name: str) -> Iterator[Object]:
        is_stale = name not in self._seen and self._is_stale(self._store.finished_runs.last_seen(self._profile))
        tallies = self._store.query.tallies(self._profile).values()
        busy = bool(self._store.queue.counts(self._profile)) or any(tally.active for tally in tallies)
        _, ended = self._change(name, frozenset({"busy"} if busy else ()))
        if ended and not is_stale:
            yield self._told("idle", "nothing is queued or running any more.")

    def _held(self, name: str) -> Iterator[Object]:
        holds = self._holds(self._before(name))
        begun, _ = self._change(name, frozenset(holds))
        if found := [holds[one] for one in holds if one in begun and holds[one]]:
            words = str(found[0]["words"]) + (f" And {len(found) - 1:,} more." if len(found) > 1 else "")
            yield self._told("hold", words, holds=found)

    def _holds(self, before: frozenset[str]) -> Members:
        """Return what waits for the user's word."""
        holds: dict[str, Object] = {}
        if (refused := self._refused()) is not None:
            holds["key"] = {"reason": "key", "row": None, "prompt": None, "words": refused}
        elif "key" in before and not self._is_live():
            holds["key"] = {}  # no answer yet: as it was
        if unapproved := self._store.queue.unapproved(self._profile):
            does = "prompt of an author waits" if unapproved == 1 else "prompts of authors wait"
            told = one_line(f"{unapproved:,} {does} for your approval.")
            holds["approval"] = {"reason": "approval", "row": None, "prompt": None, "words": told}
        control = self._store.queue_control.read(self._profile)
        if control.paused is not None and control.paused != PAUSED_BY_USER:
            holds[f"paused {control.paused_at}"] = {
                "reason": "paused",
                "row": None,
                "prompt": None,
                "words": control.paused,
            }
        for uncertain in self._store.uncertain.all(self._profile):
            detail = self._store.query.detail(uncertain.row)
            if detail is None or action_of(detail.note) is None or search_window.is_new(uncertain):
                continue
            prompt = detail.row.prompt
            name = self._context.open_profile.label(uncertain.webhook_key)
            words = one_line(
                f'{name} "{one_line(prompt, 80)}" is uncertain: it may be running and may be charged. You decide.'
            )
            hold: Object = {"reason": "uncertain", "row": uncertain.row, "prompt": prompt, "words": words}
            holds[f"uncertain {uncertain.row} {uncertain.sent_at}"] = hold
        return holds

    def _batch(self, batch: RowId, *, skip_stale: bool) -> Object | None:
        """Build the object of a batch; None: all of it was dropped, or it ended long ago."""
        line, progress = self._store.rows.get(batch), self._store.batches.progress(batch)
        if line is None or progress is None or not progress.total:
            return None
        if skip_stale and self._is_stale(self._store.batches.last_news(batch)):
            return None
        webhook = self._context.open_profile.label(line.webhook_key)
        counts = {status: n for status, n in progress.counts.items() if n}
        rows = self._store.rows.many(self._store.batches.members(batch))
        told: Object = {
            "row": batch,
            "webhook": webhook,
            "webhook_key": masked(line.webhook_key),
            "title": progress.title,
            "created_at": moment(line.created_at),
            "ended_at": moment(progress.last_end),
            "total": progress.total,
            "counts": {status.value: n for status, n in counts.items()},
            "runs": [{"id": row.run_id, "row": row.id, "status": str(row.status)} for row in rows],
        }
        said = ", ".join(f"{n:,} {status.word}" for status, n in counts.items())
        title = one_line(progress.title, 120)
        return self._told("batch", f'batch "{title}" of {webhook} has ended: {said}.', batch=told)

    def _told(self, kind: str, words: str, **parts: object) -> Object:
        return {"schema": SCHEMA, "kind": kind, "profile": self._profile, "text": message(words), **parts}

    def _is_stale(self, seen_at: float) -> bool:
        return not is_within(seen_at, self._context.clock.wall(), STALE_S)

    def _before(self, name: str) -> frozenset[str]:
        found = self._seen.get(name)
        return self._store.settings.members(self._setting(name)) if found is None else found

    def _change(self, name: str, now: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Change the stored set as it has changed since the last look; return what this process has added and removed."""
        before = self._before(name)
        changed: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
        if before != now:
            changed = self._store.settings.change_members(self._setting(name), now - before, before - now)
        self._seen[name] = now
        return changed

    def _setting(self, name: str) -> str:
        return f"{name}/{self._profile}"
