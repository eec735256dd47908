"""Approval of prompts that an author submitted. Before the user approves, each is shown whole, with price and time."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from textual.content import Content
from textual.events import Click

from cordage_tui.domain.confirmation import number_to_type
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.inputs import PROMPT, Inputs, other_inputs, prompt_name, prompt_of, value_words
from cordage_tui.domain.queue import QueueItem
from cordage_tui.domain.queue_changes import UnsentPrompt
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import redact
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import UserOnly
from cordage_tui.engine.outbox.approval import approve, estimates, unapproved, why_unapproved
from cordage_tui.engine.outbox.queue_file import body_of
from cordage_tui.ui.dialogs.list_dialog import DialogList, ListDialog
from cordage_tui.ui.prompt.batch_preview import price_words
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.tables import LazySequence
from cordage_tui.ui.widgets.text import literal

# Lines of the dialog. Pure functions.

WHOLE: Final = 200
"""Most prompts that are all shown whole. If there are more, only one is whole, and the others have one line each."""
_INDENT: Final = 2


def prompt_lines(prompt: UnsentPrompt, webhook: SafeText, width: int, *, colour: str = "$quiet") -> list[Content]:
    """Render a whole prompt: number, webhook and author, then each input. Wrapped lines of an input are indented further."""
    head = one_line(" · ".join(part for part in (f"{prompt.row}", webhook, prompt.author or "") if part))
    lines = [literal(head, colour)]
    for name, value in _named(body_of(prompt)):
        text = literal(redact(value, prompt.webhook_key), "$foreground" if name is None else "")
        label = () if name is None else (literal(name, "$quiet"), "  ")
        wrapped = Content.assemble(*label, text).wrap(max(1, width - 2 * _INDENT))
        lines += [line.pad_left(2 * _INDENT if label and index else _INDENT) for index, line in enumerate(wrapped)]
    return lines


def short_line(prompt: UnsentPrompt, width: int) -> Content:
    """Render a prompt in one line: `41  a fox · style noir`."""
    parts = (value if name is None else f"{name} {value}" for name, value in _named(body_of(prompt)))
    text = one_line(" · ".join(parts))
    line = Content.assemble((f"{prompt.row}  ", "$quiet"), literal(redact(text, prompt.webhook_key)))
    return line.truncate(max(1, width), ellipsis=True)


def _named(body: Inputs) -> Iterator[tuple[SafeText | None, str]]:
    """Yield name and value of each input. The prompt comes first, and has no name if it is under `prompt`."""
    if prompt_name(body) == PROMPT:
        yield None, prompt_of(body)
        body = other_inputs(body)
    yield from ((one_line(name), value_words(value)) for name, value in body.items())


class ApprovalDialog(ListDialog):
    """Prompts of authors, and the question whether they may be sent.

    Each prompt can be read whole. If there are many, one at a time is unfolded among the lines of the others. The keys
    that scroll, or a click, unfold another one.
    """

    def __init__(self, engine: Engine, prompts: Sequence[UnsentPrompt]) -> None:
        count = len(prompts)
        authors = ", ".join(dict.fromkeys(prompt.author or "" for prompt in prompts))
        heading = one_line(f"Approve {counted(count, 'prompt')} of {authors}?", 120)
        typed = number_to_type(count, listed=True, always=engine.profile.protected)
        super().__init__(heading, (), one_line("Approve"), typed=typed)
        self._label = engine.profile.label
        self._prices = estimates(engine, prompts)
        self._prompts = prompts
        self._read = 0
        """Index of the prompt that is unfolded."""
        self._unfolded: Sequence[Content] = ()
        """Lines of that prompt, for the width that was drawn last."""

    def words_above(self, width: int) -> Sequence[Content]:
        """Say the price for each webhook, then why nothing is sent yet."""
        names = [f"{self._label(key)}: " if len(self._prices) > 1 else "" for key, _ in self._prices]
        sentences = [f"{name}{price_words(price)}." for name, (_, price) in zip(names, self._prices, strict=True)]
        sentences += [
            f"Nothing is sent yet: {price.blocked}" for _, price in self._prices[:1] if price.blocked is not None
        ]
        return [line for sentence in sentences for line in literal(one_line(sentence), "$foreground bold").wrap(width)]

    def list_lines(self, width: int) -> Sequence[Content]:
        prompts = self._prompts
        if not self._is_folded:
            return [line for prompt in prompts for line in prompt_lines(prompt, self._webhook(prompt), width)]
        unfolded = prompts[self._read]
        self._unfolded = prompt_lines(unfolded, self._webhook(unfolded), width, colour="$accent")

        def line(y: int) -> Content:
            index = y - self._lines_read.start
            return self._unfolded[index] if y in self._lines_read else short_line(prompts[self._prompt_at(y)], width)

        count = len(prompts) + len(self._unfolded) - 1
        return LazySequence(count, lambda first, end: map(line, range(first, min(end, count))))

    def words_below(self) -> Content:
        """Return the keys that unfold other prompts."""
        keys = (
            literal(one_line("↑ ↓"), "$accent"),
            " ",
            literal(one_line("show each whole"), "$quiet"),
        )
        return Content.assemble(*keys) if self._is_folded else Content("")

    def action_scroll(self, lines: int) -> None:
        """Scroll. If there are many prompts, scroll through the unfolded one; at its ends unfold the next one."""
        view, unfolded = self.query_one(DialogList), self._lines_read
        if not self._is_folded:
            super().action_scroll(lines)
        elif (
            unfolded.stop <= view.top or unfolded.start >= view.top + view.size.height
        ):  # the mouse wheel has scrolled it out of view
            view.reveal(unfolded)
        elif lines > 0 and (below := unfolded.stop - view.top - view.size.height) > 0:
            view.jump(view.top + min(lines, below))
        elif lines < 0 and (above := view.top - unfolded.start) > 0:
            view.jump(view.top - min(-lines, above))
        else:
            self._unfold(self._read + lines)

    def on_click(self, event: Click) -> None:
        view = self.query_one(DialogList)
        offset = event.get_content_offset(view) if event.widget is view else None
        line = view.line_at(offset.y) if offset is not None and self._is_folded else None
        if line is not None:
            self._unfold(self._prompt_at(line))

    @property
    def _is_folded(self) -> bool:
        return len(self._prompts) > WHOLE

    @property
    def _lines_read(self) -> range:
        """Lines of the prompt that is unfolded."""
        return range(self._read, self._read + len(self._unfolded))

    def _prompt_at(self, line: int) -> int:
        """Return the index of the prompt on a line of the list."""
        return line if line < self._read else max(self._read, line - len(self._unfolded) + 1)

    def _unfold(self, index: int) -> None:
        self._read = max(0, min(index, len(self._prompts) - 1))
        view = self.query_one(DialogList)
        view.redraw()
        view.reveal(self._lines_read)

    def _webhook(self, prompt: UnsentPrompt) -> SafeText:
        return one_line(self._label(prompt.webhook_key), 60)


# The question and its answer.


def ask_to_approve(host: EngineScreen[None], item: QueueItem, marked: Sequence[RowId]) -> None:
    """Ask whether prompts that wait for approval may be sent: the marked ones, else the prompt or batch under the cursor.

    Their number must be typed if they are many.
    """
    engine = host.engine
    with host.report_errors():
        if engine.author is not None:
            raise UserOnly(engine.author.name)
        prompts = unapproved(engine, [*(marked or item.members or [item.row])])
        if not prompts:
            host.toast(one_line("None of these waits for approval."))
            return
        host.app.push_screen(ApprovalDialog(engine, prompts), partial(_answered, host, prompts))


def _answered(host: EngineScreen[None], prompts: Sequence[UnsentPrompt], agreed: bool | None) -> None:
    if not agreed:
        return
    with host.report_errors():
        unapproved_rows = approve(host.engine, prompts)
        done = len(prompts) - len(unapproved_rows)
        message = f"{done:,} approved and queued." if done else ""
        if unapproved_rows:
            message += f" {len(unapproved_rows):,} left alone." if len(prompts) > 1 else ""
            message += f" {why_unapproved(next(iter(unapproved_rows.values())))}"
        host.toast(one_line(message.strip()), error=bool(unapproved_rows))
