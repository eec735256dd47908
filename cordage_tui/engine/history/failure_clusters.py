"""Failure clusters: failures of a webhook with the same error, and what is left of them to rerun."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.batch import StopRule
from cordage_tui.domain.run import RUN_AGAIN, RowId
from cordage_tui.domain.safe_text import SafeText, folded, one_line
from cordage_tui.domain.statistics.error_pattern import GAP, pattern_filter, pattern_parts
from cordage_tui.domain.statistics.proportion import Proportion
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.batch.draft import BatchDraft
from cordage_tui.engine.batch.random_inputs import NOTHING_RANDOM, RandomInputs
from cordage_tui.engine.batch.run_again import draft_again, earlier_runs
from cordage_tui.store.failure_groups import FailedBody, FailureGroup, FailurePass
from cordage_tui.store.store import Store

STOP_AFTER: Final = 3
"""Failures in a row after which the rest of a rerun is held."""
_LONGEST_FILTER: Final = 600
"""Characters of error texts in a filter."""
_MOST_EXCLUDED: Final = 8
"""Other errors that a filter leaves out."""
_SLICE: Final = 1_000
"""Bodies that are counted at a time: a millisecond or two."""
_STATUSES: Final = f"status:{','.join(status.value for status in RUN_AGAIN)}"
NO_TEXT: Final = SafeText("no error text")


@dataclass(frozen=True, slots=True)
class FailureCluster:
    """Failures of one webhook with the same error. Times are epoch seconds."""

    webhook_key: str
    pattern: SafeText
    """Error without numbers, ids and URLs; empty: without a text."""
    count: int
    since: float
    """When the first of them failed."""
    last: float
    again: Proportion
    """Prompts that completed later, of those that were run again and ended."""
    left: tuple[RowId, ...]
    """Last failure of each prompt that has not completed since, and that neither waits nor runs, in the order of submission."""
    unknown: int
    """Failures whose inputs are unknown: started elsewhere."""
    under_way: int
    """Prompts that have not completed since, and wait or run."""
    filter: str | None
    """Filter that finds them among the runs of the webhook; None: none does."""

    @property
    def place(self) -> tuple[str, str]:
        """Webhook and error by which the cluster is found again."""
        return self.webhook_key, self.pattern


def random_inputs(profile: Profile, webhook_keys: Collection[str] | None = None) -> Mapping[str, frozenset[str]]:
    """Map the webhooks, all or those of these keys, to the inputs that they declare random."""
    wanted = [one for one in profile.webhooks if webhook_keys is None or one.key in webhook_keys]
    return {webhook.key: RandomInputs(webhook.inputs).names for webhook in wanted}


class ClusterPass:
    """Pass through the failures of a profile, in steps of a few milliseconds."""

    def __init__(self, failures: FailurePass) -> None:
        """Create a pass that reads `failures` to their end first."""
        self.now = failures.now
        """Time that all of it is about, epoch seconds."""
        self.found: list[FailureCluster] = []
        """By webhook, in the order of `random_inputs`, the one that failed last first; complete at the end."""
        self._failures = failures
        self._steps = self._all()

    def step(self) -> bool:
        """Read on. Return whether there is more. Raises StoreError."""
        return next(self._steps, False)

    def run(self) -> list[FailureCluster]:
        """Read to the end, and return what is found. Raises StoreError."""
        while self.step():
            pass
        return self.found

    def _all(self) -> Iterator[bool]:
        while self._failures.step():
            yield True
        by_webhook: dict[str, list[FailureGroup]] = {key: [] for key in self._failures.webhook_keys}
        for group in self._failures.groups.values():
            by_webhook[group.webhook_key].append(group)
        for groups in by_webhook.values():
            for group in sorted(groups, key=lambda group: (-group.last, group.pattern)):
                others = [other.pattern for other in groups if other is not group]
                yield from self._add(group, cluster_filter(group.pattern, others))

    def _add(self, group: FailureGroup, words: str | None) -> Iterator[bool]:
        """Add the cluster of a group, which is found by the filter `words`."""
        completed = ended = under_way = 0
        left: list[FailedBody] = []
        for number, (body, failed) in enumerate(group.bodies.items(), 1):
            outcomes = self._failures.outcomes(group.webhook_key, body)
            ended += outcomes.ended > failed.first
            completed += outcomes.completed > failed.first
            if outcomes.completed < failed.last:
                if outcomes.unfinished > failed.last:
                    under_way += 1
                else:
                    left.append(failed)
            if number % _SLICE == 0:
                yield True
        rows = tuple(failed.last for failed in sorted(left, key=lambda failed: failed.place))
        again, pattern = Proportion(completed, ended), SafeText(group.pattern)
        times = group.count, group.since, group.last
        self.found.append(
            FailureCluster(group.webhook_key, pattern, *times, again, rows, group.unknown, under_way, words)
        )
        yield True


def cluster_filter(pattern: str, others: Sequence[str]) -> str | None:
    """Return the filter that finds the failures with this pattern and not those with `others`; None: none does."""
    if not pattern:
        return f"{_STATUSES} -has:error"
    parts = _short(pattern_parts(pattern))
    if not parts:
        return None
    words, text = [_STATUSES, pattern_filter(parts)], folded(pattern)
    for other in others:
        theirs = folded(other)
        if all(folded(part) in theirs for part in parts):
            own = next((part for part in pattern_parts(other) if folded(part) not in text), None)
            words += [f"-{pattern_filter((own,))}"] if own is not None else []
    return " ".join(words[: 2 + _MOST_EXCLUDED])


def _short(parts: Sequence[str]) -> tuple[str, ...]:
    """Leave out what a filter would be too long with."""
    room, short = _LONGEST_FILTER, []
    for part in parts:
        short.append(part[:room].strip())
        room -= len(part)
        if room <= 0:
            break
    return tuple(short)


def draft_rerun(store: Store, cluster: FailureCluster) -> BatchDraft:
    """Draft of the prompts of a cluster that have not completed since, each once and unchanged: a batch that is stopped after
    `STOP_AFTER` failures in a row. Raises BatchError and StoreError."""
    failed = [run.unchanged() for run in earlier_runs(store, cluster.left)]
    draft = draft_again(failed, NOTHING_RANDOM, title=f"rerun of: {error_words(cluster)}")
    return replace(draft, source=replace(draft.source, stop=StopRule(STOP_AFTER)))


# Cells.


def error_words(cluster: FailureCluster) -> SafeText:
    """Return the error on one line."""
    return one_line(cluster.pattern, 300) if cluster.pattern.strip(f"{GAP} ") else cluster.pattern or NO_TEXT


def again_words(cluster: FailureCluster) -> str:
    """Format how many of the prompts that were run again have completed: `19/22`; `–` if none was rerun."""
    return f"{cluster.again.count:,}/{cluster.again.of:,}" if cluster.again.of else "–"
