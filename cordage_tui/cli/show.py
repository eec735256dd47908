"""The `show` command: one run with its outputs."""

import argparse
import json
import textwrap
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from cordage_tui.cli.advice import for_shell
from cordage_tui.cli.console import Console, width_of
from cordage_tui.cli.context import CommandContext, find_place
from cordage_tui.cli.errors import ExitCode, UsageError
from cordage_tui.cli.run_table import coloured, find_run, sgr
from cordage_tui.domain.advice import action_of, advised
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.formatting import format_duration_long, format_spans, format_time_with_age
from cordage_tui.domain.inputs import prompt_of
from cordage_tui.domain.output import Rating, decided
from cordage_tui.domain.run import RowId, RunDetail, Status
from cordage_tui.domain.run_json import detail_object
from cordage_tui.domain.text import SafeText, one_line, redact, safe
from cordage_tui.store.store import Store

# What this machine keeps of a run's outputs: their files, and what the user thinks of them.


@dataclass(frozen=True, slots=True)
class LocalOutputs:
    """Both by the number of the output, from 1."""

    files: Mapping[int, Path]
    verdicts: Mapping[int, Rating]

    @classmethod
    def of(cls, store: Store, row: RowId) -> "LocalOutputs":
        """Raises StoreError."""
        return cls(store.downloads.files(row), store.verdicts.of(row))

    def object(self) -> dict[str, object]:
        """For programs, beside what is told of the run."""
        verdicts = sorted(self.verdicts.items())
        return {
            "files": [{"number": number, "path": str(path)} for number, path in sorted(self.files.items())],
            "verdicts": [{"number": number, "kept": one.kept, "stars": one.stars} for number, one in verdicts],
        }

    def lines(self) -> Iterator[tuple[str, str]]:
        """For people: labels and values."""
        for number, path in sorted(self.files.items()):
            yield f"file {number}", safe(str(path))
        for number, one in sorted(self.verdicts.items()):
            yield f"verdict {number}", " ".join(word for word in ("★" * one.stars, decided(one)) if word)


# One run as a page for people.

_AFTER: Final = {Status.COMPLETED: "in", Status.FAILED: "after", Status.CANCELLED: "after"}
_LABEL: Final = 10
"""Cells of the label column."""
_LONGEST: Final = 2_000
"""Characters of one value that are shown; `--json` has it whole."""


def print_page(detail: RunDetail, kept: LocalOutputs, webhook: SafeText, now: float, voice: Console) -> None:
    """Status, prompt, reason, then everything else a label a line. Outputs and the files they were downloaded to stand whole:
    they are what one copies."""
    voice.print(coloured(_headline(detail, now), detail.row.status, voice))
    for line in _prompt(detail):
        voice.print(line)
    if detail.error:
        voice.print(coloured(redact(detail.error, detail.row.webhook_key), detail.row.status, voice))
    if detail.note:
        voice.print(for_shell(advised(redact(detail.note, detail.row.webhook_key), action_of(detail.note))))
    voice.print("")
    for label, value in (*_pairs(detail, webhook, now), *kept.lines()):
        for line in _labelled(label, value, voice):
            voice.print(line)


def _headline(detail: RunDetail, now: float) -> str:
    row, elapsed = detail.row, detail.row.elapsed_s(now)
    if elapsed is None or not (row.status in _AFTER or row.status.is_active):
        return row.status_name
    return f"{row.status_name} {_AFTER.get(row.status, 'for')} {format_duration_long(elapsed)}"


def _prompt(detail: RunDetail) -> list[str]:
    text = safe(prompt_of(detail.inputs), 100_000).strip() if detail.inputs else detail.row.prompt
    if text:
        return text.split("\n")
    return ["No inputs." if detail.inputs is not None else "Started elsewhere; its inputs are not known."]


def _pairs(detail: RunDetail, webhook: SafeText, now: float) -> Iterator[tuple[str, str]]:
    row = detail.row
    yield "run", one_line(row.run_id) if row.run_id else f"no id yet (@{row.id})"
    yield "webhook", one_line(webhook)
    if detail.node_count is not None:
        yield "nodes", str(detail.node_count)
    yield "created", format_time_with_age(row.created_at, now)
    yield from format_spans(row, now)
    if row.ended_at is not None:
        yield "ended", format_time_with_age(row.ended_at, now)
    if detail.seen_at is not None and row.status.is_active:
        yield "last heard", f"{format_duration_long(now - detail.seen_at)} ago"
    sent = detail.inputs or {}
    shown = prompt_of(sent)
    for name, value in sent.items():
        if value != shown:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield f"· {one_line(name, 60)}", one_line(redact(text[:_LONGEST], row.webhook_key), _LONGEST)
    for number, url in enumerate(detail.outputs, 1):
        yield f"output {number}", url


def _labelled(label: str, value: str, voice: Console) -> Iterator[str]:
    room = " " * max(2, _LABEL + 2 - width_of(label))
    if voice.width is None or label.startswith(("output", "file")):
        yield f"{label}{room}{value}"
        return
    lines = textwrap.wrap(value, max(20, voice.width - width_of(label + room))) or [""]
    yield f"{sgr(label, '2', voice)}{room}{lines[0]}"
    for line in lines[1:]:
        yield " " * width_of(label + room) + line


# `cordage-tui show`: all that is known of one run.


def run(options: argparse.Namespace) -> int:
    """Prints it. What could not be read afresh is told, and what was known is printed all the same. Raises CommandError."""
    from cordage_tui.cli.engine_context import whole_store

    voice = Console(options)
    place = find_place(options, voice)
    code, trouble = ExitCode.OK, None
    with whole_store(place, voice) as store:
        place = place.stored(store.servers)
        if options.offline:
            row = find_run(store.listing, place.profile.stored_as, options.run)
        else:
            from cordage_tui.cli.refresh import named_runs, refresh_run

            (row,) = named_runs(place, store, [options.run], voice)
            code, trouble = refresh_run(place, row, voice)  # also one that has ended: links to outputs expire
        detail, kept = store.query.detail(row.id), LocalOutputs.of(store, row.id)
    if detail is None:
        raise UsageError(f"Run {options.run!r} has just gone.", "See: cordage-tui runs")
    _print(detail, kept, place, voice, fresh=not options.offline and code is ExitCode.OK, trouble=trouble)
    return code


def _print(
    detail: RunDetail, kept: LocalOutputs, place: CommandContext, voice: Console, *, fresh: bool, trouble: str | None
) -> None:
    name, now = SafeText(place.profile.label(detail.row.webhook_key)), time.time()
    if voice.json:
        told = {"profile": place.profile.name, "fresh": fresh, "trouble": trouble}
        voice.object("run", {**told, "run": detail_object(detail, name, now) | kept.object()})
    else:
        print_page(detail, kept, name, now, voice)
