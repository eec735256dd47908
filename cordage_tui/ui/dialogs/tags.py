"""Dialog for the tags of runs."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.suggester import Suggester
from textual.widgets import Button, Input, Static

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, folded, one_line
from cordage_tui.domain.tag import TAG_RULE, InvalidTag, TagChange, parse_tag_change
from cordage_tui.ui.dialogs.base import FormDialog
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.widgets.text import SteadyInput, literal

_OFFERED: Final = 12
"""Most tags that are offered at the same time."""
_SIGNS: Final = ("+", "-", "#")


@dataclass(frozen=True, slots=True)
class TagTarget:
    """Runs to tag, with their tags when the dialog was opened."""

    count: int
    common: frozenset[SafeText]
    """Tags that all runs have."""
    partly: frozenset[SafeText]
    """Tags that some, but not all, runs have."""
    known: Mapping[SafeText, int]
    """All known tags with the number of their runs, the most frequent first."""

    @classmethod
    def of(
        cls, rows: Sequence[RowId], tags: Mapping[RowId, Collection[SafeText]], known: Mapping[SafeText, int]
    ) -> "TagTarget":
        """Create the target for these rows."""
        tags_of_rows = [frozenset(tags.get(row, ())) for row in rows]
        common = frozenset.intersection(*tags_of_rows)
        return cls(len(rows), common, frozenset().union(*tags_of_rows) - common, known)

    def change(self, text: str) -> TagChange:
        """Return the change that the text means. All runs get the words as tags; `-word` removes a tag. Raises InvalidTag."""
        request = parse_tag_change(text.split())
        return TagChange(request.added - self.common, (self.common - request.added) | (request.removed & self.partly))

    def offered(self, text: str) -> list[SafeText]:
        """Return the known tags that begin with the last word and are not in the text yet, the most frequent first."""
        *before, word = text.split(" ")
        sign = word[:1] if word[:1] in _SIGNS else ""
        prefix, written = folded(word[len(sign) :]), {folded(earlier.lstrip("+-#")) for earlier in before}
        candidates = self.partly if sign == "-" else self.known
        return [SafeText(tag) for tag in candidates if tag.startswith(prefix) and tag not in written and tag != prefix]


def completed(text: str, tag: str) -> str:
    """Return the text with its last word completed to a tag."""
    before, blank, word = text.rpartition(" ")
    sign = word[:1] if word[:1] in _SIGNS else ""
    return f"{before}{blank}{sign}{tag}"


class TagSuggester(Suggester):
    """Suggester of a completion for the tag that is being typed."""

    def __init__(self, target: TagTarget) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._target = target

    async def get_suggestion(self, value: str) -> str | None:
        """Return the text completed with the most frequent tag that begins with its last word; None: there is none."""
        prefix = value.rpartition(" ")[2].lstrip("+-#")
        offered = self._target.offered(value) if prefix else []
        return completed(value, offered[0]) if offered else None


class CompleteTag(Action["TagInput"]):
    """Complete the tag; without one begun take the first that is offered."""

    id, keys, word = "tags.complete", "tab", "complete"
    in_footer = True

    def run(self, on: "TagInput") -> None:
        on.complete()


class TagInput(ActionNode, SteadyInput):
    """Input for tags. `tab` completes the last one."""

    ACTIONS = (CompleteTag(),)
    BINDINGS = bindings_of(ACTIONS)

    def __init__(self, target: TagTarget) -> None:
        common = "".join(f"{tag} " for tag in sorted(target.common))
        super().__init__(
            common, id="tags", placeholder="e.g. poster sea", compact=True, select_on_focus=False, suggester=TagSuggester(target)
        )  # fmt: skip
        self._target = target

    def complete(self) -> None:
        """Complete the last tag."""
        if offered := self._target.offered(self.value):
            self.value = f"{completed(self.value, offered[0])} "
            self.cursor_position = len(self.value)


class TagsDialog(FormDialog[TagChange]):
    """Form for the tags of runs. Returns the change of tags; None: cancelled."""

    AUTO_FOCUS = "#tags"

    def __init__(self, target: TagTarget) -> None:
        super().__init__(one_line(f"Tags of {counted(target.count, 'run')}"), save="Tag")
        self._target = target

    def compose_fields(self) -> ComposeResult:
        yield Static(Content("Tags, with blanks between them"), classes="label")
        yield TagInput(self._target)
        yield Static("", id="offered", classes="given")
        if self._target.partly:
            yield Static(Content("Some have (-tag removes it)"), classes="label")
            partly = " ".join(f"#{tag}" for tag in sorted(self._target.partly))
            yield Static(literal(one_line(partly, 400), "$quiet"), classes="given")

    def on_mount(self) -> None:
        self._offer()

    @on(Input.Changed, "#tags")
    def _offer(self) -> None:
        """Show the offered tags. `tab` takes the first one."""
        offered = self._target.offered(self.query_one("#tags", Input).value)[:_OFFERED]
        known = self._target.known
        texts = [f"#{tag} {known[tag]:,}" if tag in known else f"#{tag}" for tag in offered]
        self.query_one("#offered", Static).update(literal(one_line("  ".join(texts), 400), "$quiet"))

    @on(Input.Submitted, "#tags")
    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        try:
            self.dismiss(self._target.change(self.query_one("#tags", Input).value))
        except InvalidTag as error:
            self.refuse("#tags", one_line(f"{error.what} {TAG_RULE}", 400))
