"""`cordage-tui queue settle`: show sets of uncertain prompts and possible runs, and let the user resolve them."""

import argparse
from collections.abc import Iterator
from typing import Final

from cordage_tui.cli.base.console import Console, table_lines
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.formatting import clock_time
from cordage_tui.domain.match_set import MatchSet, SetPrompt, SetRun, Settlement, consequence, settlements, summary
from cordage_tui.domain.run import OutboxState, RowId
from cordage_tui.domain.run_json import moment
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.errors import refuse_if_read_only
from cordage_tui.store.outbox.match_sets import MatchSets

HEADS: Final = ("SET", "WHAT", "ID", "STATUS", "TIME", "PROMPT")
_WIDE: Final = HEADS.index("PROMPT")


def settle(options: argparse.Namespace, profile: Profile, sets: MatchSets, console: Console) -> None:
    """List the sets, show the set of a prompt, or settle it.

    Raises CommandError, StoreError and ReadOnlyProfile; then nothing was settled.
    """
    if options.number is None:
        if options.how is not None:
            raise UsageError("Which set?", "Give the number of one of its prompts: cordage-tui queue settle")
        _show(sets.all(profile.stored_as), profile, console)
        return
    found = sets.of(profile.stored_as, RowId(options.number))
    if found is None:
        raise UsageError(f"Number {options.number} is in no unsettled set.", "See: cordage-tui queue settle")
    if options.again and options.how != Settlement.NONE_RAN:
        raise UsageError("--again needs --none-ran.", "")
    if options.how is None:
        _show([found], profile, console)
        return
    _settle(found, Settlement(options.how), options, profile, sets, console)


def set_object(profile: Profile, found: MatchSet) -> dict[str, object]:
    """Return a set as JSON."""
    return {
        "set": found.id,
        "webhook": profile.label(found.webhook_key),
        "kind": found.kind.value,
        "prompts": [
            {
                "row": prompt.row,
                "prompt": prompt.prompt,
                "state": _state(prompt),
                "sent_at": moment(prompt.sent_at),
                "guess": prompt.guess,
            }
            for prompt in found.prompts
        ],
        "runs": [
            {"id": run.run_id, "status": run.status and run.status.value, "created_at": moment(run.created_at)}
            for run in found.runs
        ],
    }


def _settle(
    found: MatchSet, how: Settlement, options: argparse.Namespace, profile: Profile, sets: MatchSets, console: Console
) -> None:
    if how not in settlements(found):
        raise UsageError("This set has no guesses.", "Use --all-ran or --none-ran.")
    if options.again:
        refuse_if_read_only(profile)
    words, count = consequence(found, how, again=options.again), len(found.prompts)
    if not options.yes:
        for line in _lines([found], console):
            console.info(line)
        typed = options.again and profile.protected
        if not console.confirm(f"{summary(found)} {words}", "settle it so", count, listed=True, typed=typed):
            raise CommandError(ExitCode.USAGE, "Nothing was settled.", "")
    if not sets.settle(found, how, again=options.again):
        raise CommandError(
            ExitCode.TRY_AGAIN,
            "The set has changed since it was shown; nothing was settled.",
            f"See: cordage-tui queue settle {options.number}",
        )
    console.info(words)


def _show(sets: list[MatchSet], profile: Profile, console: Console) -> None:
    """Print prompts and runs by time on stdout, and a summary of each set on stderr."""
    if not console.json:
        for line in _lines(sets, console):
            console.print(line)
    for found in sets:
        ways = " or ".join(f"--{way.value}" for way in settlements(found))
        name = one_line(profile.label(found.webhook_key), 60)
        console.info(
            f"Set {found.id}, {name}: {summary(found)} Settle it: cordage-tui queue settle {found.rows[0]} {ways}"
        )
    if not sets:
        console.info("No unsettled sets.")


def _lines(sets: list[MatchSet], console: Console) -> Iterator[SafeText]:
    rows = [row for found in sets for row in _rows(found)]
    yield from map(SafeText, table_lines(HEADS, rows, _WIDE, console.width))


def _rows(found: MatchSet) -> list[tuple[str, ...]]:
    now = SystemClock().wall()
    guesses = {prompt.guess: prompt.row for prompt in found.prompts if prompt.guess is not None}
    told: list[tuple[float, tuple[str, ...]]] = []
    for prompt in found.prompts:
        clock = "" if prompt.sent_at is None else clock_time(prompt.sent_at, now)
        guess = f" (a guess: {one_line(prompt.guess[:8])})" if prompt.guess else ""
        text = f"{prompt.prompt}{guess}".replace("\t", " ")
        told.append((prompt.sent_at or 0.0, (str(found.id), "prompt", f"@{prompt.row}", _state(prompt), clock, text)))
    for run in found.runs:
        likely = f"(a guess: @{guesses[run.run_id]})" if run.run_id in guesses else ""
        told.append((run.created_at or 0.0, (str(found.id), "run", *_run_cells(run, now), likely)))
    return [row for _, row in sorted(told, key=lambda pair: pair[0])]


def _run_cells(run: SetRun, now: float) -> tuple[str, str, str]:
    clock = "" if run.created_at is None else clock_time(run.created_at, now)
    return one_line(run.run_id[:8]), run.status.value if run.status else "gone", clock


def _state(prompt: SetPrompt) -> str:
    """Return `uncertain` or `sent`."""
    return "uncertain" if prompt.state is OutboxState.UNCERTAIN else "sent"
