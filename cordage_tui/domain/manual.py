"""Manual: the Markdown pages in the package's folder `docs`, laid out in lines of a width."""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass

# Topics: the names of the pages, and their titles.

FOLDER: Final = Path(__file__).parents[1] / "docs"
TOPICS: Final = (
    *("start", "install", "first-hour", "cheatsheet", "connect", "screen", "concepts", "keys"),
    *("filter", "batches", "queue", "outputs", "statistics", "failures", "keepers"),
    *("command-line", "environment", "json", "configuration", "linear", "hooks", "agents", "team"),
    *("troubleshooting", "faq", "upgrade", "promises", "changelog"),
)
"""Pages of the manual, in the order of lists. Pages about the code are in the folder `dev` and are no topics."""
OTHER_NAMES: Final = {"exit-codes": "environment", "exit codes": "environment", "glossary": "concepts"}
"""Other names of pages, by which people look for what they contain."""


def page(topic: str) -> str:
    """Read the Markdown of a topic. Raises OSError."""
    return (FOLDER / f"{topic}.md").read_text(encoding="utf-8")


def title(text: str) -> str:
    """Return the title of a page, its first line."""
    return text.partition("\n")[0].removeprefix("# ")


# Lines of styled spans, which the command line prints and the app draws.


class SpanStyle(Enum):
    """Style of a piece of text."""

    PLAIN = "plain"
    HEADING = "heading"
    STRONG = "strong"
    EMPHASIS = "emphasis"
    CODE = "code"
    FAINT = "faint"
    """Rules of tables and fences."""


@dataclass(frozen=True, slots=True)
class Span:
    """Text in one style, without line breaks."""

    text: str
    style: SpanStyle = SpanStyle.PLAIN


Line = Sequence[Span]
_INLINE: Final = re.compile(
    r"(?P<fence>`+)(?P<code>.+?)(?P=fence)|\*\*(?P<strong>.+?)\*\*|(?<![\w*])\*(?P<emphasis>[^\s*`](?:[^*`]*[^\s*`])?)\*(?![\w*])"
    r"|!?\[(?P<words>(?:[^]`]|`[^`]*`)*)\]\((?P<link>[^)]*)\)"
)
_ITEM: Final = re.compile(r"(?P<mark>[-*]|\d+\.) +(?P<words>.*)")
_LEAST: Final = 6
"""Least width of a column of a table."""
_GAP: Final = 2
_UNWRAPPED: Final = 1_000_000
_DRAWN: Final = re.compile("[─│▶▼]")
"""Lines and arrows of a drawing in a fenced block."""
_SPOKEN: Final = {"|": "vertical bar"}
"""Key that a screen reader may leave out → its name."""


def lay_out(text: str, width: int, *, quoted: bool = False) -> list[Line]:
    """Return the lines of a page, none wider than `width` cells (20 at least). `quoted`: code keeps its backticks, for text
    without colours."""
    width = max(20, width)
    lines: list[Line] = []
    for block in _blocks(re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL)):
        if lines:
            lines.append(())
        lines += _block_lines(block, width, "`" if quoted else "")
    return lines


def read_out(text: str) -> Iterator[str]:
    """Yield the lines of a page below its title for a screen reader.

    A paragraph, an item and a row of a table is one line each, without marks, columns and rules. A drawing is left out.
    """
    for block in _blocks(re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL)):
        if block[0].startswith("|"):
            heads, _, *rows = ([_text(_spans(cell, "")) for cell in _cells(line)] for line in block)
            named = [f"{head} " if head and place else "" for place, head in enumerate(heads)]
            for row in rows:
                cells = [_SPOKEN.get(cell, cell) for cell in row]
                yield ": ".join(filter(None, (cell and name + cell for name, cell in zip(named, cells, strict=False))))
        elif block[0].startswith("```") and any(map(_DRAWN.search, block)):
            yield "A drawing is left out here; the text says the same."
        elif not block[0].startswith("# "):
            yield from (_text(line).strip() for line in _block_lines(block, _UNWRAPPED, ""))


