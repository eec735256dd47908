"""Dialog that chooses and orders the columns of the run table."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.run import INPUT_COLUMN, ColumnName
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.dialogs.base import CloseText
from cordage_tui.ui.keys.action import ActionNode, bindings_of
from cordage_tui.ui.run_table.columns import USUAL, column_of
from cordage_tui.ui.textual_patches.screen import PatchedScreen
from cordage_tui.ui.widgets.line_view import ListView
from cordage_tui.ui.widgets.text import fit, literal

# Choice of columns. Pure.


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """Order of the columns, and which of them are hidden."""

    order: tuple[str, ...]
    hidden: frozenset[str]

    @classmethod
    def of(cls, shown: Sequence[str], inputs: Sequence[str] = ()) -> "ColumnChoice":
        """Create the choice for the shown columns (empty: the usual ones). Hidden columns come after them, those of
        `inputs`, by name, last."""
        first = tuple(shown or USUAL)
        known = (*ColumnName, *(f"{INPUT_COLUMN}{name}" for name in inputs))
        rest = tuple(name for name in known if name not in first)
        return cls((*first, *rest), frozenset(rest))

    @property
    def shown(self) -> tuple[str, ...]:
        """Shown columns in their order; empty: the usual ones."""
        shown = tuple(name for name in self.order if name not in self.hidden)
        return () if shown == USUAL else shown

    def toggled(self, index: int) -> "ColumnChoice":
        """Show or hide the column at an index. The prompt is always shown."""
        name = self.order[index]
        return self if name == ColumnName.PROMPT else ColumnChoice(self.order, self.hidden ^ {name})

    def moved(self, index: int, by: int) -> "ColumnChoice":
        """Move the column at an index `by` places, up to an end of the list."""
        order = [name for name in self.order if name is not self.order[index]]
        order.insert(max(0, min(index + by, len(order))), self.order[index])
        return ColumnChoice(tuple(order), self.hidden)


# The dialog.

NAME_CELLS: Final = 18
BOX: Final = {True: "[x]", False: "[ ]"}


class ColumnList(ListView):
    """List of the columns, with the keys that show, hide and move them."""

    BINDING_GROUP_TITLE = "Columns"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "step(1)", "down", show=False),
        Binding("k,up", "step(-1)", "up", show=False),
        Binding("space,x", "show_or_hide", "show or hide", show=False),
        Binding("J,alt+down", "move(1)", "move down", show=False),
        Binding("K,alt+up", "move(-1)", "move up", show=False),
        Binding("0", "reset", "usual columns", show=False),
    ]

    def __init__(self, choice: ColumnChoice, usual: ColumnChoice, changed: Callable[[tuple[str, ...]], object]) -> None:
        super().__init__(classes="")
        self.choice = choice
        self._usual = usual
        self._changed = changed

    @property
    def count(self) -> int:
        return len(self.choice.order)

    def on_mount(self) -> None:
        self.call_after_refresh(self.redraw)

    def moved(self) -> None:
        self.redraw()

    def redraw(self) -> None:
        self.draw([self._line(index, name) for index, name in enumerate(self.choice.order)], self.index)

    def action_step(self, by: int) -> None:
        self.move_lines(by)

    def action_show_or_hide(self) -> None:
        self._choose(self.choice.toggled(self.index))

    def action_move(self, by: int) -> None:
        moved = self.choice.moved(self.index, by)
        self.index = moved.order.index(self.choice.order[self.index])
        self._choose(moved)

    def action_reset(self) -> None:
        self._choose(self._usual)

    def _choose(self, choice: ColumnChoice) -> None:
        self.choice = choice
        self._changed(choice.shown)
        self.redraw()

    def _line(self, index: int, name: str) -> Content:
        shown = name not in self.choice.hidden
        return Content.assemble(
            literal(SafeText("▌ "), "$accent") if index == self.index else "  ",
            literal(SafeText(f"{BOX[shown]} "), "" if shown else "$quiet"),
            literal(
                SafeText(fit(one_line(name), NAME_CELLS) + "  "),
                "bold" if index == self.index else "" if shown else "$quiet",
            ),
            literal(column_of(name).about, "$quiet"),
        )


class ColumnsDialog(PatchedScreen, ActionNode, ModalScreen[None]):
    """Card with the list of columns. The table behind it follows each change."""

    DRAWS_FIRST_FRAME_ONCE = True
    ACTIONS = (CloseText(),)
    BINDINGS = bindings_of(ACTIONS)
    AUTO_FOCUS = "ColumnList"

    def __init__(
        self, shown: Sequence[str], changed: Callable[[tuple[str, ...]], object], inputs: Sequence[str] = ()
    ) -> None:
        """`shown`: the shown columns; empty: the usual ones. `changed` gets them after each change. `inputs`: names of
        inputs that have been sent."""
        super().__init__()
        self._choice = ColumnChoice.of(shown, inputs)
        self._usual = ColumnChoice.of((), inputs)
        self._changed = changed

    def compose(self) -> ComposeResult:
        with Vertical(classes="card columns") as card:
            card.border_title = Content("Columns of the runs")
            card.border_subtitle = Content("space show or hide · J K move · 0 usual · esc close")
            yield ColumnList(self._choice, self._usual, self._changed)
