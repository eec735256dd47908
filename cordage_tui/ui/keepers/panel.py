"""Panel of what kept runs have in common: sentences, and a line for each word and input value."""

from collections.abc import Iterator, Sequence
from typing import Final

from textual.content import Content
from textual.events import Click
from textual.message import Message

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.statistics.keepers import Finding, KeeperReport
from cordage_tui.domain.statistics.proportion import Proportion
from cordage_tui.engine.history.keeper_words import difference_words, interval_words, percent, sentences, verdict_words
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, not_here
from cordage_tui.ui.keys.moves import picking_actions
from cordage_tui.ui.widgets.line_view import ListView
from cordage_tui.ui.widgets.text import literal

WIDEST: Final = 128
"""Largest width of a line, in cells: longer lines are hard to follow."""
_WIDE: Final = 96
"""Width in cells from which the interval is drawn; on a narrower panel it is written in numbers."""
_CHANCE: Final = "could be chance"
_SCALE: Final = 21
"""Cells of a drawn interval, from 0 to 100 %."""

# Lines of the page. Pure functions.


@dataclass(frozen=True, slots=True)
class KeeperLine:
    """Line of the page."""

    content: Content
    finding: Finding | None = None
    """None if the line is a sentence, a heading or blank."""


def keeper_lines(report: KeeperReport, judged: SafeText, width: int) -> Iterator[KeeperLine]:
    """Yield the lines of the page: the sentences, then the figures. Figures that could be chance are dimmed."""
    width = max(20, min(width, WIDEST))
    drawn_sentences = [literal(judged, "$foreground bold"), *map(_sentence, sentences(report))]
    for number, sentence in enumerate(drawn_sentences):
        if number == 1:
            yield KeeperLine(Content(""))
        for part in sentence.wrap(width - 1):
            yield KeeperLine(Content.assemble(" ", part))
    name_width = max([len(_CHANCE), *(_name(finding).cell_length for finding in report.findings)])
    for is_real, label in ((True, "likely real"), (False, _CHANCE)):
        findings = [finding for finding in report.findings if finding.is_real is is_real]
        if findings:
            yield KeeperLine(Content(""))
            yield KeeperLine(_heading(label, min(name_width, _room(width)), width))
            yield from (KeeperLine(_figures(finding, report, name_width, width), finding) for finding in findings)


def _sentence(sentence: SafeText) -> Content:
    """Draw a sentence. Text between backquotes is bold."""
    parts = sentence.split("`")
    return Content.assemble(*(literal(SafeText(part), "bold" if n % 2 else "") for n, part in enumerate(parts)))


def _room(width: int) -> int:
    """Return the most cells that the name of a trait gets."""
    return max(len(_CHANCE), width - (70 if width >= _WIDE else 47))


def _heading(label: str, name_width: int, width: int) -> Content:
    interval = f"{'0':<{_SCALE // 2}}{'50':<{_SCALE // 2 - 2}}{'100 %':>3}" if width >= _WIDE else "95 % interval"
    cells = f"{label:<{name_width}}  {'kept':>12} {'share':>6}  {interval:<{_interval(width)}}  {'to rest':>7}"
    return literal(SafeText(cells), "$quiet").truncate(width)


def _interval(width: int) -> int:
    return _SCALE if width >= _WIDE else 13


def _name(finding: Finding) -> Content:
    name, value = one_line(finding.trait.input, 60), one_line(finding.trait.value, 200)
    return Content.assemble(literal(name or SafeText("word"), "$quiet"), " ", literal(value, "bold"))


def _figures(finding: Finding, report: KeeperReport, name_width: int, width: int) -> Content:
    room = min(name_width, _room(width))
    kept = finding.kept
    colour = "$foreground" if finding.is_real else "$quiet"
    better = (finding.test.difference or 0.0) > 0
    mark = ("$run-done" if better else "$run-bad") if finding.is_real else "$quiet"
    name = _name(finding).truncate(room, ellipsis=True, pad=True)
    figures = f"  {f'{kept.count:,} of {kept.of:,}':>12} {percent(kept):>6}  "
    interval = _drawn(kept, report.judged, mark) if width >= _WIDE else literal(SafeText(f"{interval_words(kept):<13}"))
    difference = SafeText(f"  {difference_words(finding):>7}")
    parts = [name, literal(SafeText(figures)), interval, literal(difference, mark)]
    if (verdict := verdict_words(finding)) not in ("likely real", "could be chance"):
        parts.append(literal(SafeText(f"  {verdict}")))
    line = Content.assemble(*parts).truncate(width, ellipsis=True)
    return line if finding.is_real else literal(SafeText(line.plain), colour)


