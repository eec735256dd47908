"""Inputs that are outputs of other runs: named by `@run:550e8400#2`, and offered for the fields that may take them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.inputs import PROMPT, Inputs
from cordage_tui.domain.output import FileKind, OutputRef, OutputReference, is_reference
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.submission import NO_LINEAGE, Lineage
from cordage_tui.domain.urls import is_signed, unsigned
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.errors import UnknownOutput
from cordage_tui.store.store import Store

# Names of outputs, and the outputs that they name.

_LEAST: Final = 4
"""Least characters of an id: a shorter one may match by chance, and a wrong match costs money."""
_LINKED_BEFORE: Final = 500
"""Linked inputs of earlier prompts that are known again."""
_SHOWN: Final = 3
"""Ids that an error lists."""


class OutputNames:
    """Outputs of one profile by their names. Methods raise StoreError, and UnknownOutput for a name that no output
    has."""

    def __init__(self, store: Store, profile: str) -> None:
        """`profile`: its name in the database."""
        self._store = store
        self._profile = profile

    def of(self, output: OutputRef) -> str:
        """Return the shortest name of an output that is surely its own."""
        run = self._store.rows.run(output.row)
        for short in () if run is None or run.run_id is None else (run.short_id, run.run_id):
            name = OutputReference(short, output.number)
            if OutputReference.parse(str(name)) == name and len(self._beginning_with(short)) == 1:
                return str(name)
        return str(OutputReference(f"@{output.row}", output.number))

    def find(self, name: str) -> OutputRef:
        """Return the output that `name` names."""
        run, reference = self.run(name), OutputReference.parse(name)
        urls = self._store.run_lookup.output_refs([run.id])
        output = next((ref for ref in urls if reference and ref.number == reference.number), None)
        if output is None:
            has = f"has {counted(len(urls), 'output')}" if urls else f"is {run.status_name}"
            raise UnknownOutput(name, f"no such output: run {run.short_id} {has}.")
        return output

    def resolve(self, inputs: Inputs) -> tuple[Inputs, Mapping[str, OutputRef]]:
        """Return the inputs with URLs in place of names of outputs, and these outputs by input.

        A signed URL of an output that was an input before, such as in a prompt from the history, counts too.
        """
        links = {n: self.find(value) for n, value in inputs.items() if n != PROMPT and is_reference(value)}
        for name, value in inputs.items():
            is_signed_link = isinstance(value, str) and value.startswith("http") and is_signed(value)
            if is_signed_link and (before := self._linked_before.get(unsigned(str(value)))) is not None:
                links[name] = replace(before, url=str(value))
        return ({**inputs, **{n: output.url for n, output in links.items()}} if links else inputs), links

    @cached_property
    def _linked_before(self) -> Mapping[str, OutputRef]:
        """Outputs that were inputs of the latest prompts, by their URLs without signature."""
        linked = self._store.run_lookup.last_linked(self._profile, _LINKED_BEFORE)
        return {unsigned(output.url): output for _, _, output in linked}

    def linked(self, inputs: Inputs, lineage: Lineage = NO_LINEAGE) -> tuple[Inputs, Lineage]:
        """Return the inputs with URLs in place of names, and their lineage.

        A prompt written from scratch counts as made from the first output that it names.
        """
        inputs, links = self.resolve(inputs)
        first = next(iter(links.values()), None)
        if first is None:
            return inputs, lineage
        made_from = (lineage.parent, lineage.output) if lineage.parent is not None else (first.row, first.number)
        return inputs, Lineage(*made_from, {**lineage.links, **links})

    def named(self, inputs: Inputs, links: Mapping[str, OutputRef]) -> Inputs:
        """Return the inputs with names in the place of URLs of outputs."""
        names = {n: self.of(output) for n, output in links.items() if inputs.get(n) == output.url}
        return {**inputs, **names} if names else inputs

    def run(self, name: str) -> RunRow:
        """Return the run of the output that `name` names, even if it lacks that output."""
        reference = OutputReference.parse(name)
        if reference is None:
            raise UnknownOutput(name, "an output is named as @run:550e8400#2.")
        word = reference.run
        if word.startswith("@"):
            row = self._store.rows.run(RowId(int(word[1:])), self._profile)
            matches = [] if row is None else [row]
        elif len(word) < _LEAST:
            raise UnknownOutput(name, f"give at least {_LEAST} characters of the run's id.")
        else:
            matches = self._beginning_with(word)
        matches = [run for run in matches if run.run_id == word] or matches
        if len(matches) > 1:
            ids = ", ".join(one_line(run.run_id or "", 60) for run in matches[:_SHOWN])
            raise UnknownOutput(name, f"several runs begin so: {ids}. Give more of the id.")
        if not matches:
            raise UnknownOutput(name, "no run here begins so.")
        return matches[0]

    def _beginning_with(self, word: str) -> list[RunRow]:
        return self._store.listing.beginning_with(self._profile, word, _SHOWN + 1)


# Fields of webhooks that may take an output.


@dataclass(frozen=True, slots=True)
class InputTarget:
    """Input of a webhook that may take an output."""

    webhook_key: str
    name: str
    declared: bool = True
    """True if the webhook declares it; otherwise it is added as a field."""


_WORDS: Final = {FileKind.IMAGE: "image", FileKind.VIDEO: "video"}
"""Words in a field's name that show which kind it takes."""
_ANY: Final = "url"


def targets(webhooks: Iterable[Webhook], kind: FileKind, last: InputTarget | None = None) -> Sequence[InputTarget]:
    """List the inputs that may take an output of that kind, the likeliest first.

    The `last` one used for this kind comes first. Then come those that webhooks declare for it, then for any URL,
    then for another kind. A webhook that declares none gets one added.
    """
    webhook_list = list(webhooks)
    ranked = [
        (rank, InputTarget(webhook.key, name))
        for webhook in webhook_list
        for name in webhook.inputs
        if (rank := _rank(name, kind)) is not None
    ]
    targets_found = [target for _, target in sorted(ranked, key=lambda pair: pair[0])]
    has_some = {target.webhook_key for target in targets_found}
    added = f"{_WORDS[kind]}_url" if kind in _WORDS else _ANY
    targets_found += [
        InputTarget(webhook.key, added, declared=False) for webhook in webhook_list if webhook.key not in has_some
    ]
    if last is not None and any(webhook.key == last.webhook_key for webhook in webhook_list):
        same = [
            target for target in targets_found if (target.webhook_key, target.name) == (last.webhook_key, last.name)
        ]
        first = same[0] if same else last
        targets_found = [first, *(target for target in targets_found if target is not first)]
    return targets_found


def _rank(name: str, kind: FileKind) -> int | None:
    """Return the place of an input among those that may take that kind; None: it takes no output."""
    folded = name.casefold()
    if name == PROMPT:
        return None
    if _WORDS.get(kind, _ANY) in folded:
        return 0
    if any(word in folded for word in _WORDS.values()):
        return 2
    return 1 if _ANY in folded else None
