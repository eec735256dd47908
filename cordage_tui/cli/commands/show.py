"""`cordage-tui show`: one run with its outputs."""

import argparse
import textwrap
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from cordage_tui.cli.base.advice import with_command
from cordage_tui.cli.base.console import Console, width_of
from cordage_tui.cli.base.context import find_context
from cordage_tui.cli.base.engine_context import open_store, run_engine
from cordage_tui.cli.base.errors import ExitCode, UsageError
from cordage_tui.cli.base.find_run import find_run
from cordage_tui.cli.base.refresh import named_runs, print_trouble, read_runs
from cordage_tui.cli.base.run_table import coloured, name_of, print_rows, sgr
from cordage_tui.cli.linear.sentences import run_sentence
from cordage_tui.domain.advised_text import action_of, advised
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.formatting import (
    format_ago,
    format_duration_long,
    format_spans,
    format_time_with_age,
    time_phrase,
)
from cordage_tui.domain.inputs import LONGEST_VALUE, other_inputs, prompt_of, value_line
from cordage_tui.domain.lineage import Relatives, describe_parent
from cordage_tui.domain.output import Rating, decided
from cordage_tui.domain.run import RowId, RunDetail, RunRow
from cordage_tui.domain.run_json import detail_object
from cordage_tui.domain.safe_text import SafeText, one_line, safe, visible_id
from cordage_tui.domain.secrets import redact
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.engine import Engine
from cordage_tui.store.store import Store


