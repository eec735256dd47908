"""Input of a user's command: the selection, as JSON and as values of placeholders."""

from typing import Final

from cordage_tui.config.user_programs import CommandTarget, UserCommand
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.base.program_arguments import UnfitValue, Values, placeholder
from cordage_tui.domain.inputs import PROMPT
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.run_json import detail_object
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import masked
from cordage_tui.domain.urls import checked_link, leads_here
from cordage_tui.ui.main.selection import RunSelection
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.screen_base import EngineScreen

Object = dict[str, object]

MOST: Final = 3_000
"""Most runs that a command is given at once: reading more would delay the key."""
_MISSING: Final = {
    "id": "this run has no id yet",
    "url": "this run has no outputs",
    "number": "this run has no outputs",
    "path": "this output is not downloaded",
}
"""Why a placeholder has no value."""


@dataclass(frozen=True, slots=True)
class CommandInput:
    """Selection that a command is run on, as it was when the command's key was pressed."""

    target: CommandTarget
    json_parts: Object
    """Parts of the JSON object on its stdin."""
    values: Values
    """Values of the placeholders."""
    what: SafeText
    """Name of the selection in a question."""


class CommandInputReader:
    """Reader of the selection. Methods raise StoreError, and UnfitValue if the command cannot be given a value."""

    def __init__(self, host: EngineScreen[None], selection: RunSelection, prompt: PromptPanel) -> None:
        self._store = host.store
        self._engine = host.engine
        self._clock = host.clock
        self._selection = selection
        self._prompt = prompt

    def read(self, command: UserCommand, target: CommandTarget) -> CommandInput:
        profile = {"profile": self._engine.profile.name}
        if target is CommandTarget.PROMPT:
            return self._prompt_input(profile)
        if target is CommandTarget.MARKS or target is CommandTarget.BATCH:
            self._selection.table.end_range()
            return self._many_input(target, profile)
        return self._run_input(command, target, profile)

    def _prompt_input(self, profile: Values) -> CommandInput:
        panel = self._prompt
        key, inputs = panel.webhook.key if panel.webhook else "", panel.inputs()
        name = self._engine.profile.label(key)
        json_parts: Object = {"prompt": {"webhook": name, "webhook_key": masked(key), "inputs": inputs}}
        values = {**profile, "webhook": name, "prompt": str(inputs.get(PROMPT, ""))}
        return CommandInput(CommandTarget.PROMPT, json_parts, values, one_line(f"the prompt for {name}"))

    def _many_input(self, target: CommandTarget, profile: Values) -> CommandInput:
        selection = self._selection
        rows, line = selection.rows, selection.batch if target is CommandTarget.BATCH else None
        if len(rows) > MOST:
            raise UnfitValue(f"{len(rows):,} runs are too many, {MOST:,} at most")
        values: Values = profile
        json_parts: Object = {"runs": [run_object for row in rows if (run_object := self._run_object(row)) is not None]}
        what = one_line(f"{len(rows):,} runs")
        if line is not None:
            values = {**profile, "title": line.prompt, "webhook": self._engine.profile.label(line.webhook_key)}
            json_parts["batch"] = {"row": line.id, "title": line.prompt}
            what = one_line(f'batch "{line.prompt}"', 120)
        return CommandInput(target, json_parts, values, what)

    def _run_input(self, command: UserCommand, target: CommandTarget, profile: Values) -> CommandInput:
        row, output = self._selection.row, self._selection.output
        detail = self._store.query.detail(row.id) if row is not None else None
        if row is None or detail is None:
            raise UnfitValue("this run is gone")
        path = self._store.downloads.files(row.id).get(output.number) if output is not None else None
        inputs = detail.inputs or {}
        values: Values = {
            **profile,
            "id": row.run_id,
            "prompt": str(inputs.get(PROMPT, "")),
            "webhook": self._engine.profile.label(row.webhook_key),
            "url": self._checked_url(output) if output is not None and "{url}" in command.argv else None,
            "number": str(output.number) if output is not None else None,
            "path": path,
        }
        for argument in command.argv:
            name = placeholder(argument)
            if name in _MISSING and values.get(name) is None:
                raise UnfitValue(_MISSING[name])
        json_parts: Object = {"runs": [self._run_object(row.id)]}
        if output is not None:
            file_path = None if path is None else str(path)
            json_parts["output"] = {"row": row.id, "number": output.number, "url": output.url, "path": file_path}
        return CommandInput(target, json_parts, values, one_line(f'{row.short_id} "{row.prompt}"', 120))

    def _checked_url(self, output: OutputRef) -> str:
        """Return the URL of an output as the server sent it, checked as for a browser. Raises UnfitValue."""
        outputs = self._store.run_lookup.output_refs([output.row])
        url = next((other.url for other in outputs if other.number == output.number), output.url)
        try:
            return str(checked_link(url, loopback=leads_here(self._engine.profile.base_url)))
        except ValueError as why:
            raise UnfitValue(f"the URL of this output {why}") from None

    def _run_object(self, row: RowId) -> Object | None:
        detail = self._store.query.detail(row)
        if detail is None:
            return None
        name = self._engine.profile.label(detail.row.webhook_key)
        files = [
            {"number": number, "path": str(path)} for number, path in sorted(self._store.downloads.files(row).items())
        ]
        return {**detail_object(detail, name, self._clock.wall()), "files": files}
