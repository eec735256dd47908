"""`cordage-tui kill`: confirm, then kill runs within the rate limit."""

import argparse
import asyncio
import textwrap
import time
from collections import Counter
from collections.abc import Sequence

from cordage_tui.cli.base.advice import with_command
from cordage_tui.cli.base.console import CONFIRM_WITH_YES, Console
from cordage_tui.cli.base.context import find_context
from cordage_tui.cli.base.engine_context import run_engine
from cordage_tui.cli.base.errors import CommandError, ExitCode
from cordage_tui.cli.base.find_run import check_long_enough
from cordage_tui.cli.base.refresh import chosen_runs
from cordage_tui.cli.base.run_table import MAY_BE_FOREIGN, guess_fields, name_of
from cordage_tui.cli.base.where_option import check_chosen
from cordage_tui.cli.linear.sentences import change_sentence, run_name, run_sentence, status_words
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.run import MatchedBy, RunRow, Status
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import ReadOnlyProfile
from cordage_tui.engine.events import KillOutcome
from cordage_tui.engine.kill.bulk_kill import ORDER
from cordage_tui.engine.kill.kill_run import KillReport
from cordage_tui.store.store import Store

_LISTED = 10
_ENDED = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})


def run(options: argparse.Namespace) -> int:
    """Print the outcome of each kill; return 0 if the server accepted all, otherwise 2 to 4. Raises CommandError and
    ConfigError."""
    console = Console(options)
    check_chosen(options.runs, options.where)
    context = find_context(options, console)
    if context.profile.read_only:
        raise CommandError(ExitCode.USAGE, ReadOnlyProfile(context.profile.name).what, "Nothing was killed.")
    if options.yes:
        check_long_enough(options.runs, "--yes")

    async def command(engine: Engine) -> ExitCode:
        rows = await chosen_runs(engine, options, ORDER, console)
        if console.linear and rows:
            if all(row.status in _ENDED for row in rows):
                raise CommandError(ExitCode.USAGE, _spoken_ends(rows), "Nothing was killed.", "")
            rows = [row for row in rows if row.status not in _ENDED]
        expected = {row.id: engine.store.outbox.expected(row.id) for row in rows if row.run_id is None}
        if rows and not options.yes and not _confirm(rows, engine.profile, console):
            raise CommandError(ExitCode.USAGE, "Nothing was killed.", "", "")
        try:
            kills = (engine.killer.kill(row, expected.get(row.id), spares_guesses=options.yes) for row in rows)
            reports = await asyncio.gather(*kills)
        except asyncio.CancelledError:
            console.error("Interrupted. Kills already sent still apply: check with cordage-tui runs.")
            raise
        _print(rows, reports, engine.store, console)
        await engine.hooks.wait_settled()
        code = _exit_code(reports)
        return ExitCode.KEY_REFUSED if code and engine.leadership.refused is not None else code

    return run_engine(context, console, command, acts=True)


def _exit_code(reports: Sequence[KillReport]) -> ExitCode:
    failed = [report for report in reports if report.outcome is KillOutcome.NOT_KILLED or not report.answered]
    if all(report.hopeless for report in failed):
        return ExitCode.USAGE if failed else ExitCode.OK
    return ExitCode.TRY_AGAIN


def _confirm(rows: Sequence[RunRow], profile: Profile, console: Console) -> bool:
    if console.linear:
        question = _spoken_question(rows)
        return console.confirm(question, "kill", len(rows), typed=profile.protected, otherwise=_way_out(rows))
    lines = [
        f"  {name_of(row)}  {row.status_name}  {one_line(profile.label(row.webhook_key), 20)}  {row.marked_prompt[:60]}"
        for row in rows[:_LISTED]
    ]
    more = [f"  and {len(rows) - _LISTED:,} more"] if len(rows) > _LISTED else []
    more += [f"  {sentence}" for sentence in _doubts(rows)]
    target = "this run" if len(rows) == 1 else f"these {len(rows):,} runs"
    question = "\n".join([f"Kill {target}?", *lines, *more, ""])
    return console.confirm(question, "kill", len(rows), typed=profile.protected, otherwise=_way_out(rows))