def _drawn(kept: Proportion, judged: Proportion, colour: str) -> Content:
    """Draw the interval of a share on a scale. A bar marks the share of all decided runs."""
    low, high = kept.interval or (0.0, 1.0)
    first, last, kept_cell = (round(share * (_SCALE - 1)) for share in (low, high, kept.share or 0.0))
    judged_cell = round((judged.share or 0.0) * (_SCALE - 1))
    cells = []
    for cell in range(_SCALE):
        char = "●" if cell == kept_cell else "━" if first <= cell <= last else "│" if cell == judged_cell else "·"
        cells.append(literal(SafeText(char), colour if char in "●━" else "$quiet" if char == "│" else "$edge"))
    return Content.assemble(*cells)


# Widget of the page.


class ShowPictures(Action["KeepersPanel"]):
    """Show the decided pictures that have this, side by side."""

    id, keys, word = "keepers.open", "enter", "show its pictures"
    in_footer = True

    def reason(self, on: "KeepersPanel") -> DisabledReason | None:
        return not_here("There is nothing to compare here yet.") if on.finding is None else None

    def run(self, on: "KeepersPanel") -> None:
        on.open_line()


class KeepersPanel(ActionNode, ListView):
    """Panel of what kept runs have in common."""

    BINDING_GROUP_TITLE = "Keepers"
    ACTIONS = (ShowPictures(), *picking_actions("keepers", "word or value"))
    BINDINGS = bindings_of(ACTIONS)

    class Opened(Message):
        """Show the runs of a finding."""

        def __init__(self, finding: Finding) -> None:
            super().__init__()
            self.finding = finding

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[KeeperReport, SafeText] | None = None
        self._rows: Sequence[KeeperLine] = ()

    @property
    def count(self) -> int:
        return len(self._rows)

    @property
    def finding(self) -> Finding | None:
        """Finding under the cursor."""
        return self._rows[self.index].finding if self.index < len(self._rows) else None

    def show(self, report: KeeperReport, judged: SafeText) -> None:
        """Show a report, and a sentence about what was decided. The cursor stays on its word or value."""
        if (report, judged) != self._shown:
            self._shown = report, judged
            self.redraw()

    def redraw(self) -> None:
        if not self.text_width or self._shown is None:
            return
        selected = self.finding.trait if self.finding is not None else None
        self._rows = list(keeper_lines(*self._shown, self.text_width - 1))
        self._kept.clear()
        traits = {row.finding.trait: at for at, row in enumerate(self._rows) if row.finding is not None}
        first_line = min(traits.values(), default=0)
        self.index = first_line if selected is None else traits.get(selected, first_line)
        self.moved()

    def draw_line(self, index: int, cursor: bool, width: int) -> Content:
        row = self._rows[index]
        mark = literal(SafeText("▌" if cursor and row.finding is not None else " "), "$accent")
        return Content.assemble(mark, row.content).truncate(width)

    def moved(self) -> None:
        self.draw_lines()
        if not any(row.finding for row in self._rows[: self.index]):
            self.jump(0)  # show the sentences, which are above the first line that the cursor can be on
        self.refresh_bindings()

    def on_click(self, event: Click) -> None:
        """Move the cursor. A double click opens the line under it."""
        event.prevent_default()  # otherwise the base class would move the cursor again
        super().on_click(event)
        if event.chain == 2:
            self.open_line()

    def move_to(self, index: int) -> None:
        """Move the cursor to line `index`. If that is no finding, move on in the same direction, else back."""
        if not self.count:
            return
        index = max(0, min(index, self.count - 1))
        directions = (range(index, self.count), range(index, -1, -1))
        for lines in directions if index >= self.index else reversed(directions):
            line = next((line for line in lines if self._rows[line].finding is not None), None)
            if line is not None:
                super().move_to(line)
                return

    def open_line(self) -> None:
        if self.finding is not None:
            self.post_message(self.Opened(self.finding))
