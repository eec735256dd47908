"""Dialog that settles a set of uncertain prompts and of runs that may be theirs."""

from collections.abc import Iterable
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Key, Mount
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.formatting import clock_time
from cordage_tui.domain.match_set import MatchSet, Settlement, consequence, settlements, summary
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import ReadOnlyProfile
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.app_base import toast
from cordage_tui.ui.dialogs.base import ConfirmDialog, ScrollableModal
from cordage_tui.ui.prompt.editor import PasteGuard
from cordage_tui.ui.widgets.text import GLYPHS, literal

CHANGED: Final = one_line("The set has changed since it was shown; nothing was done.")
NO_SET: Final = one_line("Nothing to settle: the run list shows no run that could be this prompt's.")
_PROMPT: Final = 34
"""Cells of a prompt, so that its time and its guess stand on the same line."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to settle a set."""

    settlement: Settlement
    again: bool
    key: str
    words: str


_CHOICES: Final = (
    Choice(Settlement.ALL_RAN, False, "a", "all ran: none is sent again"),
    Choice(Settlement.AS_GUESSED, False, "g", "as guessed: the guesses are right"),
    Choice(Settlement.NONE_RAN, False, "o", "none ran: nothing is sent yet"),
    Choice(Settlement.NONE_RAN, True, "s", "none ran, send all again: charged again"),
)


class SettleDialog(ScrollableModal):
    """The prompts and the runs side by side in the order of time, and the ways to settle them. Each is asked about once more, with
    what it risks. Keys that come as fast as those of a paste choose nothing."""

    BINDINGS = [
        *(Binding(one.key, f"choose({number})", one.words, show=False) for number, one in enumerate(_CHOICES)),
        Binding("escape,q,n", "close", "back", id="dialog.close_settle", tooltip="Close without settling"),
    ]

    def __init__(self, engine: Engine, found: MatchSet, now: float) -> None:
        """`now` in epoch seconds."""
        super().__init__()
        self._engine = engine
        self._found = found
        self._now = now
        self._guard = PasteGuard()
        self._burst = False

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card text settle", can_focus=False) as card:
            card.border_title = Content("Which of these ran?")
            yield Static(Content("\n").join(self._lines()))

    def on_mount(self, event: Mount) -> None:
        self._guard.heard(event.time)

    def on_key(self, event: Key) -> None:
        self._burst = self._guard.heard(event.time)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action != "choose":
            return True
        return _CHOICES[int(str(parameters[0]))] in self._choices

    def action_choose(self, number: int) -> None:
        if self._burst:
            return
        choice, found = _CHOICES[number], self._found
        words = consequence(found, choice.settlement, again=choice.again)
        lines = [literal(summary(found), "bold"), literal(words, "$run-wait" if choice.again else "$quiet")]
        typed = SafeText(str(len(found.prompts))) if choice.again and self._engine.profile.protected else None
        yes = one_line("Send again" if choice.again else "Settle it")
        ask = ConfirmDialog(
            one_line(choice.words[0].upper() + choice.words[1:]), lines, yes, danger=choice.again, typed=typed
        )
        self.app.push_screen(ask, lambda said: self._settle(choice) if said else None)

    def action_close(self) -> None:
        self.dismiss()

    @property
    def _choices(self) -> list[Choice]:
        return [one for one in _CHOICES if one.settlement in settlements(self._found)]

    def _settle(self, choice: Choice) -> None:
        app = self.app
        try:
            done = self._engine.queue.settle(self._found, choice.settlement, again=choice.again)
        except (StoreError, ReadOnlyProfile) as error:
            toast(app, error.what, error=True)
            return
        toast(app, one_line("Settled.") if done else CHANGED, error=not done)
        self.dismiss()

    def _lines(self) -> Iterable[Content]:
        yield literal(summary(self._found), "bold")
        yield Content("")
        yield from (line for _, line in sorted(self._members(), key=lambda pair: pair[0]))
        yield Content("")
        for one in self._choices:
            yield Content.assemble(literal(SafeText(f" {one.key}  "), "$accent"), literal(SafeText(one.words)))
        yield Content.assemble(literal(SafeText(" esc  "), "$accent"), literal(SafeText("cancel"), "$quiet"))

    def _members(self) -> Iterable[tuple[float, Content]]:
        guesses = {prompt.guess: prompt.prompt for prompt in self._found.prompts if prompt.guess is not None}
        for prompt in self._found.prompts:
            text = one_line(prompt.prompt, _PROMPT)
            guess = one_line(f"a guess: run {prompt.guess[:8]}") if prompt.guess else SafeText("")
            yield prompt.sent_at or 0.0, _line(prompt.sent_at, self._now, "sent", text, guess)
        for run in self._found.runs:
            status = run.status or Status.LOST
            text = one_line(f"{run.run_id[:8]}  {GLYPHS[status]} {status.value}")
            guess = one_line(f"a guess: {guesses[run.run_id]}", _PROMPT) if run.run_id in guesses else SafeText("")
            yield run.created_at or 0.0, _line(run.created_at, self._now, "run", text, guess)


def open_settle(screen: Screen[None] | ModalScreen[None], engine: Engine, row: RowId, now: float) -> None:
    """The set that has this prompt or run; else says that there is none. `now` in epoch seconds."""
    try:
        found = engine.queue.match_set_of(row)
    except StoreError as error:
        toast(screen.app, error.what, error=True)
        return
    if found is None:
        toast(screen.app, NO_SET)
    else:
        screen.app.push_screen(SettleDialog(engine, found, now))


def _line(at: float | None, now: float, what: str, text: SafeText, more: SafeText) -> Content:
    clock = clock_time(at, now) if at is not None else SafeText("")
    head = literal(SafeText(f" {clock}  {what:<5}"), "$quiet")
    return Content.assemble(head, literal(text), "  ", literal(more, "$quiet"))
