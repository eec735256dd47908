from rich.cells import cell_len

from cordage_tui.domain.run import Status
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.theme import DEFAULTS
from cordage_tui.ui.widgets.text import GLYPHS, RUN_COLOURS, literal


def test_each_status_has_its_own_sign_of_one_cell() -> None:
    """Colour never carries meaning alone: no two statuses share a glyph, and columns stay aligned."""
    assert set(GLYPHS) == set(Status)
    assert len(set(GLYPHS.values())) == len(Status)
    assert all(cell_len(glyph) == 1 for glyph in GLYPHS.values())


def test_each_status_has_a_colour_that_every_theme_knows() -> None:
    """Status colours are our theme variables."""
    assert set(RUN_COLOURS) == set(Status) and set(RUN_COLOURS.values()) <= set(DEFAULTS)


def test_markup_in_text_is_text() -> None:
    """What looks like markup is drawn as it stands and starts no action."""
    text = SafeText("hello [/b] [@click=app.quit]world[/]")
    content = literal(text, "bold")
    assert content.plain == text and len(content.spans) == 1