def _blocks(text: str) -> Iterator[list[str]]:
    """Yield the lines of each heading, paragraph with its list, table and fenced block."""
    block: list[str] = []
    before, fenced = "", False
    for line in text.splitlines():
        kind = "fence" if fenced or line.startswith("```") else line[:1] if line[:1] in ("#", "|") else "text"
        begins = kind == "#" or kind != before or (line.startswith("```") and not fenced)
        if block and (begins or (kind == "text" and not line.strip())):
            yield block
            block = []
        if kind == "fence" or line.strip():
            block.append(line)
        fenced ^= line.startswith("```")
        before = kind
    if block:
        yield block


def _block_lines(block: Sequence[str], width: int, quote: str) -> Iterable[Line]:
    first = block[0]
    if first.startswith("```"):
        return [piece for line in block[1:-1] for piece in (_code(line, width) if line else [()])]
    if first.startswith("#"):
        return _wrap([Span(first.lstrip("# ").replace("`", ""), SpanStyle.HEADING)], width)
    if first.startswith("|"):
        return _table(block, width, quote)
    return _paragraphs(block, width, quote)


def _code(line: str, width: int) -> Iterator[Line]:
    """Break a line of code that is wider than the page, at a blank if there is one near its end."""
    indent = "  "
    while len(line) > (room := width - len(indent)):
        at = max(line.rfind(" ", room // 2, room + 1), 0) or room
        yield (Span(indent + line[:at], SpanStyle.CODE),)
        line, indent = line[at:].lstrip(), "    "
    yield (Span(indent + line, SpanStyle.CODE),)


def _paragraphs(block: Sequence[str], width: int, quote: str) -> Iterator[Line]:
    """Lay out paragraphs and list items, whose further lines hang below their first."""
    pieces: list[tuple[str, list[str]]] = []
    for line in block:
        item = _ITEM.match(line.strip())
        if item:
            pieces.append((f"{item['mark']} ", [item["words"]]))
        elif pieces:
            pieces[-1][1].append(line.strip())
        else:
            pieces.append(("", [line.strip()]))
    for mark, words in pieces:
        for place, spans in enumerate(_wrap(_spans(" ".join(words), quote), width - len(mark))):
            yield _merged((Span(mark if place == 0 else " " * len(mark)), *spans)) if mark else spans


def _spans(text: str, quote: str) -> list[Span]:
    """Split Markdown text into spans; a link becomes its words, with the address unless it is a page of this manual."""
    spans, at = [], 0
    for markup in _INLINE.finditer(text):
        spans.append(Span(text[at : markup.start()]))
        at = markup.end()
        if markup["code"] is not None:
            code = markup["code"].strip() if len(markup["fence"]) > 1 else markup["code"]
            spans.append(Span(f"{quote}{code}{quote}", SpanStyle.CODE))
        elif markup["strong"] is not None:
            spans += [
                Span(span.text, SpanStyle.STRONG if span.style is SpanStyle.PLAIN else span.style)
                for span in _spans(markup["strong"], quote)
            ]
        elif markup["emphasis"] is not None:
            spans.append(Span(markup["emphasis"], SpanStyle.EMPHASIS))
        else:
            spans += _spans(markup["words"], quote)
            if markup["link"].startswith("https:"):
                spans.append(Span(f" ({markup['link']})"))
    spans.append(Span(text[at:]))
    return [span for span in spans if span.text]


def _wrap(spans: Sequence[Span], width: int) -> list[Line]:
    """Break spans between words, and within words that are wider than a line."""
    text = _text(spans)
    if len(text) <= width and "  " not in text and not text[:1].isspace() and not text[-1:].isspace():
        return [_merged(spans)]
    lines: list[list[Span]] = [[]]
    used = 0
    for word in _words(spans):
        for piece in _broken(word, width):
            size = sum(len(span.text) for span in piece)
            if used and used + 1 + size > width:
                lines.append([])
                used = 0
            if used:
                lines[-1].append(Span(" ", _joint(lines[-1][-1], piece[0])))
            lines[-1] += piece
            used += size + (1 if used else 0)
    return [_merged(line) for line in lines]


def _joint(before: Span, after: Span) -> SpanStyle:
    return before.style if before.style is after.style else SpanStyle.PLAIN


def _words(spans: Sequence[Span]) -> Iterator[list[Span]]:
    """Yield words; one of several styles, such as `x`s, is not broken between them."""
    word: list[Span] = []
    for span in spans:
        for part in re.split(r"( +)", span.text):
            if part and not part.isspace():
                word.append(Span(part, span.style))
            elif part and word:
                yield word
                word = []
    if word:
        yield word


def _broken(word: Sequence[Span], width: int) -> Iterator[list[Span]]:
    """Yield a word whole, or in pieces if it is wider than a line."""
    if sum(len(span.text) for span in word) <= width:
        yield list(word)
        return
    for span in word:
        for at in range(0, len(span.text), width):
            yield [Span(span.text[at : at + width], span.style)]


def _merged(line: Sequence[Span]) -> Line:
    groups = groupby(line, key=lambda span: span.style)
    return tuple(Span("".join(span.text for span in group), style) for style, group in groups)


# Tables: columns as wide as their text if there is room; otherwise the widest share it.


def _table(block: Sequence[str], width: int, quote: str) -> Iterator[Line]:
    heads, _, *rows = ([_spans(cell, quote) for cell in _cells(line)] for line in block)
    if (width + _GAP) // len(heads) < _LEAST + _GAP:
        yield from _records(heads, rows, width)
        return
    widths = _widths([heads, *rows], width)
    if any(heads):
        yield from _row([[Span(span.text, SpanStyle.STRONG) for span in head] for head in heads], widths)
        yield (Span((" " * _GAP).join("─" * size for size in widths), SpanStyle.FAINT),)
    for row in rows:
        yield from _row(row, widths)


def _records(heads: Sequence[Sequence[Span]], rows: Iterable[Sequence[Sequence[Span]]], width: int) -> Iterator[Line]:
    """Lay out a table that is too wide: a line for each cell, after the head of its column."""
    for place, row in enumerate(rows):
        if place:
            yield ()
        for head, cell in zip(heads, row, strict=False):
            yield from _wrap([*head, *([Span(": ")] if head and cell else []), *cell], width)


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]


def _widths(rows: Sequence[Sequence[Sequence[Span]]], width: int) -> list[int]:
    """Share `width` among the columns: narrow ones get all they need, and the others share the rest.

    Each gets at least its longest word if there is room.
    """
    columns = [[_text(cell) for cell in column] for column in zip_longest(*rows, fillvalue=())]
    needs = [max(map(len, column)) for column in columns]
    room = width - _GAP * (len(needs) - 1)
    least = [max((len(word) for cell in column for word in cell.split()), default=0) for column in columns]
    while sum(least) > room:
        least[least.index(max(least))] -= 1
    shares, left = [0] * len(needs), sum(least)
    for place, column in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        left -= least[column]
        fair = min(room // (len(needs) - place), room - left)
        shares[column] = min(needs[column], max(least[column], fair))
        room -= shares[column]
    return shares


def _text(spans: Sequence[Span]) -> str:
    return "".join([span.text for span in spans])


def _row(cells: Sequence[Sequence[Span]], widths: Sequence[int]) -> Iterator[Line]:
    columns = [_wrap(cell, size) for cell, size in zip(cells, widths, strict=False) if size]
    for lines in zip_longest(*columns, fillvalue=()):
        line: list[Span] = []
        for cell, size in zip(lines, filter(None, widths), strict=False):
            line += [*cell, Span(" " * (size - len(_text(cell)) + _GAP))]
        yield _merged(line[:-1])
