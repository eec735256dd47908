"""Views.toml: the user's views, edited by hand and by the app, which changes single lines of it and keeps all others."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.config.private_files import editing, toml_text, write_private
from cordage_tui.config.profiles import checked_label
from cordage_tui.config.toml_reader import TomlDocument, TomlTable, read_document, toml_values
from cordage_tui.domain.filter.view import BUILT_IN, View, Views, same_name
from cordage_tui.domain.safe_text import SafeText, one_line

_HEADER: Final = "# Views of cordage-tui: filters with a name. The app changes single entries and keeps all else.\n"
_EXAMPLE: Final = "red foxes"
_COMMENT: Final = re.compile(r"\s*#")
_Entry: TypeAlias = Mapping[str, Any]


# Reading. An entry that cannot be used gives a warning, and the others still work.


def read_views(paths: Paths) -> Views:
    """Read the views. Never raises ConfigError: entries that cannot be used are among the problems."""
    problems: list[SafeText] = []
    user_views: dict[str, View] = {}
    try:
        table = TomlTable(read_document(paths.views_file, cache=paths.parsed("views")), problems)
        entries = table.tables("views")
        table.finish()
    except ConfigError as error:
        return Views(problems=(error.what,))
    for entry in entries:
        try:
            view = _read(entry)
            if view.name.casefold() in user_views:
                raise ConfigError(f"{entry.place()}: another view is named {view.name!r}.", "Give it another name.")
            user_views[view.name.casefold()] = view
            entry.finish()
        except ConfigError as error:
            problems.append(error.what)
    built_in = [user_views.pop(view.name.casefold(), view) for view in BUILT_IN]
    return Views((*built_in, *user_views.values()), tuple(problems))


def _read(entry: TomlTable) -> View:
    text, hidden = entry.text("filter"), entry.flag("hidden") or False
    name = checked_view_name(entry.text("name") or "", entry.place("name"))
    built_in = next((view for view in BUILT_IN if same_name(view.name, name)), None)
    if text is None and built_in is not None:
        return View(built_in.name, built_in.filter, is_built_in=True, is_hidden=hidden)
    if text is None or not text.strip():
        raise ConfigError(f"{entry.place('filter')} is missing.", 'An example that works: filter = "fox is:kept".')
    return View(name, one_line(text, len(text)), is_hidden=hidden)


def checked_view_name(text: str, source: object = "The view's name") -> str:
    """`text` on one line and safe to show. Raises ConfigError when nothing is left of it, or too much."""
    return checked_label(text, source, _EXAMPLE)


# Changes. All raise ConfigError, and then nothing is written.


def save_view(paths: Paths, name: str, text: str) -> None:
    """Give a filter a name; a view of that name is replaced, also one of this program's."""
    with editing(paths.lock("config")):
        file = _ViewsText(paths)
        place = file.find(name)
        if place is None:
            file.add({"name": checked_view_name(name), "filter": text})
        else:
            file.change(place, {"filter": text, "hidden": None})
        file.write()


def rename_view(paths: Paths, name: str, new: str) -> None:
    """Give one of the user's views another name, which no other view has."""
    with editing(paths.lock("config")):
        file, label = _ViewsText(paths), checked_view_name(new)
        is_taken = any(same_name(view.name, label) for view in BUILT_IN) or file.find(label) is not None
        if is_taken and not same_name(name, label):
            raise ConfigError(f"There is another view named {label!r}.", "Choose another name.")
        file.change(file.found(name), {"name": label})
        file.write()


def remove_view(paths: Paths, name: str) -> None:
    """Remove one of the user's views."""
    with editing(paths.lock("config")):
        file = _ViewsText(paths)
        file.remove(file.found(name))
        file.write()


def hide_view(paths: Paths, name: str) -> None:
    """Leave a view out of the sidebar."""
    with editing(paths.lock("config")):
        file = _ViewsText(paths)
        place = file.find(name)
        if place is None:
            file.add({"name": name, "hidden": True})
        else:
            file.change(place, {"hidden": True})
        file.write()


