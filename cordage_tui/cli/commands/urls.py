"""`cordage-tui urls`: addresses of outputs, one per line."""

import argparse
import time
from collections.abc import Sequence

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import find_context
from cordage_tui.cli.base.engine_context import run_engine
from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.base.refresh import chosen_outputs, chosen_runs, print_trouble, read_runs
from cordage_tui.cli.base.run_table import guess_fields
from cordage_tui.cli.base.where_option import check_chosen
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RunRow, Status
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.urls import expires_at
from cordage_tui.engine.engine import Engine

_LONGEST = 10_000
"""Longest shown address, in characters."""


def run(options: argparse.Namespace) -> int:
    """Print the address of each output as the server gave it last. Raises CommandError and ConfigError."""
    console = Console(options)
    check_chosen(options.runs, options.where)
    context = find_context(options, console)

    async def command(engine: Engine) -> ExitCode:
        lookup = engine.store.run_lookup
        rows = [row.id for row in await chosen_runs(engine, options, (Status.COMPLETED,), console)]
        stale = {output.row for output in lookup.output_refs(rows) if options.fresh and _has_expired(output)}
        wanted = {row.id: row for row in (*lookup.untold(rows), *engine.store.rows.many([*stale]))}
        code, trouble = await read_runs(engine, [*wanted.values()])
        if trouble:
            print_trouble(console, code, trouble)
        _print(engine, chosen_outputs(engine, options, rows), console)
        return code

    return run_engine(context, console, command)


def _has_expired(output: OutputRef) -> bool:
    ends = expires_at(output.url)
    return ends is not None and ends <= time.time()


def _print(engine: Engine, outputs: Sequence[OutputRef], console: Console) -> None:
    if console.json:
        rows = {row.id: row for row in engine.store.rows.many([output.row for output in outputs])}
        urls = [_object(output, rows.get(output.row)) for output in outputs]
        console.object("urls", {"profile": engine.profile.name, "urls": urls})
    elif outputs:
        console.print("\n".join(one_line(output.url, _LONGEST) for output in outputs))
    if links := sum(map(_has_expired, outputs)):
        links_text = counted(links, "link has", "links have")
        console.error(f"{links_text} expired. To read {'it' if links == 1 else 'them'} again: --fresh")


def _object(output: OutputRef, row: RunRow | None) -> dict[str, object]:
    url = {"number": output.number, "url": one_line(output.url, _LONGEST), "expired": _has_expired(output)}
    return {"id": None if row is None else row.run_id, "row": output.row, **url, **guess_fields(row)}
