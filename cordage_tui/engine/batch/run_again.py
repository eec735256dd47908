"""Runs that are run again: the same bodies, with new numbers for the inputs that their webhook declares random."""

from collections.abc import Iterable, Mapping, Sequence

from cordage_tui.domain.base.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.inputs import Inputs, prompt_of
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.submission import Lineage
from cordage_tui.engine.batch.draft import BatchDraft, draft_from
from cordage_tui.engine.batch.pattern import refuse_if_too_many
from cordage_tui.engine.batch.random_inputs import RandomInputs
from cordage_tui.engine.batch.sampling import Sampling, new_seed
from cordage_tui.store.store import Store


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """Run that is to be run again."""

    row: RowId
    webhook_key: str
    inputs: Inputs = field(repr=False)
    links: Mapping[str, OutputRef]
    """Inputs that are outputs of other runs."""
    fixed: frozenset[str]
    """Inputs that keep their values although they may be declared random: those that its batch was made to vary."""

    def with_inputs(self, changed: Inputs, named: Iterable[str]) -> "EarlierRun":
        """Return it with other inputs, for whose `named` ones no number is drawn unless they ask for it."""
        return replace(self, inputs=changed, fixed=self.fixed.union(named))

    def unchanged(self) -> "EarlierRun":
        """Return it so that no number is drawn again."""
        return replace(self, fixed=frozenset(self.inputs))


def earlier_runs(store: Store, wanted: Sequence[RowId]) -> list[EarlierRun]:
    """Find the runs whose inputs are known, in the order asked for; a batch row yields all of its runs. Raises
    StoreError."""
    lookup, members = store.run_lookup, store.batches.members
    lines = lookup.lines(wanted)
    run_rows = [run for row in wanted for run in (members(row) if row in lines else (row,))]
    bodies, links = lookup.bodies(list(dict.fromkeys(run_rows))), lookup.links(run_rows)
    varied = {batch: frozenset(store.batches.axis_inputs(batch)) for batch in {body.batch for body in bodies} if batch}
    return [
        EarlierRun(row, key, inputs, links.get(row, {}), varied[batch] if batch else frozenset())
        for row, key, batch, inputs in bodies
    ]


def draft_again(
    runs: Sequence[EarlierRun], random: RandomInputs, *, times: int = 1, seed: int | None = None, title: str = ""
) -> BatchDraft:
    """Draft these runs of one webhook again, `times` times each; every body has its run as parent. Raises BatchError.

    Without a `title` one is made of the prompts.
    """
    refuse_if_too_many(len(runs) * times)
    renewed = [random.renewed(run.inputs, run.fixed) for run in runs for _ in range(times)]
    seed = new_seed() if seed is None and len(renewed) > 1 else seed  # one alone is drawn from all numbers there are
    sampling = Sampling(times, seed=seed if any(map(random.open_in, renewed)) else None)
    sampled = sampling.describe(len(runs))
    lineages = [Lineage(run.row, links=run.links) for run in runs for _ in range(times)]
    title = " · ".join(part for part in (title or _title(runs), sampled) if part)
    draft = draft_from(title, random.drawn(renewed, seed), lineages)
    axes = (("times", tuple(map(str, range(1, times + 1)))),) if times > 1 and len(runs) == 1 else ()
    return replace(draft, source=BatchSource(title, axes=axes), sampling=sampling, sampled=sampled)


def _title(runs: Sequence[EarlierRun]) -> str:
    """Format `again: a red fox · and 3 more`."""
    more = len(runs) - 1
    return " · and ".join([f"again: {prompt_of(runs[0].inputs)}", *([f"{more:,} more"] if more else [])])
