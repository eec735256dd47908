"""No message of engine, store or command line names a key of the screen: each front end words the way on itself."""

import ast
import re
from collections.abc import Iterator

import pytest

from cordage_tui.cli.base.advice import _COMMANDS
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.keys.footer import _WAYS
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.queue.screen import QueueScreen
from tests.source import modules, that_name

A_KEY = re.compile(
    r"\b(?:press(?:es)?|hit|type)\s+(?:[a-zA-Z]|ctrl\+\S+|enter|escape)\b(?!\w)|:\s[a-zA-Z] on it\b", re.IGNORECASE
)


def literals(folder: str) -> Iterator[tuple[str, str]]:
    """Every text in the code of a package that is not a docstring, with its place."""
    for name, module in modules().items():
        if not name.startswith(f"{folder}/"):
            continue
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        bodies = [node.body for node in module.nodes if isinstance(node, documented)]
        docs = {id(one.value) for body in bodies for one in body if isinstance(one, ast.Expr)}
        for node in module.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                yield f"{name}:{node.lineno}", node.value


@pytest.mark.parametrize("folder", ["domain", "api", "config", "store", "engine", "cli"])
def test_no_text_names_a_key(folder: str) -> None:
    """Asked of every literal below the app: a script's user has no such keys, and in the app they may be others."""
    found = [(where, text) for where, text in literals(folder) if A_KEY.search(text)]
    assert not [one for one in found if not one[0].startswith("cli/confirm")]


def advised_actions() -> set[str]:
    """The second argument of every call of `advised` that names an action."""
    found = set()
    for name, module in that_name("advised"):
        for node in module.nodes if name.startswith(("store/", "engine/")) else ():
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "advised" and len(node.args) == 2:
                action = node.args[1]
                if isinstance(action, ast.Constant):
                    found.add(str(action.value))
    return found


def test_the_app_has_a_key_for_every_action_that_is_advised() -> None:
    """And each of those keys is one of its bindings."""
    assert advised_actions() and advised_actions() <= set(_WAYS)
    known = {action.id for action in (*MainScreen.ACTIONS, *BaseApp.ACTIONS, *QueueScreen.ACTIONS)}
    assert {binding for ways in _WAYS.values() for binding, _ in ways} <= known


def test_the_command_line_has_a_command_for_what_can_be_done_there() -> None:
    """Only editing is the app's alone."""
    assert advised_actions() - set(_COMMANDS) <= {"run.edit"}
