"""Copies of texts to the clipboard: of the marked runs, else of the selected batch, else of the selected run."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.inputs import Inputs, prompt_of
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId, RunDetail, RunRow
from cordage_tui.domain.run_json import detail_object
from cordage_tui.domain.safe_text import SafeText, one_line, safe_unlimited, visible_id
from cordage_tui.store.runs.run_lookup import RunLookup
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.run_detail.sections import curl_line
from cordage_tui.ui.widgets.text import short_path

# Texts of one run, or of many, that can be copied. Each has its letter, or a reason why it cannot be copied.

_ELSEWHERE: Final = SafeText("unknown: started elsewhere")
_NO_OUTPUTS: Final = SafeText("no outputs")
_NOTHING: Final = SafeText("")
_NOT_HERE: Final = SafeText("not downloaded")


@dataclass(frozen=True, slots=True)
class CopyOption:
    """Part of a run, or of many, that can be copied."""

    letter: str
    title: SafeText
    """Title in the menu."""
    what: SafeText
    """Name in the toast."""
    text: Callable[[], SafeText] | None
    """Reads the text; may raise StoreError. None: there is no text, and `note` says why."""
    note: SafeText = _NOTHING
    """Beginning of the text, or why it cannot be copied."""


@dataclass(frozen=True, slots=True)
class CopySource:
    """Run, with the texts that can be copied from it."""

    detail: RunDetail
    output: OutputRef | None
    """Output that keys act on."""
    path: Path | None
    """File of the output; None: it is not downloaded."""
    curl: SafeText
    """`shell.curl_line`; empty: inputs unknown."""
    details: Callable[[], Mapping[str, object]]
    """Returns the run as a JSON object (`run_json.detail_object`)."""


def of_one(run: CopySource) -> list[CopyOption]:
    """Return the options for a single run."""
    row, inputs, output = run.detail.row, run.detail.inputs, run.output
    run_id, prompt = visible_id(row.run_id or ""), safe_unlimited(prompt_of(inputs)) if inputs else _NOTHING
    number = f" {output.number}" if output is not None and len(run.detail.outputs) > 1 else ""
    url, path = safe_unlimited(output.url) if output is not None else None, run.path
    return [
        _choice("i", "run id", run_id or None, SafeText("no id yet"), row.short_id),
        _choice(
            "p", "prompt", prompt or None, _ELSEWHERE if inputs is None else SafeText("none"), one_line(prompt, 60)
        ),
        _choice("u", f"URL of output{number}", url, _NO_OUTPUTS),
        _choice("f", "path of its file", None if path is None else safe_unlimited(str(path)), _NOT_HERE, _path(path)),
        CopyOption("j", SafeText("JSON"), SafeText("JSON"), lambda: as_json(run.details(), indent=2)),
        _choice("c", "curl command", run.curl or None, _ELSEWHERE, SafeText("with the key as $CORDAGE_API_KEY")),
    ]


def of_many(
    rows: Sequence[RowId],
    runs: RunLookup,
    paths: Callable[[], Sequence[Path]],
    details: Callable[[], Iterable[Mapping[str, object]]],
) -> list[CopyOption]:
    """Return the options for marked runs or the runs of a batch. Copied texts begin with the newest run."""
    options: list[tuple[str, str, str, Callable[[], SafeText] | None, str]] = [
        ("i", "run ids", "run ids", lambda: lines(map(visible_id, runs.run_ids(rows))), "one per line"),
        ("p", "prompts", "prompts", lambda: prompts(runs.inputs(rows)), "one per line"),
        ("u", "URLs", "URLs", lambda: lines(runs.outputs(rows)), "of all outputs"),
        ("f", "paths of files", "paths", lambda: lines(safe_unlimited(str(p)) for p in paths()), "one per line"),
        ("j", "JSON", "JSON", lambda: lines(map(as_json, details())), "one run per line"),
        ("c", "curl command", "", None, "of one run only"),
    ]
    return [
        CopyOption(letter, SafeText(title), SafeText(what), text, SafeText(note))
        for letter, title, what, text, note in options
    ]


def _choice(
    letter: str, title: str, text: SafeText | None, reason: SafeText, glimpse: SafeText = _NOTHING
) -> CopyOption:
    """Create an option. `text` None: there is nothing to copy, and `reason` says why."""
    name = one_line(title)
    return CopyOption(letter, name, name, None if text is None else lambda: text, reason if text is None else glimpse)


def _path(path: Path | None) -> SafeText:
    return _NOTHING if path is None else short_path(path)


def lines(texts: Iterable[SafeText]) -> SafeText:
    """Join texts, one per line."""
    return SafeText("\n".join(texts))


def prompts(bodies: Iterable[Inputs]) -> SafeText:
    """Join prompts, one per line. If a prompt has several lines, put an empty line between the prompts."""
    texts = [text for body in bodies if (text := safe_unlimited(prompt_of(body)).strip())]
    return SafeText(("\n\n" if any("\n" in text for text in texts) else "\n").join(texts))


def as_json(value: Mapping[str, object], indent: int | None = None) -> SafeText:
    """Return JSON in which `safe` changes nothing: with readable characters if possible, else in ASCII."""
    readable = json.dumps(value, ensure_ascii=False, indent=indent)
    return SafeText(readable) if safe_unlimited(readable) == readable else SafeText(json.dumps(value, indent=indent))


def copy_menu(title: SafeText, options: Sequence[CopyOption]) -> ChoiceMenu[CopyOption]:
    """Create the menu of texts that can be copied. An option that cannot be used says why."""
    choices = [
        MenuChoice(option.letter, option.title, option, option.note, enabled=option.text is not None)
        for option in options
    ]
    return ChoiceMenu(title, choices)


MOST: Final = 3_000
"""Most runs of which texts are copied together: reading more would delay a key."""


class RunCopies:
    """Copies of texts of the selected rows."""

    def __init__(self, main: MainContext) -> None:
        self._copy = main.clipboard.copy
        self._host = main.screen
        self._engine = main.engine
        self._lookup = main.store.run_lookup
        self._selection = main.selection

    def copy_ids(self) -> None:
        """Copy run ids, one per line, the newest run first."""
        row, rows = self._selection.row, self._selection.rows
        if rows:
            self._copy_all(rows, "run ids", lambda: [visible_id(run_id) for run_id in self._lookup.run_ids(rows)])
        elif row is not None and row.run_id is not None:
            self._copy(visible_id(row.run_id), one_line("run id"))

    def copy_urls(self) -> None:
        """Copy the URLs of all outputs, one per line, the newest run first."""
        rows = self._selection.rows
        if rows:
            self._copy_all(rows, "URLs", lambda: self._lookup.outputs(rows))
            return
        detail = self._selection.detail
        if detail is not None and detail.outputs:
            count = len(detail.outputs)
            self._copy(SafeText("\n".join(detail.outputs)), one_line("URL" if count == 1 else f"{count:,} URLs"))

    def open_menu(self) -> None:
        """Open the menu of texts that can be copied."""
        row, rows = self._selection.row, self._selection.rows
        with self._host.report_errors():
            if len(rows) > MOST:
                self._host.toast(_too_many(rows), error=True)
            elif rows:
                self._open(one_line(f"Copy of {len(rows):,} runs"), self._options_of_many(rows))
            elif row is not None and (options := self._options_of_one(row)):
                self._open(one_line(f"Copy of run {row.short_id}".rstrip()), options)

    def _options_of_one(self, row: RunRow) -> list[CopyOption]:
        """Return the copy options of one run. Raises StoreError."""
        detail, profile = self._selection.detail, self._engine.profile
        if detail is None:
            return []
        output, webhook = self._selection.output, one_line(profile.label(row.webhook_key))
        curl = curl_line(profile.base_url, detail.inputs) if detail.inputs is not None else SafeText("")
        path = self._host.store.downloads.files(row.id).get(output.number) if output is not None else None
        details = partial(detail_object, detail, webhook, self._host.clock.wall())
        return of_one(CopySource(detail, output, path, curl, details))

    def _options_of_many(self, rows: Sequence[RowId]) -> list[CopyOption]:
        def paths() -> list[Path]:
            return [path for row in rows for path in self._host.store.downloads.files(row).values()]

        return of_many(rows, self._lookup, paths, partial(self._details, rows))

    def _details(self, rows: Sequence[RowId]) -> Iterable[Mapping[str, object]]:
        now, profile = self._host.clock.wall(), self._engine.profile
        for row in rows:
            if (detail := self._host.store.query.detail(row)) is not None:
                yield detail_object(detail, profile.label(detail.row.webhook_key), now)

    def _open(self, title: SafeText, options: Sequence[CopyOption]) -> None:
        self._host.app.push_screen(copy_menu(title, options), self._copy_option)

    def _copy_option(self, option: CopyOption | None) -> None:
        if option is None or option.text is None:
            return
        with self._host.report_errors():
            if text := option.text():
                self._copy(text, option.what)
            else:
                self._host.toast(one_line(f"The marked runs have no {option.what}."))

    def _copy_all(self, rows: Sequence[RowId], what: str, read: Callable[[], Sequence[SafeText]]) -> None:
        with self._host.report_errors():
            if len(rows) > MOST:
                self._host.toast(_too_many(rows), error=True)
            elif texts := read():
                self._copy(SafeText("\n".join(texts)), one_line(f"{len(texts):,} {what}"))
            else:
                self._host.toast(one_line(f"The marked runs have no {what}."))


def _too_many(rows: Sequence[RowId]) -> SafeText:
    return one_line(f"Too many runs marked to copy at once: {len(rows):,}.")
