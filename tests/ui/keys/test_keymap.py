"""The key map of the user."""

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.widgets import TextArea

import cordage_tui.ui
from cordage_tui.config.user_programs import CommandTarget, UserCommand
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.key_scopes import all_scopes, users_keymap
from cordage_tui.ui.keys.action import ActionNode
from cordage_tui.ui.keys.key_names import key_name
from cordage_tui.ui.keys.keymap import (
    Scope,
    checked,
    commands_markdown,
    normal,
    scope,
    unsendable_reason,
    with_commands,
)
from cordage_tui.ui.main.context import RunAction
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.run_table.table import RunTable


class Table:
    BINDINGS = [Binding("j,down", "down", "down", id="table.down"), Binding("ctrl+d", "page", "page", id="table.page")]


class Editor(TextArea):
    BINDINGS = [Binding("ctrl+e", "edit", "edit", id="prompt.editor")]


_AROUND = [action for action in (*MainScreen.ACTIONS, *BaseApp.ACTIONS) if action.keys]
SCOPES = [
    scope(BaseApp, None),
    scope(MainScreen),
    scope(Table),  # type: ignore[arg-type]
    scope(Editor),
    Scope("elsewhere", (Binding("z", "other", "other", id="other.z"),)),
]


def test_a_good_map_is_taken_whole() -> None:
    """Keys that are free and can be sent are accepted and passed on with Textual's names."""
    keymap = checked({"run.kill": "K, ctrl+x", "app.help": "~"}, SCOPES)
    assert keymap.problems == ()
    assert dict(keymap.keys) == {"run.kill": "K,ctrl+x", "app.help": "tilde"}


@pytest.mark.parametrize(
    ("user_keys", "reason"),
    [
        ({"run.kil": "K"}, "did you mean run.kill?"),
        ({"zzzzzz": "K"}, "there is no such action."),
        ({"run.kill": " , "}, "names no key"),
        ({"run.kill": "ctrl+shift+k"}, "a plain terminal or tmux cannot send it"),
        ({"run.kill": "ctrl+enter"}, "a plain terminal or tmux cannot send it"),
        ({"run.kill": "ctrl+i"}, "a terminal cannot distinguish it from tab"),
        ({"run.kill": "hyperspace"}, "no key has that name"),
        ({"run.kill": "backspace"}, "cannot be undone"),
        ({"run.kill": "d"}, "cannot be undone"),
        ({"run.kill": "ctrl+d"}, "cannot be undone"),
        ({"prompt.editor": "v"}, "types text there"),
        ({"run.kill": "r"}, "already bound to runs.refresh"),
        ({"run.kill": "j"}, "already bound to table.down"),
        ({"table.page": "q"}, "already bound to panel.leave"),
    ],
)
def test_what_would_not_work_is_refused_with_words(user_keys: dict[str, str], reason: str) -> None:
    """A key that would not work is refused with the reason, and the action keeps its own keys."""
    keymap = checked(user_keys, SCOPES)
    assert not keymap.keys
    (problem,) = keymap.problems
    assert reason in problem and next(iter(user_keys)) in problem


@pytest.mark.parametrize("refused", ["t", "ctrl+enter"])
def test_a_refused_key_leaves_the_others(refused: str) -> None:
    """If one of several keys of an action is refused, the others are accepted."""
    keymap = checked({"runs.refresh": f"{refused}, f5", "run.edit": "E"}, SCOPES)
    assert dict(keymap.keys) == {"runs.refresh": "f5", "run.edit": "E"}
    (problem,) = keymap.problems
    assert "runs.refresh" in problem and refused in problem


def test_two_actions_cannot_be_given_one_key() -> None:
    """If two actions get the same key, the first has it and the second is refused."""
    keymap = checked({"run.kill": "K", "run.edit": "K"}, SCOPES)
    assert dict(keymap.keys) == {"run.kill": "K"}
    assert "already bound to run.kill" in keymap.problems[0]


def test_keys_can_be_swapped() -> None:
    """Two actions may exchange their keys."""
    keymap = checked({"run.edit": "r", "runs.refresh": "e"}, SCOPES)
    assert dict(keymap.keys) == {"run.edit": "r", "runs.refresh": "e"} and not keymap.problems


def test_refusing_one_of_a_swap_refuses_the_other() -> None:
    """If one action keeps its default key, the other cannot have that key."""
    keymap = checked({"runs.refresh": "x", "run.kill": "backspace"}, SCOPES)
    assert not keymap.keys and len(keymap.problems) == 2


def test_panels_that_never_meet_may_share_a_key() -> None:
    """The same key in two separate panels is accepted."""
    assert checked({"table.page": "z"}, SCOPES).problems == ()