def _way_out(rows: Sequence[RunRow]) -> str:
    """Return the advice if nobody can be asked: `--yes` kills no run that is a guess."""
    guesses = [row for row in rows if row.matched is MatchedBy.GUESS]
    if not guesses:
        return CONFIRM_WITH_YES
    settle = f"cordage-tui queue settle {guesses[0].id} --as-guessed or --none-ran"
    if len(guesses) == len(rows):
        return f"--yes does not kill a guess. Settle it first: {settle}"
    return f"Use --yes to kill the runs that are not guesses. Settle a guess first: {settle}"


def _spoken_question(rows: Sequence[RunRow]) -> str:
    """Word the question of linear mode, with the names of all runs."""
    now = time.time()
    if len(rows) == 1:
        return " ".join([*_doubts(rows), f"Kill {run_name(rows[0])}, which {status_words(rows[0], now)}?"])
    more = f"; and {len(rows) - _LISTED:,} more" if len(rows) > _LISTED else ""
    question = f"Kill these {len(rows):,} runs: {'; '.join(map(run_name, rows[:_LISTED]))}{more}?"
    return " ".join([*_doubts(rows), question])


def _doubts(rows: Sequence[RunRow]) -> list[str]:
    """Say that runs which are guesses may be killed for somebody else."""
    guesses = sum(row.matched is MatchedBy.GUESS for row in rows)
    if not guesses:
        return []
    if len(rows) == 1:
        return [f"It is a guess. {MAY_BE_FOREIGN}"]
    return [f"{guesses:,} of them {'is a guess' if guesses == 1 else 'are guesses'}, and may be somebody else's."]


def _spoken_ends(rows: Sequence[RunRow]) -> str:
    now = time.time()
    more = f" {len(rows) - _LISTED:,} more have ended." if len(rows) > _LISTED else ""
    return " ".join(run_sentence(row, now) for row in rows[:_LISTED]) + more


def _spoken_reports(rows: Sequence[RunRow], reports: Sequence[KillReport], store: Store) -> list[str]:
    """Word the outcomes of linear mode: each run by its name, a cancelled one like an end without a kill; many by
    their number."""
    if len(rows) > _LISTED:
        counts = Counter(with_command(report.words) for report in reports)
        return [f"{counted(count, 'run')}: {sentence}" for sentence, count in counts.items()]
    sentences, now = list[str](), time.time()
    for row, report in zip(rows, reports, strict=True):
        detail = store.query.detail(row.id) if report.outcome is KillOutcome.CANCELLED else None
        name = run_name(row)
        sentence = f"{name[:1].upper()}{name[1:]}: {with_command(report.words)}"
        sentences.append(sentence if detail is None else change_sentence(detail, now))
    return sentences


def _print(rows: Sequence[RunRow], reports: Sequence[KillReport], store: Store, console: Console) -> None:
    if console.json:
        kills = [
            {
                "id": row.run_id,
                "row": row.id,
                "outcome": report.outcome.value,
                "words": with_command(report.words),
                **guess_fields(row),
            }
            for row, report in zip(rows, reports, strict=True)
        ]
        console.object("kills", {"kills": kills})
        return
    if console.linear:
        console.print("\n".join(_spoken_reports(rows, reports, store)))
        return
    for row, report in zip(rows, reports, strict=True):
        outcome_text = with_command(report.words)
        if console.width is None:
            console.print(f"{name_of(row)}\t{report.outcome.value}\t{outcome_text}")
            continue
        name = f"{name_of(row):<8}  "
        console.print("\n".join(textwrap.wrap(name + outcome_text, console.width, subsequent_indent=" " * len(name))))
