"""Which outputs a sheet shows: a key opens this list, the next one chooses."""

from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from cordage_tui.domain.output import Decision, RatingFilter
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import literal
from cordage_tui.ui.verdict import STAR

CHOICES: Final = (
    ("a", SafeText("all"), RatingFilter()),
    ("k", SafeText("✔ kept"), RatingFilter(Decision.KEPT)),
    ("u", SafeText("undecided"), RatingFilter(Decision.UNDECIDED)),
    ("r", SafeText("✖ rejected"), RatingFilter(Decision.REJECTED)),
    *(
        (str(n), SafeText(f"{STAR * n} {'or more' if n < 5 else ''}".rstrip()), RatingFilter(stars=n))
        for n in range(1, 6)
    ),
)
"""Key, what it is called, and what it leaves."""


def words(judged: RatingFilter) -> SafeText:
    """What a filter leaves, for a title."""
    return next((name for _, name, choice in CHOICES if choice == judged), SafeText("some"))


class FilterMenu(ModalScreen[RatingFilter | None]):
    """None: as before."""

    BINDINGS = [
        *(Binding(key, f"choose({place})", name, show=False) for place, (key, name, _) in enumerate(CHOICES)),
        Binding("escape,q,f", "leave", "as before", id="sheet_filter.leave", tooltip="Leave the filter as it is."),
    ]

    def __init__(self, now: RatingFilter) -> None:
        super().__init__()
        self._now = now

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card choices", can_focus=False) as card:
            card.border_title = Content("Show")
            yield Static(Content("\n").join(self._line(*choice) for choice in CHOICES))

    def _line(self, key: str, name: SafeText, judged: RatingFilter) -> Content:
        style = "$foreground bold" if judged == self._now else "$foreground"
        return Content.assemble(literal(SafeText(key), "$accent"), "  ", literal(name, style))

    def action_choose(self, place: int) -> None:
        self.dismiss(CHOICES[place][2])

    def action_leave(self) -> None:
        self.dismiss(None)