def test_screens_do_not_stand_in_each_others_way() -> None:
    """A key of a screen is free on other screens; a key of the app is taken on all."""
    app, runs = scope(BaseApp, None), scope(MainScreen)
    other = Scope("other", (Binding("f9", "undo", "undo", id="other.undo"),), around=True, screen="other")
    scopes = [app, runs, other, Scope("panel", (Binding("v", "view", "view", id="panel.view"),), screen="other")]
    assert checked({"run.kill": "f9", "other.undo": "x"}, scopes).problems == ()
    assert len(checked({"other.undo": "T"}, scopes).problems) == 1
    assert len(checked({"panel.view": "f9"}, scopes).problems) == 1


def test_our_own_keys_pass_our_own_rules() -> None:
    """Every default key can be sent by tmux and is given once, and every id is unique."""
    keys = [normal(key) for action in _AROUND for key in action.keys.split(",")]
    assert [k for k in keys if unsendable_reason(k)] == []
    assert len(keys) == len(set(keys))
    assert len({action.id for action in _AROUND}) == len(_AROUND)


SECOND_MEANINGS = {"escape", "a", "X"}
"""Keys that mean something else in a panel than on the main screen."""


@pytest.mark.parametrize("panel", [RunTable, RunDetailPane, Sidebar])
def test_a_key_of_the_main_screen_has_one_meaning_in_its_panels(panel: type[ActionNode]) -> None:
    """A default key of a panel is no key of the main screen, unless it does the same there."""
    taken = {key: action.id for action in _AROUND for key in action.keys.split(",")}
    second = {
        f"{panel.__name__}: {key} is {taken[key]} on the main screen; choose a free key"
        for action in panel.actions_by_id.values()
        for key in action.keys.split(",")
        if key in taken and taken[key] != action.id and key not in SECOND_MEANINGS
    }
    assert second == set()


def test_the_letters_hands_press_unthinking_kill_nothing() -> None:
    """No key that hands press without thought kills a run."""
    kill = next(action for action in _AROUND if action.id == "run.kill")
    assert not set(kill.keys.split(",")) & {"backspace", "delete", "k", "d", "ctrl+k", "ctrl+d"}


@pytest.mark.parametrize(
    ("key", "name"),
    [("question_mark", "?"), ("slash", "/"), ("escape", "esc"), ("ctrl+p", "ctrl+p"), ("down", "↓"), ("T", "T"), ("enter", "enter"), ("f1", "f1")],
)  # fmt: skip
def test_keys_are_written_as_people_say_them(key: str, name: str) -> None:
    """A key is written as its character or a short word, and not with Textual's name."""
    assert key_name(key) == name


def _nodes(of: type) -> Iterator[type]:
    """Return the class and all its subclasses."""
    yield of
    for below in of.__subclasses__():
        yield from _nodes(below)


def _bindings() -> list[Binding]:
    """All bindings that a class of the package declares."""
    for module in walk_packages(cordage_tui.ui.__path__, "cordage_tui.ui."):
        import_module(module.name)
    ours = [node for node in _nodes(DOMNode) if node.__module__.startswith("cordage_tui.")]
    listed = [binding for node in ours for binding in vars(node).get("BINDINGS", ())]
    return [binding for binding in listed if isinstance(binding, Binding)]


def test_no_two_actions_of_a_screen_or_panel_have_the_same_id() -> None:
    """Action ids are unique within a node, because a second action would replace the first.

    Only a subclass may have the action of its base once more, with other keys.
    """
    _bindings()
    nodes = [node for node in _nodes(DOMNode) if issubclass(node, ActionNode)]
    assert len(nodes) > 10, "the search finds them"
    for node in nodes:
        own = Counter(action.id for action in vars(node).get("ACTIONS", ()))
        assert [id for id, count in own.items() if count > 1] == [], node
        inherited = {action.id: action for base in node.__mro__[1:] for action in vars(base).get("ACTIONS", ())}
        for action in vars(node).get("ACTIONS", ()):
            other = inherited.get(action.id, action)
            assert isinstance(action, type(other)) and action.help == other.help, (node, action.id)


def test_every_key_that_users_know_is_an_action() -> None:
    """What help, footer, palette or `[keys]` name has an id, and is an `Action` of the same node.

    A plain `Binding` has no id and is in no footer: it moves a cursor or the focus, as the keys of a form do, or is the
    system's.
    """
    for node in [node for node in _nodes(DOMNode) if node.__module__.startswith("cordage_tui.")]:
        actions = {action.id: action for base in node.__mro__ for action in vars(base).get("ACTIONS", ())}
        for binding in vars(node).get("BINDINGS", ()):
            assert isinstance(binding, Binding), (node, binding)
            if binding.id:
                assert binding.id in actions and binding.action == actions[binding.id].call, (node, binding.id)
            else:
                assert not (binding.show or binding.tooltip or binding.group), (node, binding.key)


