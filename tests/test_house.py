"""The layout of the package: sizes, names, imports without circles, and docstrings that begin like technical English."""

import ast
import graphlib
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import TypeVar

from tests.source import modules

MAX_FUNCTION_LINES = 50
MAX_FORWARDING = 60
MAX_BASES = 4
WAIST = "ActionNode"
"""Base of every node that has keys. It is none that a reader has to look up, so it is not counted among the bases; its methods are."""
MAX_METHODS = 60
MAX_LATE_IMPORTS = 198
"""Modules that functions import, each counted once for a function."""
LATE_IMPORTS_SLACK = 5
"""So many late imports may go before the bound has to follow."""
SEVERAL_DOORS = frozenset(
    [
        ("store/file/open.py", "cordage_tui.store.file.damage"),
        ("store/runs/run_query.py", "cordage_tui.store.runs.filtered_rows"),
        ("ui/app.py", "cordage_tui.ui.dialogs.base"),
        ("ui/app.py", "cordage_tui.ui.keys.palette"),
        ("ui/images/renderer.py", "cordage_tui.ui.images.kitty"),
    ]
)
"""Files in which more than one function imports that module, to be emptied."""
TOO_LARGE = frozenset(
    [
        "ErrorsPanel",
        "MainScreen",
        "QueuePanel",
        "RunDetailPane",
        "StatisticsPanel",
    ]
)
"""Classes with more bases or methods than that, to be emptied."""
PACKS_ARGUMENTS: frozenset[str] = frozenset()
"""Modules that pack arguments, to be emptied."""
VERBS = {"look", "take", "say", "tell", "hear", "rest", "begin", "ask"}
"""As a method's whole name they do not say what is done to what."""
RIDDLES = frozenset(
    [
        "this",
        "that",
        "these",
        "those",
        "it",
        "its",
        "he",
        "she",
        "they",
        "them",
        "their",
        "there",
        "here",
        "one",
        "two",
        "both",
        "each",
        "every",
        "all",
        "any",
        "some",
        "most",
        "more",
        "nothing",
        "nobody",
        "something",
        "somebody",
        "someone",
        "none",
        "no",
        "not",
        "whoever",
        "whatever",
        "what",
        "which",
        "who",
        "whom",
        "whose",
        "where",
        "when",
        "whether",
        "how",
        "why",
        "so",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "of",
        "on",
        "onto",
        "out",
        "over",
        "to",
        "under",
        "until",
        "unless",
        "up",
        "upon",
        "with",
        "within",
        "without",
        "if",
        "and",
        "or",
        "but",
        "than",
        "because",
        "since",
        "while",
        "though",
        "before",
        "after",
        "between",
        "same",
        "such",
        "other",
        "another",
        "only",
        "also",
        "still",
        "just",
        "else",
        "once",
        "never",
        "too",
    ]
)
"""A docstring begins with what the thing is or does; a sentence that begins so has to be read to its end first."""
BANNED = re.compile(
    r"\b(whoever|stands|by itself|goes on|come of|anew|of which|be had|meanwhile|in vain|tells?|told)\b", re.I
)
"""Everyday words where the field has a term."""

Node = TypeVar("Node", bound=ast.AST)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _nodes(kind: type[Node]) -> Iterator[tuple[str, Node]]:
    for name, module in modules().items():
        for node in module.nodes:
            if isinstance(node, kind):
                yield f"{name}:{getattr(node, 'lineno', 1)}", node


def _methods(owner: ast.ClassDef) -> list[Function]:
    return [node for node in owner.body if isinstance(node, Function)]


def _imported(name: str) -> set[str]:
    """The modules of ours that a module imports: for types only and late imports as well."""
    found = set()
    for node in modules()[name].nodes:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cordage_tui"):
            path = "/".join(node.module.split(".")[1:])
            for alias in node.names:
                candidates = (f"{path}/{alias.name}.py", f"{path}.py", f"{path}/__init__.py")
                found.update([one for one in candidates if one in modules()][:1])
    return found - {name}


def _only_forwards(method: Function) -> bool:
    """True for `return self.part.method(the same arguments)`."""
    body = [node for node in method.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Return | ast.Expr):
        return False
    call = body[0].value
    call = call.value if isinstance(call, ast.Await) else call
    if not isinstance(call, ast.Call) or not re.fullmatch(r"self\.\w+(\.\w+)+", ast.unparse(call.func)):
        return False
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    names = {argument.arg for argument in ast.walk(method.args) if isinstance(argument, ast.arg)}
    return all(isinstance(node, ast.Name) and node.id in names for node in given)


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = {
        where: node.end_lineno - node.lineno + 1 for where, node in _nodes(ast.AST) if isinstance(node, Function)
    }
    assert len(lengths) > 2_000, "the search finds them"
    assert [where for where, length in lengths.items() if length > MAX_FUNCTION_LINES] == []


