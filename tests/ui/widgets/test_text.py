"""Signs and colours of statuses, and literal text."""

from rich.cells import cell_len

from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.theme import DEFAULTS
from cordage_tui.ui.widgets.status_signs import GLYPHS, RUN_COLOURS
from cordage_tui.ui.widgets.text import literal


def test_each_status_has_its_own_sign_of_one_cell() -> None:
    """Each status has its own sign of one cell, because colour alone has no meaning."""
    assert set(GLYPHS) == set(Status)
    assert len(set(GLYPHS.values())) == len(Status)
    assert all(cell_len(glyph) == 1 for glyph in GLYPHS.values())


def test_each_status_has_a_colour_that_every_theme_knows() -> None:
    """Each status has a colour that is a variable of our themes."""
    assert set(RUN_COLOURS) == set(Status) and set(RUN_COLOURS.values()) <= set(DEFAULTS)


def test_markup_in_text_is_text() -> None:
    """Markup in a literal text is shown as it is and starts no action."""
    text = SafeText("hello [/b] [@click=app.quit]world[/]")
    content = literal(text, "bold")
    assert content.plain == text and len(content.spans) == 1