@dataclass(frozen=True, slots=True)
class LocalOutputs:
    """Downloaded files and ratings of a run, by output number from 1."""

    files: Mapping[int, Path]
    ratings: Mapping[int, Rating]

    @classmethod
    def of(cls, store: Store, row: RowId) -> "LocalOutputs":
        """Read them from the store. Raises StoreError."""
        return cls(store.downloads.files(row), store.ratings.of(row))

    def object(self) -> dict[str, object]:
        """Return JSON to be merged into that of the run."""
        ratings = [
            {"number": n, "kept": rating.kept, "stars": rating.stars} for n, rating in sorted(self.ratings.items())
        ]
        return {
            "files": [{"number": number, "path": str(path)} for number, path in sorted(self.files.items())],
            "ratings": ratings,
            "verdicts": ratings,  # the earlier name, for one version
        }

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield labels and values for people."""
        for number, path in sorted(self.files.items()):
            yield f"file {number}", safe(str(path))
        for number, rating in sorted(self.ratings.items()):
            yield f"rating {number}", " ".join(word for word in ("★" * rating.stars, decided(rating)) if word)


_LABEL: Final = 10
"""Width of the label column in cells."""
_SPOKEN: Final = 60
"""Longest prompt that the first sentence of linear mode holds in full."""
_UNSPOKEN: Final = frozenset({"run", "nodes", "running", "total"})


def print_page(
    detail: RunDetail,
    kept: LocalOutputs,
    relatives: Relatives | None,
    webhook: SafeText,
    now: float,
    console: Console,
) -> None:
    """Print status, prompt, error, then labelled values. URLs and file names are not wrapped, since they get copied."""
    if console.linear:
        console.print(run_sentence(detail.row, now))
    else:
        console.print(coloured(_headline(detail, now), detail.row.status, console))
    for line in () if console.linear and len(detail.row.prompt) <= _SPOKEN else _prompt(detail):
        console.print(line)
    if detail.error:
        console.print(coloured(redact(detail.error, detail.row.webhook_key), detail.row.status, console))
    if detail.note:
        console.print(with_command(advised(redact(detail.note, detail.row.webhook_key), action_of(detail.note))))
    if not console.linear:
        console.print("")
    for label, value in (*_pairs(detail, webhook, now), *_lineage(detail, relatives), *kept.lines()):
        for line in _label_lines(label, value, console):
            console.print(line)


def _lineage(detail: RunDetail, relatives: Relatives | None) -> Iterator[tuple[str, str]]:
    """Yield the run it was made from, the differences, and the number of runs made from it."""
    if relatives is None:
        return

    if parent := describe_parent(detail, relatives):
        yield "from", parent
    if relatives.count:
        yield "children", f"{relatives.count:,}" + (f", {relatives.kept:,} kept" if relatives.kept else "")


def _headline(detail: RunDetail, now: float) -> str:
    return f"{detail.row.status_name} {time_phrase(detail.row, now)}".rstrip()


def _prompt(detail: RunDetail) -> list[str]:
    text = safe(prompt_of(detail.inputs), 100_000).strip() if detail.inputs else detail.row.prompt
    if text:
        return text.split("\n")
    return ["No inputs." if detail.inputs is not None else "Inputs unknown: this run was started elsewhere."]


def _pairs(detail: RunDetail, webhook: SafeText, now: float) -> Iterator[tuple[str, str]]:
    row = detail.row
    yield "run", visible_id(row.run_id) if row.run_id else f"no id yet (@{row.id})"
    yield "webhook", one_line(webhook)
    if row.author:
        yield "author", row.author
    if row.tags:
        yield "tags", " ".join(row.tags)
    if detail.node_count is not None:
        yield "nodes", str(detail.node_count)
    yield "created", format_time_with_age(row.created_at, now)
    yield from format_spans(row, now)
    if row.ended_at is not None:
        yield "ended", format_time_with_age(row.ended_at, now)
    if detail.seen_at is not None and row.status.is_active:
        yield "last read", format_ago(detail.seen_at, now, format_duration_long)
    for name, value in other_inputs(detail.inputs or {}).items():
        yield f"· {one_line(name, 60)}", value_line(value, row.webhook_key, LONGEST_VALUE)
    for number, url in enumerate(detail.outputs, 1):
        yield f"output {number}", url


def _label_lines(label: str, value: str, console: Console) -> Iterator[str]:
    if console.linear:
        if label not in _UNSPOKEN:  # an id, an address, or three durations are tedious to hear
            spoken = one_line(value.partition("?")[0].rpartition("/")[2]) if label.startswith("output") else value
            yield f"{label.removeprefix('· ')}: {spoken}"
        return
    room = " " * max(2, _LABEL + 2 - width_of(label))
    if console.width is None or label.startswith(("output", "file")):
        yield f"{label}{room}{value}"
        return
    lines = textwrap.wrap(value, max(20, console.width - width_of(label + room))) or [""]
    yield f"{sgr(label, '2', console)}{room}{lines[0]}"
    for line in lines[1:]:
        yield " " * width_of(label + room) + line


def run(options: argparse.Namespace) -> int:
    """Print the run; a failed refresh shows on stderr and in the exit code. Raises CommandError."""
    console = Console(options)
    context = find_context(options, console)
    if options.offline:
        with open_store(context, console) as store:
            profile = context.stored(store.servers).profile
            _print(
                find_run(store.listing, store.rows, profile.stored_as, options.run),
                store,
                profile,
                console,
                fresh=False,
            )
            return ExitCode.OK

    async def command(engine: Engine) -> ExitCode:
        row, *others = rows = await named_runs(engine, [options.run], console)
        if others:  # the number of a batch
            print_rows(rows, engine.profile, time.time(), console)
            return ExitCode.OK
        code, trouble = await read_runs(engine, [row])  # also an ended run: its links expire
        if trouble:
            print_trouble(console, code, trouble)
        _print(row, engine.store, engine.profile, console, fresh=code is ExitCode.OK, trouble=trouble)
        return code

    return run_engine(context, console, command)


def _print(
    row: RunRow, store: Store, profile: Profile, console: Console, *, fresh: bool, trouble: str | None = None
) -> None:
    detail, kept = store.query.detail(row.id), LocalOutputs.of(store, row.id)
    if detail is None:
        raise UsageError(f"Run {name_of(row)} no longer exists.", "See: cordage-tui runs")
    name, now = one_line(profile.label(row.webhook_key)), time.time()
    if console.json:
        result = {"profile": profile.name, "fresh": fresh, "trouble": trouble}
        console.object("run", {**result, "run": detail_object(detail, name, now) | kept.object()})
    else:
        print_page(detail, kept, store.relatives(detail), name, now, console)
