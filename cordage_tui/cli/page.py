"""One run as a page for people."""

import json
import textwrap
from collections.abc import Iterator
from typing import Final

from cordage_tui.cli.advice import for_shell
from cordage_tui.cli.cells import width_of
from cordage_tui.cli.kept import LocalOutputs
from cordage_tui.cli.rows import coloured, sgr
from cordage_tui.cli.voice import Console
from cordage_tui.domain.advice import action_of, advised
from cordage_tui.domain.formatting import format_duration_long, format_spans, format_time_with_age
from cordage_tui.domain.inputs import prompt_of
from cordage_tui.domain.run import RunDetail, Status
from cordage_tui.domain.text import SafeText, one_line, redact, safe

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
