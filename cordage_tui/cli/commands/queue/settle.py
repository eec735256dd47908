"""`cordage-tui queue settle`: show sets of uncertain prompts and possible runs, and let the user resolve them."""

import argparse
from collections.abc import Iterator
from typing import Final

from cordage_tui.cli.base.console import Console, table_lines
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.formatting import clock_time
from cordage_tui.domain.match_set import MatchSet, SetPrompt, SetRun, Settlement, consequence, settlements, summary
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.run_json import moment
from cordage_tui.domain.safe_text import SafeText, one_line
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
            raise UsageError(
                "queue settle needs the run number of a prompt in the set.",
                "To list the sets: cordage-tui queue settle",
            )
        _show(sets.all(profile.stored_as), profile, console)
        return
    match_set = sets.of(profile.stored_as, RowId(options.number))
    if match_set is None:
        raise UsageError(
            f"Prompt {options.number} is not in an unsettled set.", "To list the sets: cordage-tui queue settle"
        )
    if options.resend and options.how != Settlement.NONE_RAN:
        raise UsageError("--resend only works with --none-ran.", "Add --none-ran, or omit --resend.")
    if options.how is None:
        _show([match_set], profile, console)
        return
    _settle(match_set, Settlement(options.how), options, profile, sets, console)


def set_object(profile: Profile, match_set: MatchSet) -> dict[str, object]:
    """Return a set as JSON."""
    return {
        "set": match_set.id,
        "webhook": profile.label(match_set.webhook_key),
        "kind": match_set.kind.value,
        "prompts": [
            {
                "row": prompt.row,
                "prompt": prompt.prompt,
                "state": _state(prompt).value,
                "sent_at": moment(prompt.sent_at),
                "guess": prompt.guess,
            }
            for prompt in match_set.prompts
        ],
        "runs": [
            {"id": run.run_id, "status": run.status and run.status.value, "created_at": moment(run.created_at)}
            for run in match_set.runs
        ],
    }


def _settle(
    match_set: MatchSet,
    settlement: Settlement,
    options: argparse.Namespace,
    profile: Profile,
    sets: MatchSets,
    console: Console,
) -> None:
    if settlement not in settlements(match_set):
        raise UsageError("This set has no guesses.", "Use --all-ran or --none-ran.")
    if options.resend:
        refuse_if_read_only(profile)
    consequence_text, count = consequence(match_set, settlement, again=options.resend), len(match_set.prompts)
    if not options.yes:
        for line in _lines([match_set], console):
            console.info(line)
        typed = options.resend and profile.protected
        if not console.confirm(
            f"{summary(match_set)} {consequence_text}", "settle it", count, listed=True, typed=typed
        ):
            raise CommandError(ExitCode.USAGE, "Nothing was settled.", "", "")
    if not sets.settle(match_set, settlement, again=options.resend):
        raise CommandError(
            ExitCode.TRY_AGAIN,
            "The set has changed since it was shown; nothing was settled.",
            f"See: cordage-tui queue settle {options.number}",
        )
    console.info(consequence_text)


def _show(sets: list[MatchSet], profile: Profile, console: Console) -> None:
    """Print prompts and runs by time on stdout, and a summary of each set on stderr."""
    if not console.json:
        for line in _lines(sets, console):
            console.print(line)
    for match_set in sets:
        ways = " or ".join(f"--{way.value}" for way in settlements(match_set))
        name = one_line(profile.label(match_set.webhook_key), 60)
        console.info(
            f"Set {match_set.id}, {name}: {summary(match_set)} Settle it: cordage-tui queue settle {match_set.rows[0]} {ways}"
        )
    if not sets:
        console.info("No unsettled sets.")


def _lines(sets: list[MatchSet], console: Console) -> Iterator[SafeText]:
    rows = [row for match_set in sets for row in _rows(match_set)]
    yield from map(SafeText, table_lines(HEADS, rows, _WIDE, console.width))


def _rows(match_set: MatchSet) -> list[tuple[str, ...]]:
    now = SystemClock().wall()
    guesses = {prompt.guess: prompt.row for prompt in match_set.prompts if prompt.guess is not None}
    timed_rows: list[tuple[float, tuple[str, ...]]] = []
    for prompt in match_set.prompts:
        clock = "" if prompt.sent_at is None else clock_time(prompt.sent_at, now)
        guess = f" (a guess: {one_line(prompt.guess[:8])})" if prompt.guess else ""
        text = f"{prompt.prompt}{guess}".replace("\t", " ")
        timed_rows.append(
            (prompt.sent_at or 0.0, (str(match_set.id), "prompt", f"@{prompt.row}", _state(prompt).word, clock, text))
        )
    for run in match_set.runs:
        likely = f"(a guess: @{guesses[run.run_id]})" if run.run_id in guesses else ""
        timed_rows.append((run.created_at or 0.0, (str(match_set.id), "run", *_run_cells(run, now), likely)))
    return [row for _, row in sorted(timed_rows, key=lambda pair: pair[0])]


def _run_cells(run: SetRun, now: float) -> tuple[str, str, str]:
    clock = "" if run.created_at is None else clock_time(run.created_at, now)
    return one_line(run.run_id[:8]), (run.status or Status.MISSING).word, clock


def _state(prompt: SetPrompt) -> Status:
    """Return `uncertain` or `unmatched`."""
    return Status.UNCERTAIN if prompt.state is OutboxState.UNCERTAIN else Status.UNMATCHED
