"""`cordage-tui keepers`: what kept runs have in common, of what is known here. Needs no API key and no network."""

import argparse
from collections.abc import Iterator, Mapping
from typing import Final

from cordage_tui.cli.base.console import Console, table_lines
from cordage_tui.cli.base.context import command_database, find_context
from cordage_tui.cli.base.errors import ExitCode, UsageError
from cordage_tui.cli.base.profile import find_webhook
from cordage_tui.cli.base.where_option import compile_where, filter_conditions, unknown_words
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.statistics.keepers import Finding, KeeperReport, keeper_report
from cordage_tui.domain.statistics.proportion import Proportion
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.batch.word_lists import WordLists
from cordage_tui.engine.history.keeper_words import (
    batch_pattern,
    difference_words,
    interval_words,
    judged_runs,
    judged_words,
    percent,
    sentences,
    verdict_words,
)
from cordage_tui.store.file.database import Database
from cordage_tui.store.judged_runs import JudgedPass, JudgedScope
from cordage_tui.store.outbox.batches import Batches
from cordage_tui.store.servers import Servers

_HEADS: Final = ("INPUT", "WORD OR VALUE", "KEPT", "SHARE", "95 % INTERVAL", "TO THE REST", "")
_WIDE: Final = _HEADS.index("WORD OR VALUE")


def run(options: argparse.Namespace) -> int:
    """Print what kept runs have in common; return 0. Raises CommandError and ConfigError."""
    console = Console(options)
    context = find_context(options, console)
    key = find_webhook(context.profile, options.webhook, context.settings.profiles).key if options.webhook else None
    with command_database(context, console) as database:
        profile = context.stored(Servers(database)).profile
        done = JudgedPass(database, _scope(options, profile, key, database, console))
        while done.step():
            pass
        lists = WordLists(context.paths.config_dir).words
        source = None
        if options.batch is not None:
            progress = Batches(database, SystemClock()).progress(RowId(options.batch))
            if progress is None:
                raise UsageError(
                    f"There is no batch {options.batch}.", "To list the numbers: cordage-tui runs --json=batch"
                )
            source = progress.source
        report = keeper_report(judged_runs(done.bodies, profile, batch_pattern(source, lists)))
    if console.json:
        console.object("keepers", {"profile": profile.name, **_as_json(report, done)})
        return ExitCode.OK
    if console.width is None and not console.linear:
        for sentence in (judged_words(report, done), *sentences(report)):
            console.info(sentence)
    for line in _spoken(report, done) if console.linear else _lines(report, done, console.width):
        console.print(line)
    return ExitCode.OK


def _scope(
    options: argparse.Namespace, profile: Profile, key: str | None, database: Database, console: Console
) -> JudgedScope:
    batch = None if options.batch is None else RowId(options.batch)
    if not options.where:
        return JudgedScope(profile.stored_as, key, batch)
    condition, parsed = compile_where(options.where, profile, filter_conditions(database))
    for typed, why, near in unknown_words(options.where, parsed):
        console.info(f"--where: {typed!r} is searched as text: {why}.{near}")
    return JudgedScope(profile.stored_as, key, batch, where=condition)


def _lines(report: KeeperReport, done: JudgedPass, width: int | None) -> Iterator[str]:
    """Yield sentences, then a table; in a pipe the table alone, tab-separated and uncut: the sentences are on stderr."""
    if width is not None:
        yield from (judged_words(report, done), "", *sentences(report))
        yield from ([""] if report.findings else [])
    rows = [_cells(finding) for finding in report.findings]
    yield from table_lines(_HEADS, rows, _WIDE, width)


def _spoken(report: KeeperReport, done: JudgedPass) -> Iterator[str]:
    """Yield all of it as sentences."""
    yield from (judged_words(report, done), *sentences(report))
    for finding in report.findings:
        name, value, kept, share, interval, difference, verdict = _cells(finding)
        yield f"{name} {value}: kept {kept}, {share}, within {interval}; to the rest {difference}{f', {verdict}' if verdict else ''}."


def _cells(finding: Finding) -> tuple[str, ...]:
    trait, kept = finding.trait, finding.kept
    name, value = one_line(trait.input, 60) or SafeText("word"), one_line(trait.value, 200)
    share, interval = percent(kept), interval_words(kept)
    return name, value, f"{kept.count} of {kept.of}", share, interval, difference_words(finding), verdict_words(finding)


def _as_json(report: KeeperReport, done: JudgedPass) -> Mapping[str, object]:
    return {
        "decided": _proportion(report.judged),
        "undecided": done.unjudged,
        "judged": _proportion(report.judged),  # the earlier names, for one version
        "not_judged": done.unjudged,
        "incomplete": done.is_cut,
        "sentences": [*sentences(report)],
        "findings": [
            {
                "input": one_line(finding.trait.input, 200) or None,
                "value": one_line(finding.trait.value, 200),
                "kept": _proportion(finding.kept),
                "rest": _proportion(finding.rest),
                "difference": finding.test.difference,
                "p": finding.test.p,
                "real": finding.is_real,
                "within": [one_line(name, 200) for name in finding.within],
                "goes_with": [one_line(trait.value, 200) for trait in finding.alike],
                "rows": [*finding.rows],
            }
            for finding in report.findings
        ],
    }


def _proportion(proportion: Proportion) -> Mapping[str, object]:
    low, high = proportion.interval or (None, None)
    return {"count": proportion.count, "of": proportion.of, "share": proportion.share, "low": low, "high": high}
