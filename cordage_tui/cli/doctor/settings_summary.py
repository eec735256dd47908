"""Settings as a bundle has them: which are set, and values that say nothing of their user."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import SCHEMA_FILE
from cordage_tui.config.toml_reader import read_document
from cordage_tui.engine.log.engine_recorder import server_kind

_SET: Final = "set"
_PRIVATE: Final = frozenset({"price"})
"""Numbers that are the user's own affair."""
_VARIABLES: Final = (
    *(
        "CORDAGE_API_KEY",
        "CORDAGE_PROFILE",
        "CORDAGE_BASE_URL",
        "CORDAGE_AUTHOR",
        "CORDAGE_LOG",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
    ),
    *("ACCESSIBLE", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "EDITOR", "VISUAL", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"),
    *("NO_PROXY", "SSLKEYLOGFILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_ANIMATIONS"),
    *("TEXTUAL_DISABLE_KITTY_KEY", "ESCDELAY"),
)

Schema = Mapping[str, Any]


class SettingsSummary:
    """Summary of the settings' files by their schema: what that does not name is not named here."""

    def __init__(self, paths: Paths, config: Path | None, environ: Mapping[str, str]) -> None:
        """`config`: the file given with `--config`."""
        self._files = (config or paths.config_file, paths.webhooks_file)
        self._environ = environ

    def lines(self) -> Iterator[str]:
        """Yield `name = value` of each setting, then the names of variables that are set."""
        schema = json.loads(SCHEMA_FILE.read_bytes())
        profiles: list[str] = []
        for name, file in zip(("config.toml", "webhooks.toml"), self._files, strict=True):
            try:
                values = read_document(file).values
            except ConfigError:
                yield f"{name}: cannot be read"
                continue
            named = values.get("profiles")
            profiles += [one for one in (named if isinstance(named, dict) else {}) if one not in profiles]
            yield from (f"{name}: {line}" for line in _table(values, schema, "", profiles))
        yield from (f"variable: {name}" for name in _VARIABLES if self._environ.get(name))


def _table(values: Mapping[str, Any], schema: Schema, path: str, names: list[str]) -> Iterator[str]:
    """Yield the settings of a table. `names`: those of the user that stand for numbers."""
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    unknown = 0
    for name, value in values.items():
        if name not in known and isinstance(value, dict) and any(one.startswith(f"{name}.") for one in known):
            parts = {f"{name}.{below}": inner for below, inner in value.items()}  # of an action's id
            yield from _table(parts, schema, path, names)
        elif name in known:
            yield from _setting(name, value, known[name], f"{path}{name}", names)
        elif isinstance(others, dict):
            number = (names if name in names else list(values)).index(name) + 1
            yield from _setting("", value, others, f"{path}{number}", names)
        else:
            unknown += 1
    if unknown:
        yield f"{path}?: {unknown} that are no settings"


def _setting(name: str, value: object, schema: Schema, path: str, names: list[str]) -> Iterator[str]:
    items = schema.get("items")
    if isinstance(value, dict) and ("properties" in schema or isinstance(schema.get("additionalProperties"), dict)):
        yield from _table(value, schema, f"{path}.", names)
    elif isinstance(value, list) and isinstance(items, dict) and "properties" in items:
        for number, one in enumerate(value, 1):
            yield from _setting("", one, items, f"{path}.{number}", names)
    elif name == "base_url" and isinstance(value, str):
        yield f"{path} = {server_kind(value)}"
    else:
        yield f"{path} = {_harmless(value, schema) if name not in _PRIVATE else _SET}"


def _alternatives(schema: Schema) -> Iterator[Schema]:
    """Yield the schemas of a value, or of the items of a list, that allow one form of it."""
    for one in (schema, *schema.get("anyOf", ())):
        items = one.get("items", {})
        yield from (one, items, *items.get("anyOf", ()))


def _harmless(value: object, schema: Schema) -> str:
    """Return a value that is a number, true, false, or one or more of a few words; of any other that it is set."""
    choices = [one.get("enum", ()) for one in _alternatives(schema)]
    words = value if isinstance(value, list) else [value]
    if schema.get("type") in ("boolean", "integer", "number") and isinstance(value, bool | int | float):
        return json.dumps(value)
    if any(all(isinstance(word, str) and word in some for word in words) for some in choices if some):
        return ", ".join(map(str, words))
    return _SET
