"""The environment variables of a child process: never one that holds an API key.

Every function that starts a process takes a `ChildEnvironment`, and only the two functions here make one.
"""

from collections.abc import Collection, Mapping
from typing import Final

SHORTEST_KEY: Final = 8
"""Characters. A shorter value of a key's variable is not searched in others: it could be in any of them by chance."""
_FOR_PYTHON: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""Variables without which some Python builds do not start."""


class ChildEnvironment(dict[str, str]):
    """Environment of a child process, the `env` of `subprocess.Popen`."""


def child_environment(environ: Mapping[str, str], key_variables: Collection[str]) -> ChildEnvironment:
    """Copy `environ` without the `key_variables`, and without every other variable that repeats the value of one.

    `key_variables` names the variables that may hold an API key: those of all profiles, not only of the open one.
    """
    keys = [key for name in key_variables if len(key := environ.get(name, "").strip()) >= SHORTEST_KEY]
    return ChildEnvironment(
        (name, value)
        for name, value in environ.items()
        if name not in key_variables and not any(key in value for key in keys)
    )


def bare_environment(environ: Mapping[str, str], *kept: str) -> ChildEnvironment:
    """Keep only the variables that a Python interpreter may need to start, and those named in `kept`."""
    return ChildEnvironment((name, environ[name]) for name in (*_FOR_PYTHON, *kept) if name in environ)
