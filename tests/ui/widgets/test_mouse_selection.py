"""Selection of text with the mouse."""

from hypothesis import given
from hypothesis import strategies as st
from textual.app import ComposeResult
from textual.content import Content
from textual.events import MouseDown, MouseMove, MouseUp

from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.widgets.mouse_selection import SelectableView, TextPlace, selected_cells, text_in_cells

places = st.builds(TextPlace, st.integers(0, 9), st.integers(0, 9))


class Page(BaseApp):
    """App with twenty lines, which records the selected texts."""

    def __init__(self) -> None:
        super().__init__()
        self.selections: list[str] = []

    def compose(self) -> ComposeResult:
        yield SelectableView()

    def on_selectable_view_text_selected(self, event: SelectableView.TextSelected) -> None:
        self.selections.append(event.text)


@given(places, places)
def test_a_selection_is_the_same_from_both_ends(start: TextPlace, end: TextPlace) -> None:
    """A selection is the same from both ends, with whole lines in between, and a click selects nothing."""
    for line in range(10):
        cells = selected_cells(start, end, line, 10)
        assert cells == selected_cells(end, start, line, 10)
        assert all(
            (TextPlace(line, cell) >= min(start, end)) and TextPlace(line, cell) <= max(start, end) for cell in cells
        )
    assert not any(selected_cells(start, start, line, 10) for line in range(10))


def test_characters_are_whole() -> None:
    """A wide character belongs to the cell in which it begins."""
    assert text_in_cells("a日本b", range(1, 3)) == "日"
    assert text_in_cells("a日本b", range(2, 6)) == "本b"
    assert text_in_cells("short", range(3, 40)) == "rt"


async def test_dragging_selects_and_releasing_sends_the_text() -> None:
    """Dragging selects lines in both directions and scrolls at the edge; releasing sends the text."""
    app = Page()
    async with app.run_test(size=(30, 8)) as pilot:
        view = app.query_one(SelectableView)
        view.draw([Content(f"line number {n}") for n in range(20)])

        async def mouse(kind: type, x: int, y: int) -> None:
            app.screen._forward_event(kind(app.screen, x, y, 0, 0, 1, False, False, False, x, y))
            await pilot.pause()

        await mouse(MouseDown, 6, 1)
        await mouse(MouseMove, 9, 3)
        assert any(style and style.reverse for _, style, _ in view.render_line(1))
        assert not any(style and style.reverse for _, style, _ in view.render_line(4))
        await mouse(MouseUp, 9, 3)
        assert app.selections == ["number 0\nline number 1\nline numb"]
        await mouse(MouseDown, 3, 6)
        for _ in range(3):
            await mouse(MouseMove, 3, 7)
        await mouse(MouseUp, 3, 7)
        assert view.top == 3 and app.selections[-1].count("\n") == 3
        assert view.unselect() and not view.unselect()
        await mouse(MouseDown, 5, 2)
        await mouse(MouseUp, 5, 2)
        assert len(app.selections) == 2 and app.mouse_captured is None
