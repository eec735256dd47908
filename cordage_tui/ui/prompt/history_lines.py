"""Lines of the prompt history: one line for each body that was found, and the preview of one body."""

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Final

from textual.content import Content
from textual.strip import Strip

from cordage_tui.domain.formatting import coarse_age, counted, format_time_with_age
from cordage_tui.domain.fuzzy_query import matching_places
from cordage_tui.domain.image import ImageRequest, ImageView
from cordage_tui.domain.inputs import PROMPT, Json, value_line
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText, one_line, safe
from cordage_tui.domain.secrets import redact
from cordage_tui.engine.engine import Engine
from cordage_tui.store.prompt_history import MOST_ALIKE, BodyStatistics
from cordage_tui.ui.images.image_cells import ImageLine, ImageSlice, Line, describe
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.run_detail.text_layout import columns, heading, wrapped
from cordage_tui.ui.widgets.line_view import LineView
from cordage_tui.ui.widgets.status_signs import GLYPHS, STAR
from cordage_tui.ui.widgets.text import fit, literal, steady

# Line of a body: its text, with the matching letters marked, and its results.

PIN: Final = "◆"
"""Sign of a body in the library."""
WEBHOOK: Final = ((0, 12), (90, 18))
"""Cells for the webhook's name, by the width of the line."""
ROOMY: Final = 56
"""Width in cells from which webhook and number of submissions are shown."""
_SHOWN_PROMPT: Final = 2_000
"""Most characters of a prompt that its line uses."""
_LONGEST_PROMPT: Final = 20_000
"""Most characters of a prompt that the preview shows."""
_MATCH: Final = "$accent bold"


def body_line(
    body: BodyStatistics, words: Sequence[str], now: float, width: int, *, webhook: SafeText | None, cursor: bool
) -> Content:
    """Draw a body in `width` cells: `▌a red fox  style noir   ★4 ✔3/8  Sunset  ×12  2h`. With `webhook` None, no webhook is
    named."""
    right = _right(body, now, webhook, width)
    room = max(1, width - 1 - right.cell_length - 2)
    bar = literal(SafeText("▌"), ".line--bar") if cursor else Content(" ")
    texts = _input_texts(body, words, room).truncate(room, ellipsis=True)
    return Content.assemble(bar, texts.pad_right(max(0, room - texts.cell_length)), "  ", right)


def times_words(body: BodyStatistics) -> str:
    """Return how often a body was submitted, as `×12`, or for a batch the number of its prompts, as `▤30`. Empty if it was
    submitted once."""
    if body.batch is not None:
        return f"{GLYPHS[Status.BATCH]}{body.times:,}"
    if body.times >= MOST_ALIKE:
        return f"×{MOST_ALIKE - 1}+"
    return f"×{body.times}" if body.times > 1 else ""


def _right(body: BodyStatistics, now: float, webhook: SafeText | None, width: int) -> Content:
    parts = [verdict_words(body)]
    cells = next(cells for least, cells in reversed(WEBHOOK) if width >= least)
    if width >= ROOMY:
        parts.append(literal(SafeText(times_words(body)), "$quiet"))
    if width >= ROOMY and webhook is not None:
        parts.append(literal(SafeText(fit(webhook, cells)), "$quiet"))
    parts = [part for part in parts if part.plain]
    parts.append(literal(SafeText(fit(coarse_age(now - body.sent_at), 4, right=True)), "$quiet"))
    return Content("  ").join(parts)


def verdict_words(body: BodyStatistics) -> Content:
    """Return the user's ratings of the outputs and the number of failed runs: `★4 ✔3/8 ✖1`. Empty if there are none."""
    parts = [literal(SafeText(f"{STAR}{body.stars}"), "$accent")] if body.stars else []
    if body.rated:
        parts.append(literal(SafeText(f"✔{body.kept}/{body.rated}"), "$run-done" if body.kept else "$run-past"))
    if body.failed:
        parts.append(literal(SafeText(f"✖{body.failed}"), "$run-bad"))
    return Content(" ").join(parts)


