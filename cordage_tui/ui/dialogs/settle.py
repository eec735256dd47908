"""Dialog that settles a set of uncertain prompts, with the runs that may be theirs."""

from collections.abc import Iterable
from typing import Final

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.confirmation import number_to_type
from cordage_tui.domain.formatting import clock_time
from cordage_tui.domain.match_set import MatchSet, Settlement, consequence, settlements, summary
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import AGAIN_WHILE_PAUSED, ReadOnlyProfile
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice
from cordage_tui.ui.notifications import toast
from cordage_tui.ui.widgets.status_signs import GLYPHS
from cordage_tui.ui.widgets.text import literal

CHANGED: Final = one_line("The set has changed since it was shown; nothing was done.")
NO_SET: Final = one_line(
    "Nothing to settle: no run in the list could be this prompt's, except runs that you have already decided about."
)
_SETTLED: Final = one_line("Settled.")
_STILL_UNCERTAIN: Final = one_line("Uncertain, and not sent. Resend it or drop it in the queue.")
_PROMPT: Final = 34
"""Cells of a prompt, so that its time and its guess fit on the same line."""


@dataclass(frozen=True, slots=True)
class _Way:
    """Choice of how to settle a set."""

    settlement: Settlement
    again: bool
    key: str
    title: str
    note: str


_WAYS: Final = (
    _Way(Settlement.ALL_RAN, False, "a", "All ran", "none is resent"),
    _Way(Settlement.AS_GUESSED, False, "g", "As guessed", "the guesses are right"),
    _Way(Settlement.NONE_RAN, False, "o", "None ran", "nothing is sent yet"),
    _Way(Settlement.NONE_RAN, True, "s", "None ran, resend all", "charged again"),
)
_WAYS_OF_A_GUESS: Final = (
    _Way(Settlement.AS_GUESSED, False, "g", "Yes, this is its run", "the guess becomes certain"),
    _Way(Settlement.NONE_RAN, False, "o", "No, it is not", "nothing is sent yet"),
    _Way(Settlement.NONE_RAN, True, "s", "No, resend the prompt", "charged again"),
)
"""Ways for one prompt that has one run as its guess, where `a` would be the same as `g`."""


class SettleDialog(ChoiceMenu[_Way]):
    """Prompts and runs in the order of time, and the ways to settle them. The confirmation of each names its risk."""

    def __init__(self, engine: Engine, found: MatchSet, now: float) -> None:
        """`found`: the set to settle. `now`: epoch seconds."""
        is_one_guess = len(found.prompts) == len(found.runs) == 1 and found.is_guessed
        ways = [way for way in (_WAYS_OF_A_GUESS if is_one_guess else _WAYS) if way.settlement in settlements(found)]
        choices = [MenuChoice(way.key, SafeText(way.title), way, SafeText(way.note)) for way in ways]
        super().__init__(SafeText("Is this its run?" if is_one_guess else "Which of these ran?"), choices)
        self._engine = engine
        self._found = found
        self._now = now

    def compose_body(self) -> ComposeResult:
        yield Static(Content("\n").join(self._lines()), classes="lines")

    def answer(self, answer: _Way) -> None:
        """Ask for confirmation, then settle."""
        risk = consequence(self._found, answer.settlement, again=answer.again)
        lines = [literal(summary(self._found), "bold"), literal(risk, "$run-wait" if answer.again else "$quiet")]
        protected = answer.again and self._engine.profile.protected
        typed = number_to_type(len(self._found.prompts), listed=True, always=protected)
        yes = one_line("Resend" if answer.again else "Settle it")
        ask = ConfirmDialog(one_line(answer.title), lines, yes, danger=answer.again, typed=typed)
        self.app.push_screen(ask, lambda yes: self._settle(answer) if yes else None)

    def _settle(self, way: _Way) -> None:
        app = self.app
        try:
            is_done = self._engine.queue.settle(self._found, way.settlement, again=way.again)
            is_paused = is_done and way.again and self._engine.queue.control().paused is not None
        except (StoreError, ReadOnlyProfile) as error:
            toast(app, error.what, error=True)
            return
        self.dismiss()
        toast(app, _done(way) if is_done else CHANGED, error=not is_done)
        if is_paused:
            toast(app, AGAIN_WHILE_PAUSED)

    def _lines(self) -> Iterable[Content]:
        yield literal(summary(self._found), "bold")
        yield Content("")
        yield from (line for _, line in sorted(self._members(), key=lambda pair: pair[0]))
        yield Content("")

    def _members(self) -> Iterable[tuple[float, Content]]:
        guesses = {prompt.guess: prompt.prompt for prompt in self._found.prompts if prompt.guess is not None}
        for prompt in self._found.prompts:
            text = one_line(prompt.prompt, _PROMPT)
            guess = one_line(f"a guess: run {prompt.guess[:8]}") if prompt.guess else SafeText("")
            yield prompt.sent_at or 0.0, _line(prompt.sent_at, self._now, "sent", text, guess)
        for run in self._found.runs:
            status = run.status or Status.MISSING
            text = one_line(f"{run.run_id[:8]}  {GLYPHS[status]} {status.word}")
            guess = one_line(f"a guess: {guesses[run.run_id]}", _PROMPT) if run.run_id in guesses else SafeText("")
            yield run.created_at or 0.0, _line(run.created_at, self._now, "run", text, guess)


def open_settle(screen: Screen[None] | ModalScreen[None], engine: Engine, row: RowId, now: float) -> None:
    """Open the dialog for the set that contains this prompt or run. Without a set, show a toast. `now`: epoch seconds."""
    try:
        match_set = engine.queue.match_set_of(row)
    except StoreError as error:
        toast(screen.app, error.what, error=True)
        return
    if match_set is None:
        toast(screen.app, NO_SET)
    else:
        screen.app.push_screen(SettleDialog(engine, match_set, now))


def _done(way: _Way) -> SafeText:
    """Return what a settled set is now."""
    return _STILL_UNCERTAIN if way.settlement is Settlement.NONE_RAN and not way.again else _SETTLED


def _line(time: float | None, now: float, what: str, text: SafeText, guess: SafeText) -> Content:
    clock = clock_time(time, now) if time is not None else SafeText("")
    head = literal(SafeText(f" {clock}  {what:<5}"), "$quiet")
    return Content.assemble(head, literal(text), "  ", literal(guess, "$quiet"))
