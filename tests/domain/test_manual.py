"""Layout of the manual's Markdown in lines."""

import pytest

from cordage_tui.domain.manual import FOLDER, TOPICS, Span, SpanStyle, lay_out, page


def shown(text: str, width: int = 40, *, quoted: bool = False) -> list[str]:
    return ["".join(span.text for span in line) for line in lay_out(text, width, quoted=quoted)]


def test_every_page_is_a_topic() -> None:
    assert sorted(TOPICS) == sorted(file.stem for file in FOLDER.glob("*.md"))


@pytest.mark.parametrize("topic", TOPICS)
def test_every_page_fits_every_width_and_loses_no_word(topic: str) -> None:
    """Every page fits every width and keeps all letters; columns only change their order."""
    whole = letters(shown(page(topic), 2_000))
    for width in (76, 100):
        lines = shown(page(topic), width)
        assert max(map(len, lines)) <= width
        assert letters(lines) == whole
    assert max(map(len, shown(page(topic), 20))) <= 20


def letters(lines: list[str]) -> list[str]:
    return sorted("".join("".join(lines).split()).replace("─", ""))


def test_paragraphs_are_joined_and_broken_between_words() -> None:
    assert shown("one two\nthree four five six", 20) == ["one two three four", "five six"]


def test_a_list_hangs_below_its_first_words() -> None:
    assert shown("- one two three\n  four five six\n- seven\n1. eight", 20) == [
        "- one two three four",
        "  five six",
        "- seven",
        "1. eight",
    ]


def test_code_strong_text_and_links_have_styles() -> None:
    """A link to a page is its words, a link elsewhere also shows its address, and a word of two styles stays
    together."""
    (line,) = lay_out("a `b c`, **d `e`** [f](g.md) [h](https://i.example)", 80)
    assert line == (
        Span("a "),
        Span("b c", SpanStyle.CODE),
        Span(", "),
        Span("d ", SpanStyle.STRONG),
        Span("e", SpanStyle.CODE),
        Span(" f h (https://i.example)"),
    )
    assert shown("a `b`, c", quoted=True) == ["a `b`, c"]


def test_emphasis_is_shown_without_its_asterisks() -> None:
    """`*word*` has a style; an asterisk that is a sign, such as in `2 * 3 * 4`, stays."""
    (line,) = lay_out("Choose *Other server*, 2 * 3 * 4, `*.toml` and a*b*c", 80)
    assert line[:3] == (Span("Choose "), Span("Other server", SpanStyle.EMPHASIS), Span(", 2 * 3 * 4, "))
    assert "".join(span.text for span in line).endswith("*.toml and a*b*c")


def test_a_table_shares_its_width() -> None:
    """A narrow column keeps the width it needs, escaped bars are text, and a table may have no heads."""
    table = "| key | what it does |\n|---|---|\n| `a\\|b` | goes to the first of all the rows |\n| x | y |"
    assert shown(table, 24) == [
        "key  what it does",
        "───  ───────────────────",
        "a|b  goes to the first",
        "     of all the rows",
        "x    y",
    ]
    assert shown("| | |\n|---|---|\n| x | y |") == ["x  y"]


def test_a_table_of_too_many_columns_becomes_a_line_for_each_cell() -> None:
    assert shown("| a | b | c | |\n|---|---|---|---|\n| 1 | 2 | | 3 |\n| 4 | 5 | 6 | 7 |", 24) == [
        *("a: 1", "b: 2", "c", "3", ""),
        *("a: 4", "b: 5", "c: 6", "7"),
    ]


def test_code_blocks_keep_their_lines_and_comments_are_left_out() -> None:
    """A line that is too long is broken, not cut: it may be copied."""
    text = "<!-- keys -->\n```sh\ntrigger  Sunset\n\n# not a heading, however long it is\n```\n<!-- /keys -->\nend"
    assert shown(text, 24) == [
        "  trigger  Sunset",
        "",
        "  # not a heading,",
        "    however long it is",
        "",
        "end",
    ]
