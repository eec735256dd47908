"""No process that we start gets an API key in its environment: every place in the source that starts one is looked at."""

import ast
from collections.abc import Iterator

import pytest

from cordage_tui.domain.base.environment import bare_environment, child_environment
from tests.source import Module, that_name

TYPE = "ChildEnvironment"
MAKERS = {"child_environment", "bare_environment"}
STARTERS = {
    "subprocess": {"Popen", "run", "call", "check_call", "check_output", "getoutput", "getstatusoutput"},
    "os": {"system", "popen", "fork", "forkpty", "startfile"},
    "asyncio": {"create_subprocess_exec", "create_subprocess_shell"},
    "platform": {"platform", "processor", "uname"},
    "pty": {"spawn", "fork"},
    "uuid": {"getnode", "uuid1"},
}
"""Functions that start a process, by module; with them all of `os.exec*`, `os.spawn*` and `os.posix_spawn*`."""
MODULES = {"webbrowser", "multiprocessing", "concurrent.futures.process", "pydoc"}
"""Modules that start processes of which nobody can say what they are given."""
INSIDE = "engine/images/sandbox"
"""What runs in a process that has nothing but a bare environment."""


def outside(*words: str) -> Iterator[tuple[str, Module]]:
    """The modules that name one of these and may not start whatever they like."""
    return ((name, module) for name, module in that_name(*words) if not name.startswith(INSIDE))


def starts(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(ast.Name(module), name):
            return name in STARTERS.get(module, ()) or (
                module == "os" and name.startswith(("exec", "spawn", "posix_sp"))
            )
    return False


def is_child_environment(value: ast.expr | None, function: ast.AST, module: Module) -> bool:
    """A call of a maker; a parameter, or a dataclass's field, of the type that only the makers make."""
    match value:
        case ast.Call(ast.Name(name)):
            return name in MAKERS
        case ast.Name(name):
            every = [*function.args.args, *function.args.kwonlyargs]
            return any(arg.arg == name and ast.unparse(arg.annotation) == TYPE for arg in every)
        case ast.Attribute(_, name):
            fields = [node for node in module.nodes if isinstance(node, ast.AnnAssign)]
            return any(ast.unparse(f.target) == name and ast.unparse(f.annotation) == TYPE for f in fields)
    return False


def test_every_start_of_a_process_is_given_an_environment_without_keys():
    """The type checker keeps the rest: nothing but the two functions makes a value of that type."""
    wrong, seen = [], 0
    for name, module in outside(*STARTERS):
        for function in module.nodes:
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and starts(call):
                    seen += 1
                    given = next((word.value for word in call.keywords if word.arg == "env"), None)
                    if not is_child_environment(given, function, module):
                        wrong.append(f"{name}:{call.lineno} {ast.unparse(call)[:80]}")
    assert wrong == []
    assert seen >= 6, "the search finds them"


def test_no_process_is_started_out_of_sight():
    """Not at a module's top level, not by a name that was imported by itself, not by a library that does so for us."""
    for name, module in outside(*STARTERS, *(word for path in MODULES for word in path.split("."))):
        inside = {
            id(call)
            for f in module.nodes
            if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)
            for call in ast.walk(f)
        }
        for node in module.nodes:
            match node:
                case ast.ImportFrom(source, names):
                    taken = {alias.name for alias in names}
                    assert source not in MODULES and not taken & STARTERS.get(source or "", set()), f"{name}: {source}"
                case ast.Import(names):
                    assert not {alias.name for alias in names} & MODULES, f"{name}:{node.lineno}"
                case ast.Call():
                    assert not starts(node) or id(node) in inside, f"{name}:{node.lineno}"


def test_only_its_own_module_makes_a_child_environment():
    """Else the type would say nothing."""
    for name, module in outside(TYPE):
        made = [n for n in module.nodes if isinstance(n, ast.Call) and ast.unparse(n.func).split(".")[-1] == TYPE]
        assert not made or name == "domain/base/environment.py", name


KEY = "cordage_canary0123456789"


@pytest.mark.parametrize("name", ["CORDAGE_API_KEY", "STUDIO_SECRET"])
def test_a_key_is_withheld_by_its_variable_and_by_its_value(name):
    """Also where another variable repeats it, alone or within a longer text."""
    environ = {name: KEY, "COPY": KEY, "HEADER": f"Authorization: Bearer {KEY}", "PATH": "/bin", "OTHER_KEY": "x"}
    assert child_environment(environ, {"CORDAGE_API_KEY", "STUDIO_SECRET"}) == {"PATH": "/bin", "OTHER_KEY": "x"}


def test_a_short_or_empty_value_takes_no_other_variable_along():
    """It may stand in any of them by chance."""
    environ = {"CORDAGE_API_KEY": "", "STUDIO": "b", "PATH": "/bin"}
    assert child_environment(environ, {"CORDAGE_API_KEY", "STUDIO"}) == {"PATH": "/bin"}


def test_a_bare_environment_has_only_what_was_named():
    """Whatever holds a key by whatever name."""
    environ = {"WHATEVER": KEY, "PATH": "/bin", "TMUX": "x", "LD_LIBRARY_PATH": "/lib"}
    assert bare_environment(environ) == {"LD_LIBRARY_PATH": "/lib"}
    assert bare_environment(environ, "PATH", "HOME") == {"LD_LIBRARY_PATH": "/lib", "PATH": "/bin"}
