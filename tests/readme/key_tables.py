"""The tables of `docs/keys.md`: each key with its sentence and its action id, under the title that its panel has on screen."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from textual.binding import Binding

from cordage_tui.ui.key_scopes import all_scopes
from cordage_tui.ui.keys.key_names import key_name
from cordage_tui.ui.keys.moves import picking_actions, reading_actions

SECTIONS: Final = {
    "Everywhere": (
        ("BaseApp",),
        "These keys work on every screen, unless a panel uses the key for something else.\nWhile a dialog or the help is open, only `ctrl+q` of them works.",
    ),
    "Go to": (
        ("MainScreen: Go to",),
        "These keys work in all four panels of the first screen.\nIn the prompt and the filter, a single character is text: press `esc` first.\nIn the prompt, `tab` goes through the fields first; in the filter, it completes.",
    ),
    "Runs, from any of the four panels": (
        ("MainScreen: Runs",),
        'These keys also work if the cursor is in another panel than the runs.\nIn the webhooks, `a` and `X` do something else.\nIn the prompt and the filter, press `esc` first.\n`x`, `A`, `D`, `u`, `c`, `y`, `Y` and `a` act on the marked runs, if any.\nIn the panel of the run, `y` and `Y` copy from that run only.\nOther keys for "this run" or "this output" act on the run under the cursor.',
    ),
    "Runs (`2`)": (("RunTable",), "These keys work only in the list of runs."),
    "Filter (`/`)": (("FilterBar",), ""),
    "Webhooks (`1`)": (("Sidebar",), ""),
    "Prompt (`3`)": (("PromptEditor", "PromptPanel"), ""),
    "History (`ctrl+r` in the prompt)": (("HistoryInput",), ""),
    "Run (`4`)": (("RunDetailPane",), ""),
    "Raw response (`J` in the run)": (("ResponseScreen", "ResponsePanel"), ""),
    "Output (`enter` at an output)": (("ViewerScreen", "ViewerPanel"), ""),
    "Contact sheet (`s`)": (("ContactSheetScreen", "ContactSheetGrid"), ""),
    "Side by side (`=`)": (("CompareScreen", "ComparePanel"), ""),
    "Keepers (`&`)": (("KeepersScreen", "KeepersPanel"), ""),
    "Queue (`w`)": (("QueueScreen", "QueuePanel"), ""),
    "Queue: Prompt": (("PromptView",), "The panel below the queue shows the whole prompt."),
    "Queue: Downloads": (("DownloadsPanel",), ""),
    "Statistics (`%`)": (("StatisticsScreen", "StatisticsPanel"), ""),
    "Statistics: Errors (`!`)": (("ErrorsPanel",), ""),
    "Rate limits (`L`)": (("LimitsScreen", "LimitsPanel"), ""),
    "Keyboard shortcuts (`?`)": (("HelpScreen", "ScrollableModal"), ""),
    "Manual (`?`, then `t`)": (("ManualPage",), ""),
}
"""Heading → the scopes whose keys stand below it, some of one heading in the help only, and a sentence before them."""
MOVES: Final = "Move in a list or a page"
USUAL: Final = {
    (action.name, action.keys): action.help
    for action in (*reading_actions("", space=False), *picking_actions("", "line"))
}
"""Moves as most panels have them: end of the id and keys → sentence. Another panel may have another noun in it."""
FEWEST: Final = 4
"""A panel with fewer of these moves has them in its own table."""
_HEAD: Final = "| key | does | action id |\n|---|---|---|"


class Row(NamedTuple):
    """Line of a table."""

    id: str
    keys: str
    does: str

    @property
    def markdown(self) -> str:
        """The line."""
        return f"| {self.keys} | {self.does} | `{self.id}` |"


def rows() -> dict[str, Row]:
    """Each action's row by its id."""
    return {row.id: row for section in _by_scope().values() for row in section}


def tables() -> str:
    """All tables under their headings. A move that most panels have has one line for all of them, and the ids of each panel."""
    scopes = _by_scope()
    parts, moves, written = [], dict[str, list[Row]](), set[str]()
    for heading, (names, sentence) in SECTIONS.items():
        found = [
            row for row in {row.id: row for name in names for row in scopes[name]}.values() if row.id not in written
        ]
        written |= {row.id for row in found}
        usual = [row for row in found if _is_usual(row)]
        if len(usual) < FEWEST:
            usual = []
        else:
            moves[heading.partition(" (")[0]] = usual
        own = [row for row in found if row not in usual]
        parts.append("\n\n".join(filter(None, (f"## {heading}", sentence, "\n".join([_HEAD, *_lines(own)])))))
    return "\n\n".join([*parts, _moves(moves)]) + "\n"


def _by_scope() -> dict[str, list[Row]]:
    """The rows of each scope by its name, and of the first screen by its name and the heading in the help."""
    named: dict[str, list[Row]] = {}
    for scope in all_scopes():
        for binding in scope.bindings:
            if binding.id and binding.description:
                heading = f": {binding.group.description}" if scope.name == "MainScreen" and binding.group else ""
                place = "DownloadsPanel" if binding.id.startswith("downloads.") else scope.name + heading
                named.setdefault(place, []).append(_row(binding))
    return named


def _row(binding: Binding) -> Row:
    return Row(str(binding.id), _names(binding.key), (binding.tooltip or binding.description).replace("|", "\\|"))


def _names(keys: str) -> str:
    return " ".join(f"`{key_name(key.strip())}`".replace("|", "\\|") for key in keys.split(","))


def _is_usual(row: Row) -> bool:
    """Return whether the row is a usual move, such as "Move down one prompt"."""
    return any(
        row.id.endswith(f".{name}")
        and row.keys == _names(keys)
        and re.fullmatch(re.sub(r"line$", r"\\w+( or \\w+)?", sentence), row.does)
        for (name, keys), sentence in USUAL.items()
    )


def _lines(section: list[Row]) -> Iterator[str]:
    """Yield the rows; those for one star, two and so on are one line."""
    for row in section:
        if row.id.endswith("stars_1"):
            stars = [other for other in section if re.search(r"stars_[1-5]$", other.id)]
            keys = " ".join(other.keys for other in stars)
            yield f"| {keys} | Give 1 to 5 stars; press again to undo | `{row.id}` to `{stars[-1].id}` |"
        elif not re.search(r"stars_[2-5]$", row.id):
            yield row.markdown


def _moves(moves: dict[str, list[Row]]) -> str:
    """The section of the usual moves."""
    usual = [f"| {_names(keys)} | {sentence} |" for (_, keys), sentence in USUAL.items()]
    panels = [f"| {panel} | {' '.join(f'`{row.id}`' for row in section)} |" for panel, section in moves.items()]
    return "\n".join(
        [
            f"## {MOVES}\n",
            "A line is a run, a prompt, a webhook or what else the panel lists.\n",
            "| key | does |\n|---|---|",
            *usual,
            "\nEach panel has its own action ids for these keys.\n",
            "| panel | action ids |\n|---|---|",
            *panels,
        ]
    )