def _classes() -> dict[str, ast.ClassDef]:
    trees = (module.tree for module in modules().values())
    return {node.name: node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)}


def _ours_among(owner: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> set[str]:
    """Return the names of our classes that it inherits from, directly or not."""
    names = {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in owner.bases} & classes.keys()
    return names.union(*(_ours_among(classes[name], classes) for name in names))


def test_no_class_is_many_classes() -> None:
    """A class has parts; it does not inherit them. Methods of its bases count, as a reader has to know them."""
    classes = _classes()
    large = set()
    for name, owner in classes.items():
        bases = _ours_among(owner, classes)
        methods = sum(len(_methods(classes[each])) for each in (name, *bases))
        if len(bases - {WAIST}) > MAX_BASES or methods > MAX_METHODS:
            large.add(name)
    assert large - TOO_LARGE == set()
    assert TOO_LARGE - large == set(), "no exception is needed any more for these"


def test_no_arguments_are_packed() -> None:
    """`call(*(a, b, c), d)` saves lines and says nothing; write one argument after the other, with names where there are many."""
    packed = {
        where.partition(":")[0]
        for where, call in _nodes(ast.Call)
        for argument in call.args
        if isinstance(argument, ast.Starred) and isinstance(argument.value, ast.Tuple | ast.List)
    }
    assert packed - PACKS_ARGUMENTS == set()
    assert PACKS_ARGUMENTS - packed == set(), "no exception is needed any more for these"


def _late_imports() -> Iterator[tuple[str, str, str]]:
    """Yield each module that a function imports: the importing file, the name of the function, and the module's name."""
    for name, module in modules().items():
        owners = [module.tree, *(node for node in module.nodes if isinstance(node, ast.ClassDef))]
        for function in (node for owner in owners for node in owner.body if isinstance(node, Function)):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield from ((name, function.name, target) for target in _targets(node))


def _targets(node: ast.Import | ast.ImportFrom) -> set[str]:
    """Return the full names of the modules that a statement imports."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    return {full if _file_of(full := f"{node.module}.{alias.name}") else str(node.module) for alias in node.names}


def _file_of(module: str) -> str | None:
    """Return the file of a module of ours; None: it is another's."""
    path = module.removeprefix("cordage_tui.").replace(".", "/")
    files = (f"{path}.py", f"{path}/__init__.py") if module.startswith("cordage_tui.") else ()
    return next((file for file in files if file in modules()), None)


@cache
def _loaded_with(name: str) -> frozenset[str]:
    """Return the modules that are loaded when a file of ours is: by its imports at the top, and by theirs."""
    loaded, files = set[str](), [name]
    while files:
        for node in modules()[files.pop()].tree.body:
            new = _targets(node) - loaded if isinstance(node, ast.Import | ast.ImportFrom) else set()
            loaded |= new
            files += filter(None, map(_file_of, new))
    return frozenset(loaded)


def test_an_import_in_a_function_saves_a_start_something() -> None:
    """An import in a function is at the top in truth, if the file loads that module at its top through another one."""
    late = [*_late_imports()]
    assert len(late) > 100, "the search finds them"
    assert [place for place in late if place[2] in _loaded_with(place[0])] == []


def test_an_import_for_types_alone_saves_a_start_something() -> None:
    """An import below `TYPE_CHECKING` is at the top in truth, if the file loads that module at its top all the same."""
    for_types = [
        (name, target)
        for name, module in modules().items()
        for block in module.tree.body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in block.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for target in _targets(node)
    ]
    assert len(for_types) > 50, "the search finds them"
    assert [place for place in for_types if place[1] in _loaded_with(place[0])] == []


def test_a_file_has_one_door_to_what_it_imports_late() -> None:
    """One function of a file imports a module: it opens a screen, runs a command or starts a service, and others call it."""
    doors: dict[tuple[str, str], set[str]] = {}
    for name, function, target in _late_imports():
        doors.setdefault((name, target), set()).add(function)
    several = {place for place, functions in doors.items() if len(functions) > 1}
    assert several - SEVERAL_DOORS == set(), "let one function import it, or import it at the top"
    assert SEVERAL_DOORS - several == set(), "no exception is needed any more for these"


def test_late_imports_become_fewer() -> None:
    """An import in a function belongs at a door only: where a screen opens, a command runs, a service starts."""
    count = len(set(_late_imports()))
    assert count <= MAX_LATE_IMPORTS, "import at the top of the file, or lower the number elsewhere"
    assert count > MAX_LATE_IMPORTS - LATE_IMPORTS_SLACK, f"lower MAX_LATE_IMPORTS to {count}"


def test_no_module_imports_itself() -> None:
    """A name of the same module needs no import."""
    own = [
        where
        for where, node in _nodes(ast.ImportFrom)
        if where.partition(":")[0].removesuffix(".py").removesuffix("/__init__")
        == (node.module or "").removeprefix("cordage_tui.").replace(".", "/")
    ]
    assert own == []


def test_each_class_name_occurs_once() -> None:
    """Somebody who searches for a name finds one thing."""
    trees = [module.tree for module in modules().values()]
    classes = [node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    names = Counter(name for name in classes if not name.startswith("_"))
    assert len(names) > 300, "the search finds them"
    assert [name for name, count in names.items() if count > 1] == []


def test_methods_name_their_object() -> None:
    found = [f"{where} {owner.name}.{node.name}" for where, owner in _nodes(ast.ClassDef) for node in _methods(owner)]
    assert [name for name in found if name.rpartition(".")[2] in VERBS] == []


def test_few_methods_only_forward() -> None:
    """A hop that adds nothing has to be read all the same."""
    methods = [(f"{where} {owner.name}", node) for where, owner in _nodes(ast.ClassDef) for node in _methods(owner)]
    found = [f"{owner}.{node.name}" for owner, node in methods if _only_forwards(node)]
    assert 0 < len(found) <= MAX_FORWARDING, found


def test_imports_have_no_circle() -> None:
    """Also counting imports for types and late imports. Raises CycleError with the circle."""
    graph = {name: _imported(name) for name in modules()}
    assert sum(map(len, graph.values())) > 1_000, "the search finds them"
    graphlib.TopologicalSorter(graph).prepare()


def test_docstrings_begin_with_what_the_thing_is_or_does() -> None:
    found = []
    for kind in (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef):
        for where, node in _nodes(kind):
            first = re.split(r"(?<=[.:;])\s", " ".join((ast.get_docstring(node) or "").split()), maxsplit=1)[0]
            word = re.match(r"\W*([\w']*)", first)
            if (word and word[1].lower() in RIDDLES) or BANNED.search(first):
                found.append(f"{where} {first}")
    assert found == []


RAW_VALUES = ("RemoteRun", "RunRow", "RunDetail", "OutputRef", "ApiResponse")
"""Values of the server, whose fields of type `str` hold text as it came."""
MAKES_SAFE = {
    "safe",
    "one_line",
    "redact",
    "safe_unlimited",
    "visible_id",
    "masked",
    "veil_link",
    "without_keys",
    "len",
}


def _raw_fields() -> set[str]:
    """Names of the fields of `RAW_VALUES` that hold plain text."""
    return {
        field.target.id
        for _, node in _nodes(ast.ClassDef)
        if node.name in RAW_VALUES
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if any(isinstance(part, ast.Name) and part.id == "str" for part in ast.walk(field.annotation))
    }


def _casts_raw(node: ast.AST, raw: set[str]) -> bool:
    """Return whether the value of such a field is in an expression without a function around it that makes it safe."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in MAKES_SAFE:
        return False
    if (isinstance(node, ast.Attribute) and node.attr in raw) or (isinstance(node, ast.Name) and node.id == "run_id"):
        return True
    return any(_casts_raw(child, raw) for child in ast.iter_child_nodes(node))


def test_no_text_of_the_server_is_called_safe_without_being_made_so() -> None:
    """`SafeText(…)` is a cast that checks nothing: no field of a server's value, such as an id, stands in one."""
    raw = _raw_fields() - {"outputs"}  # of a RunDetail they are safe
    assert {"run_id", "raw", "url", "parent_run_id"} <= raw
    casts = [(where, node) for where, node in _nodes(ast.Call) if getattr(node.func, "id", "") == "SafeText"]
    assert len(casts) > 400, "the search finds them"
    assert [where for where, node in casts if any(_casts_raw(one, raw) for one in node.args)] == []
    (bad,) = ast.parse("SafeText(f'run {row.run_id}')").body
    assert _casts_raw(bad, raw)
