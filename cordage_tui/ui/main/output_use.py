"""Use of outputs as inputs of a webhook: choice of webhook and field, then the prompt panel or a batch's preview."""

from collections import Counter
from collections.abc import Callable, Sequence
from string import ascii_lowercase, digits
from typing import Any, Final

from textual.screen import Screen

from cordage_tui.domain.output import UNJUDGED, FileKind, OutputRef, url_file_name
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.outbox.linked_inputs import InputTarget, OutputNames, targets
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice
from cordage_tui.ui.main.batch_previews import BatchPreviews
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.main.layout import Panel
from cordage_tui.ui.main.sidebar import Sidebar

LOOKED_AT: Final = 50
"""How many linked inputs are searched for the last one of a kind."""
OPENED_BY: Final = "u"
LETTERS: Final = [key for key in digits[1:] + ascii_lowercase if key not in "qnu"]
"""Keys of the choices. Other keys leave the menu."""


def target_menu(
    what: SafeText, inputs: Sequence[InputTarget], name_of: Callable[[str], SafeText], is_last: bool
) -> ChoiceMenu[InputTarget]:
    """Create the menu of the inputs that may take an output, the likeliest first. `is_last`: the first was used last."""
    notes = [
        f"{target.name}{'' if target.declared else ' · adds this field'}{' · used last' if is_last and not index else ''}"
        for index, target in enumerate(inputs)
    ]
    choices = [
        MenuChoice(key, name_of(target.webhook_key), target, one_line(note, 60), current=not index)
        for index, (key, target, note) in enumerate(zip(LETTERS, inputs, notes, strict=False))
    ]
    return ChoiceMenu(one_line(f"Use {what} as input of"), choices, leave_key=OPENED_BY)


class OutputUse:
    """Use of outputs as inputs."""

    def __init__(self, main: MainContext) -> None:
        self._host = main.screen
        self._engine = main.engine
        self._selection = main.selection
        self._presenter = main.presenter
        self._panels = main.panels
        self._batches = main.part(BatchPreviews)
        self._prompt = main.prompt

    def use_selected(self) -> None:
        """Use the outputs of the marked runs or of the batch, except rejected ones; else the chosen output."""
        rows = self._selection.rows
        if not rows:
            self.use([self._selection.output] if self._selection.output is not None else [])
            return
        with self._host.report_errors():
            ratings = self._host.store.ratings.all()
            outputs = self._host.store.run_lookup.output_refs(rows)
            self.use([o for o in outputs if ratings.get(o.row, {}).get(o.number, UNJUDGED).kept is not False])

    def use(self, outputs: Sequence[OutputRef]) -> None:
        """Ask for webhook and field. Then load a single output into the prompt panel, or preview several as a batch."""
        if not outputs:
            self._host.toast(one_line("There are no outputs to use, or all of them are rejected."))
            return
        with self._host.report_errors():
            kinds = Counter(FileKind.of(output.url) for output in outputs)
            kind = kinds.most_common(1)[0][0]
            last = self._last_used(kind)
            inputs = targets(self._engine.profile.webhooks, kind, last)
            output_names = OutputNames(self._engine.store, self._engine.profile.stored_as)
            names = [output_names.of(output) for output in outputs]
            if not inputs:
                self._host.toast(one_line("There is no webhook to use it for."))
                return
            is_last = last is not None and (inputs[0].webhook_key, inputs[0].name) == (last.webhook_key, last.name)
            what = one_line(url_file_name(outputs[0].url) or names[0], 40)
            what = what if len(outputs) == 1 else one_line(f"{len(outputs):,} outputs")
            menu = target_menu(what, inputs, lambda key: one_line(self._engine.profile.label(key), 40), is_last)
            self._host.app.push_screen(menu, lambda target: self._chosen(target, names))

    def _last_used(self, kind: FileKind) -> InputTarget | None:
        """Return the input in which an output of that kind was sent last; None: there is none."""
        linked = self._host.store.run_lookup.last_linked(self._engine.profile.stored_as, LOOKED_AT)
        return next((InputTarget(key, name) for key, name, output in linked if FileKind.of(output.url) is kind), None)

    def _chosen(self, target: InputTarget | None, names: Sequence[str]) -> None:
        if target is not None:
            self._host.run_worker(self._open(target, names), group="use-as-input", exclusive=False)

    async def _open(self, target: InputTarget, names: Sequence[str]) -> None:
        """Go back to the main screen, and open the prompt panel or the preview there."""
        app = self._host.app
        while app.screen is not self._host and self._host in app.screen_stack:
            screen: Screen[Any] = app.screen
            await screen.dismiss(None)
        if len(names) > 1:
            self._batches.preview_outputs(target.webhook_key, target.name, names)
        else:
            if self._presenter.target != target.webhook_key:
                self._host.query_one(Sidebar).select(target.webhook_key)
                self._presenter.show_webhook(target.webhook_key)
            self._prompt.set_fields({target.name: names[0]})
            self._panels.go(Panel.PROMPT)
            self._prompt.editor.ignore_held_enter(self._host.clock.monotonic())