def test_every_action_id_can_be_given_other_keys() -> None:
    """Every action can be remapped, except those of dialogs and forms."""
    known = {binding.id for place in all_scopes() for binding in place.bindings}
    fixed = (
        "dialog.",
        "batch.",
        "queue_file.",
        "tags.",
        "path.",
        "welcome.",
        "prompt.next_choice",
        "prompt.previous_choice",
    )
    refused = {binding.id for binding in _bindings() if binding.id and binding.id not in known}
    assert sorted(id for id in refused if not id.startswith(fixed)) == []


def test_the_keys_of_the_app_are_free_in_a_modal_screen() -> None:
    """A modal screen may use keys of the app, except those that have priority everywhere."""
    assert users_keymap({"app.theme": "slash", "runs.filter": "f12", "help.close": "?"}).problems == ()
    (problem,) = users_keymap({"help.close": "ctrl+q"}).problems
    assert "already bound to app.quit" in problem
    (problem,) = users_keymap({"manual.search": "n"}).problems
    assert "already bound to manual.next_match" in problem


def _tooltips() -> dict[str, str]:
    """Each tooltip of the package, by the action or the words it belongs to."""
    tooltips = {binding.id or binding.action: binding.tooltip for binding in _bindings() if binding.tooltip}
    for action in MainScreen.ACTIONS:
        for label in (action.of_marked, action.of_batch) if isinstance(action, RunAction) else ():
            if label is not None:
                tooltips[f"{action.id}, {label[0]}"] = label[1]
    return tooltips


def test_tooltips_are_imperative_without_a_full_stop() -> None:
    """Every tooltip is an imperative without a full stop, such as `Add a webhook`."""
    tooltips = _tooltips()
    assert len(tooltips) > 150
    for action, tooltip in tooltips.items():
        first = tooltip.split()[0].rstrip(";:,")
        assert tooltip[0].isupper(), (action, tooltip)
        assert not tooltip.endswith("."), (action, tooltip)
        assert first == "Press" or not first.endswith("s"), (action, tooltip)
        assert first.lower() not in {"a", "an", "the", "to", "in", "of", "all", "one", "half", "while"}, (
            action,
            tooltip,
        )


def command_of_user(name: str, key: str, *on: CommandTarget) -> UserCommand:
    """Return a command of the user with that key."""
    return UserCommand(SafeText(name), ("true",), on or (CommandTarget.RUN,), key)


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (command_of_user("A", "r"), "[[commands]] A: r is already bound to runs.refresh."),
        (command_of_user("A", "j"), "[[commands]] A: j is already bound to table.down."),
        (command_of_user("A", "ctrl+e"), "[[commands]] A: ctrl+e is already bound to prompt.editor."),
        (command_of_user("A", "?"), "[[commands]] A: ? is already bound to app.help."),
        (command_of_user("A", "hyperspace"), "[[commands]] A: hyperspace is refused, no key has that name."),
        (command_of_user("A", "ctrl+shift+k"), "is refused, a plain terminal or tmux cannot send it."),
        (command_of_user("A", "ctrl+s"), "is refused, the terminal reserves it."),
        (
            command_of_user("A", "v", CommandTarget.RUN, CommandTarget.PROMPT),
            "is refused, it types text in the prompt.",
        ),
        (command_of_user("A", "K"), "[[commands]] A: K is already bound to run.kill."),
    ],
)
def test_a_command_gets_no_key_that_is_taken_or_cannot_be_sent(command: UserCommand, problem: str) -> None:
    """A command with a key that is taken or unsafe stays without a key, and the reason is reported."""
    keymap = with_commands(checked({"run.kill": "K"}, SCOPES), [command], SCOPES)
    assert problem in keymap.problems[0] and keymap.commands == {}
    assert dict(keymap.keys) == {"run.kill": "K"}


def test_a_command_gets_a_key_that_is_free_where_it_works() -> None:
    """A command gets a key that no action uses on its screen, and the first of two commands gets it."""
    commands = [
        command_of_user("A", "x"),
        command_of_user("B", "Z"),
        command_of_user("C", "Ctrl+G"),
        command_of_user("D", "ctrl+g"),
        command_of_user("E", ""),
    ]
    scopes = [*SCOPES, Scope("queue", (Binding("Z", "other", "other", id="queue.z"),), screen="queue")]
    keymap = with_commands(checked({"run.kill": "K"}, scopes), commands, scopes)
    assert keymap.commands == {"A": "x", "B": "Z", "C": "ctrl+g"}
    assert keymap.problems == ("[[commands]] D: ctrl+g is already bound to C.",)


def test_commands_are_rows_of_the_key_table() -> None:
    """The table of keys has a row for each command of the user."""
    table = commands_markdown([command_of_user("A | B", "?"), command_of_user("C", "")], {"A | B": "question_mark"})
    assert table == "| `?` | A \\| B: your command on run | |\n|  | C: your command on run | |"