def show_hidden_views(paths: Paths) -> None:
    """Show all views that are hidden."""
    with editing(paths.lock("config")):
        file = _ViewsText(paths)
        for place, entry in reversed([*enumerate(file.entries)]):
            if "filter" in entry and entry.get("hidden"):
                file.change(place, {"hidden": None})
            elif entry.get("hidden"):
                file.remove(place)
        file.write()


class _ViewsText:
    """Lines of the file while some of them are changed. A text is written only if it means exactly the change asked
    for."""

    def __init__(self, paths: Paths) -> None:
        self._file = paths.views_file
        self._document = read_document(self._file)
        TomlTable(self._document, []).tables("views")  # raises if it is not a list of tables
        self.entries: list[_Entry] = [*self._document.values.get("views", [])]
        self._text = self._document.text or _HEADER

    def find(self, name: str) -> int | None:
        """Return the place of the entry of that name; None: there is none."""
        names = (entry.get("name") for entry in self.entries)
        return next(
            (n for n, entry_name in enumerate(names) if isinstance(entry_name, str) and same_name(entry_name, name)),
            None,
        )

    def found(self, name: str) -> int:
        """Return the place of the entry of that name. Raises ConfigError."""
        place = self.find(name)
        if place is None:
            raise ConfigError(
                f"There is no view named {name!r} in {self._file}.", "Another window may have removed it."
            )
        return place

    def add(self, entry: _Entry) -> None:
        """Add an entry at the end."""
        lines = [_assignment(key, value) for key, value in entry.items()]
        self._put("\n".join([self._text.rstrip("\n"), "", "[[views]]", *lines, ""]), [*self.entries, entry])

    def change(self, place: int, values: _Entry) -> None:
        """Set values of an entry; None removes one."""
        for key, value in values.items():
            entry = {**self.entries[place], key: value}
            entries = [*self.entries]
            entries[place] = {name: content for name, content in entry.items() if content is not None}
            if entries == self.entries:
                continue
            lines = self._text.split("\n")
            at = self._line(place, key) if key in self.entries[place] else None
            if at is None:
                lines.insert(self._line(place, None) + 1, _assignment(key, value))
            elif value is None:
                del lines[at]
            else:
                lines[at] = f"{_assignment(key, value)}{_comment(lines[at])}"
            self._put("\n".join(lines), entries)

    def remove(self, place: int) -> None:
        """Remove an entry; lines of comments in it stay."""
        lines = self._text.split("\n")
        first = self._line(place, None)
        last = max([first, *(self._line(place, key) for key in self.entries[place])])
        kept = [line for line in lines[first : last + 1] if _COMMENT.match(line)]
        blank = not kept and first > 0 and not lines[first - 1].strip()
        text = "\n".join([*lines[: first - blank], *kept, *lines[last + 1 :]])
        self._put(text, [*self.entries[:place], *self.entries[place + 1 :]])

    def write(self) -> None:
        """Write the changes."""
        if self._text != self._document.text:
            write_private(self._file, self._text)

    def _line(self, place: int, key: str | None) -> int:
        """Return the index of the line of an entry's heading, or of one of its keys."""
        path = ("views", place) if key is None else ("views", place, key)
        line = TomlDocument(self._file, self._text).line(path)
        if line is None:
            raise self._refusal(place)
        return line - 1

    def _put(self, text: str, entries: Sequence[_Entry]) -> None:
        """Accept a text that has these entries and otherwise the content of the file; refuse any other."""
        wanted = {**self._document.values, "views": [*entries]}
        values = toml_values(text) or {}
        if values | {"views": values.get("views", [])} != wanted:
            raise self._refusal(len(self.entries))
        self._text, self.entries = text, [*entries]

    def _refusal(self, place: int) -> ConfigError:
        return ConfigError(
            f"{self._document.place(('views', place))}: this is written in a way that the app does not change.",
            "Change it there with an editor.",
        )


def _assignment(key: str, value: object) -> str:
    return toml_text({key: value}).rstrip("\n")


def _comment(line: str) -> str:
    """Return the comment at the end of a line, with the blanks before it."""
    ends = (comment.start() for comment in re.finditer(r"\s*#", line))
    return next((line[at:] for at in ends if toml_values(line[:at]) is not None), "")