def _input_texts(body: BodyStatistics, words: Sequence[str], room: int) -> Content:
    """Draw the name, the prompt and the other inputs. The other inputs get at least a third of the room, because many lines
    differ only in them."""
    prompt = body.inputs.get(PROMPT)
    parts = [(f"{PIN} {body.name}", "$accent")] if body.name else []
    if isinstance(prompt, str):
        parts.append((value_line(prompt, body.webhook_key, _SHOWN_PROMPT), "$foreground"))
    count = len(parts)
    parts += [(f"{name} {value_line(value, body.webhook_key)}", "$quiet") for name, value in others(body)]
    texts = [steady(one_line(text, _SHOWN_PROMPT)) for text, _ in parts]
    marked_texts = []
    for text, (_, style), places in zip(texts, parts, matching(words, texts), strict=True):
        content = literal(SafeText(text), style)
        for place in places:
            content = content.stylize(_MATCH, place, place + 1)
        marked_texts.append((content, places))
    rest = Content(" · ").join(content for content, _ in marked_texts[count:])
    rest = rest.truncate(max(room // 3, room - _length(marked_texts[:count])), ellipsis=True)
    first_room = room - rest.cell_length - 2 if rest.plain else room
    first_text = Content("  ").join(
        _from_match(content, places, first_room) for content, places in marked_texts[:count]
    )
    return Content("  ").join(
        [part for part in (first_text.truncate(max(1, first_room), ellipsis=True), rest) if part.plain]
    )


def _length(drawn: Sequence[tuple[Content, Sequence[int]]]) -> int:
    """Return the cells of some parts and of the gaps behind them."""
    return sum(content.cell_length + 2 for content, _ in drawn)


def _from_match(content: Content, places: Sequence[int], room: int) -> Content:
    """Leave out the beginning of a text if otherwise none of its matches would be visible."""
    first_match = min(places, default=0)
    if first_match < room - 2 or room < 16:
        return content
    start = (
        content.plain.rfind(" ", 0, first_match - room // 4) + 1
    )  # at the beginning of a word, so that the rest can be read
    return Content.assemble(Content.styled("…", "$quiet"), content[start:])


def others(body: BodyStatistics) -> list[tuple[SafeText, Json]]:
    """List the inputs of a body besides its prompt."""
    inputs = body.inputs.items()
    return [(one_line(name, 60), value) for name, value in inputs if name != PROMPT or not isinstance(value, str)]


def matching(words: Sequence[str], texts: Sequence[str]) -> list[list[int]]:
    """Return for each text of a line the indexes of its characters that match."""
    line, origins = "", list[tuple[int, int]]()
    for number, text in enumerate(texts):
        for place, char in enumerate(text):
            folded = char.casefold()
            line += folded
            origins += [(number, place)] * len(folded)
        line += " "
        origins.append((-1, 0))
    matched: list[set[int]] = [set() for _ in texts]
    for position in matching_places(words, line[:-1]):
        number, place = origins[position]
        if number >= 0:
            matched[number].add(place)
    return [sorted(places) for places in matched]


# Preview of a body: its best output, everything that was sent, and its results.

_LEAST: Final = 4
"""Least lines of a picture above the text."""
BESIDE: Final = 60
"""Width in cells from which a low panel has the picture beside the text."""


def picture_box(width: int, height: int) -> tuple[int, int]:
    """Return columns and rows of the picture on a panel of this size. The picture is above the text or to the left of it."""
    if is_beside(width, height):
        return max(1, min(width * 2 // 5, height * 2)), max(1, height)
    return max(1, width), max(_LEAST, height * 2 // 5)


def is_beside(width: int, height: int) -> bool:
    """Return whether the picture is beside the text, because the panel is low and wide."""
    return width >= BESIDE and width > 2 * height


def preview_lines(
    body: BodyStatistics,
    webhook: SafeText,
    now: float,
    size: tuple[int, int],
    sight: ImageView | None,
    strips: Sequence[Strip] | None,
) -> list[Line]:
    """Draw a body on a panel of `size` cells. `strips` are its best output; if they are None, a sentence says what `sight`
    knows of that output. `sight` is None if there is no output."""
    width, height = size
    columns_, rows = picture_box(width, height)
    if is_beside(width, height) and strips:
        indent = strips[0].cell_length + 2
        texts = text_lines(body, webhook, now, width - indent)
        pairs = zip_longest(strips[:rows], texts)
        return [
            ImageLine((ImageSlice(0, strip),) if strip is not None else (), Content.assemble(" " * indent, text or ""))
            if strip is not None
            else Content.assemble(" " * indent, text or "")
            for strip, text in pairs
        ]
    above: list[Line] = []
    if strips:
        indent = max(0, columns_ - strips[0].cell_length) // 2
        above = [*(ImageLine((ImageSlice(indent, strip),)) for strip in strips[:rows]), Content("")]
    elif sight is not None and (state := describe(sight)):
        above = [*wrapped(state, width, "$quiet"), Content("")]
    return [*above, *text_lines(body, webhook, now, width)]


def text_lines(body: BodyStatistics, webhook: SafeText, now: float, width: int) -> list[Content]:
    """Draw name, prompt and other inputs of a body, how often it was sent, and its results."""
    prompt = body.inputs.get(PROMPT)
    lines = (
        [literal(one_line(f"{PIN} {body.name}"), "$accent bold").truncate(width, ellipsis=True)] if body.name else []
    )
    if isinstance(prompt, str):
        lines += wrapped(redact(safe(prompt, _LONGEST_PROMPT), body.webhook_key), width)
    if pairs := [(name, value_line(value, body.webhook_key)) for name, value in others(body)]:
        lines += [*heading(SafeText("Inputs"), width), *columns(pairs, width)]
    return [*lines, *heading(SafeText("Sent"), width), *columns(_facts(body, webhook, now), width)]


def _facts(body: BodyStatistics, webhook: SafeText, now: float) -> list[tuple[SafeText, SafeText]]:
    facts = [("webhook", webhook)]
    if body.batch is not None:
        facts.append(("batch of", SafeText(f"{body.times:,} prompts")))
    else:
        times = f"{MOST_ALIKE - 1}+" if body.times >= MOST_ALIKE else f"{body.times:,}"
        facts.append(("sent", SafeText(f"{times} times" if body.times > 1 else "once")))
    facts.append(("last", format_time_with_age(body.sent_at, now)))
    if body.rated:
        facts.append(("kept", SafeText(f"{body.kept:,} of {body.rated:,} decided")))
    if body.stars:
        facts.append(("stars", SafeText(STAR * body.stars)))
    if body.failed:
        facts.append(("failed", counted(body.failed, "run")))
    return [(SafeText(name), text) for name, text in facts]


# Widget of the preview.


class HistoryPreview(LineView, can_focus=False):
    """Panel of the body under the cursor: its best output, its whole text, and its results."""

    def __init__(self, engine: Engine, renderer: ImageRenderer, wall: Callable[[], float]) -> None:
        super().__init__()
        self._engine = engine
        self._renderer = renderer
        self._wall = wall
        self._body: BodyStatistics | None = None
        self._output: OutputRef | None = None
        self.border_title = Content("Prompt")

    def show(self, body: BodyStatistics | None, output: OutputRef | None) -> None:
        """Show this body and its best output. None: there is no body or no output."""
        if body is None or self._body is None or body.row != self._body.row:
            self.jump(0)
        self._body, self._output = body, output
        self.redraw()

    def wanted(self) -> list[ImageRequest]:
        """Return the picture that should be loaded, if there is one."""
        return [self._request(self._output)] if self._output is not None and self._renderer.on else []

    def redraw(self) -> None:
        width, height = self.text_width, self.size.height
        if self._body is None or not width:
            self.draw([])
            return
        sight = self._engine.pictures.sight(self._request(self._output)) if self._output is not None else None
        image = sight.image if sight is not None and self._renderer.draws else None
        strips = self._renderer.strips(image, self.background_colors[1]) if image is not None else None
        webhook = one_line(self._engine.profile.label(self._body.webhook_key))
        self.draw(preview_lines(self._body, webhook, self._wall(), (width, height), sight, strips))

    def _request(self, output: OutputRef) -> ImageRequest:
        return self._renderer.wanted(output, *picture_box(self.text_width, self.size.height), fill=True)
