"""Outputs of runs as inputs of `trigger`: `image_url=@run:550e8400#2`, and one prompt for each output that a filter finds."""

import argparse
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.base.refresh import chosen_runs, print_trouble, read_now, read_runs
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.inputs import RANDOM, Inputs
from cordage_tui.domain.output import UNJUDGED, FileKind, OutputRef, is_reference
from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.batch.draft import BatchDraft, draft_from
from cordage_tui.engine.batch.pattern import BatchError
from cordage_tui.engine.batch.random_inputs import RandomInputs
from cordage_tui.engine.batch.sampling import new_seed
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import UnknownOutput
from cordage_tui.engine.outbox.linked_inputs import OutputNames, targets

EACH: Final = "@run:each"
"""Value of the input that gets each output in turn."""
_OPTION: Final = "--each-output-of"
_WITH_OUTPUTS: Final = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)
_SEE: Final = "See: cordage-tui runs"


def has_references(body: Inputs) -> bool:
    """Return whether an input names an output of a run, whose address may have to be read from the server."""
    return any(map(is_reference, body.values()))


def input_for_each(options: argparse.Namespace, webhook: Webhook) -> str | None:
    """Return the input that gets each output, and add it to the words of the command if they name none; None without
    `--each-output-of`. Raises UsageError."""
    named = [word.partition("=")[0] for word in options.inputs if word.endswith(f"={EACH}")]
    if options.each_output_of is None:
        if named:
            raise UsageError(f"{named[0]}={EACH} needs {_OPTION}.", f"Say whose outputs: {_OPTION} 'is:kept'")
        return None
    if options.file is not None:
        raise UsageError(f"Both {_OPTION} and --file were given.", "Omit one of them.")
    declared = [target.name for target in targets([webhook], FileKind.IMAGE) if target.declared]
    if len(named) > 1 or (not named and len(declared) != 1):
        declared_text = f" It has {one_line(', '.join(declared), 200)}." if declared else ""
        raise UsageError(
            f"It is not clear which input gets the outputs.{declared_text}", f"Name one, for example: image_url={EACH}"
        )
    name = (named or declared)[0]
    if not named:
        options.inputs = [*options.inputs, f"{name}={EACH}"]
    return name


async def draft_for_each(
    engine: Engine, webhook: Webhook, options: argparse.Namespace, draft: BatchDraft, name: str, console: Console
) -> BatchDraft:
    """Return the draft with each of its bodies for each output of the matching runs; random inputs draw again for
    each.

    Raises CommandError.
    """
    outputs = await _found_outputs(engine, options.each_output_of, console)
    if not outputs:
        raise UsageError(f"{_OPTION}: no output matches.", _SEE)
    names = OutputNames(engine.store, engine.profile.stored_as)
    bodies: list[Inputs] = [{**body, name: names.of(output)} for output in outputs for body in draft.bodies]
    random, fixed = RandomInputs(webhook.inputs), _fixed(options.inputs)
    bodies = [random.renewed(body, fixed) for body in bodies]
    seed = next(choice for choice in (draft.sampling.seed, options.random_seed, new_seed()) if choice is not None)
    sampling = replace(draft.sampling, seed=seed if any(map(random.open_in, bodies)) else draft.sampling.seed)
    try:
        drafted = draft_from(f"{len(outputs):,} outputs as {name}", random.drawn(bodies, seed))
    except BatchError as error:
        raise UsageError(error.what, _SEE) from error
    return replace(drafted, sampling=sampling, sampled=draft.sampled, unexpanded=draft.unexpanded)


def _fixed(words: Sequence[str]) -> frozenset[str]:
    """Return the names of inputs that are given other values than `random`."""
    pairs = [word.partition("=") for word in words]
    return frozenset(name.removesuffix(":") for name, _, value in pairs if value.strip('"').casefold() != RANDOM)


async def _found_outputs(engine: Engine, expression: str, console: Console) -> Sequence[OutputRef]:
    try:
        wanted = argparse.Namespace(where=expression, runs=())
        rows = await chosen_runs(engine, wanted, _WITH_OUTPUTS, console)
    except UsageError as error:
        raise UsageError(error.happened.replace("--where", _OPTION), error.advice) from error
    ids = [row.id for row in rows]
    await read_runs(engine, engine.store.run_lookup.untold(ids))
    ratings = engine.store.ratings.all()
    refs = engine.store.run_lookup.output_refs(ids)
    return [ref for ref in refs if ratings.get(ref.row, {}).get(ref.number, UNJUDGED).kept is not False]


async def with_urls(engine: Engine, draft: BatchDraft, console: Console) -> BatchDraft:
    """Return the draft with URLs in place of names of outputs, and the lineage of its bodies.

    Runs that are unknown here are requested from the server. Raises CommandError, and KeyInInputs before anything is
    printed or queued.
    """
    engine.queue.refuse_key(draft.bodies)
    named = [value for body in draft.bodies for value in body.values() if is_reference(value)]
    if not named:
        return draft
    names = OutputNames(engine.store, engine.profile.stored_as)
    with suppress(UnknownOutput):
        return _linked(draft, names)
    code, trouble = await read_now(engine, engine.profile.webhook_keys)
    if trouble:
        print_trouble(console, code, trouble)
    try:
        rows = {run.id: run for run in map(names.run, named)}
        await read_runs(engine, engine.store.run_lookup.untold(list(rows)))
        return _linked(draft, names)
    except UnknownOutput as error:
        if code is ExitCode.OK:
            raise UsageError(error.what, _SEE) from error
        raise CommandError(code, error.what, "Try again when the server is reachable.", trouble or "") from error


def _linked(draft: BatchDraft, names: OutputNames) -> BatchDraft:
    lineages = draft.lineages or (None,) * len(draft.bodies)
    linked = [
        names.linked(body) if lineage is None else names.linked(body, lineage)
        for body, lineage in zip(draft.bodies, lineages, strict=True)
    ]
    return replace(draft, bodies=tuple(b for b, _ in linked), lineages=tuple(lineage for _, lineage in linked))
