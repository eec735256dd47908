"""API keys: lookup, format, and the credentials file."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.config.private_files import editing, toml_text, write_private
from cordage_tui.config.profiles import KEY_VARIABLE, KeySource
from cordage_tui.config.settings import Settings
from cordage_tui.config.toml_reader import TomlTable, read_document
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import Secret

MAX_KEY: Final = 1_000
"""Characters; a longer one is a pasted file."""

_BEARER: Final = re.compile(r"^bearer(\s+|$)", re.IGNORECASE)
_HEADER: Final = "# API keys of cordage-tui. Keep this file to yourself: mode 0600, or it is not read.\n\n"


@dataclass(frozen=True, slots=True)
class FoundKey:
    """An API key and its source."""

    key: Secret
    source: SafeText
    """`CORDAGE_API_KEY`, `credentials.toml` …, as shown to a person."""


def checked_key(text: str, source: object = "The API key") -> Secret:
    """The key trimmed and without a pasted `Bearer `. Raises ConfigError, which never shows it (docs/dev/faults.md 162)."""
    key = _BEARER.sub("", text.strip())
    advice = "Copy it again from the workspace settings, API Keys; it looks like cordage_xxxxxxxxxxxx."
    if not key:
        raise ConfigError(f"{source} is empty.", advice)
    if len(key) > MAX_KEY:
        raise ConfigError(f"{source} is longer than {MAX_KEY} characters.", advice)
    if not all("!" <= char <= "~" for char in key):
        raise ConfigError(f"{source} has a space, a line break or a character that is not plain ASCII in it.", advice)
    if key.startswith("wh_"):
        raise ConfigError(f"{source} is a webhook key: those begin with wh_.", advice)
    return Secret(key)


def find_key(paths: Paths, settings: Settings, profile: str, environ: Mapping[str, str]) -> FoundKey | None:
    """Find the API key of a profile, in the README's order, first hit wins; None when no place has one.

    May take up to 10 s, for the user's command or the keyring: call it before the screen opens or in a thread.
    Raises ConfigError when a place that was named is broken: passing over it could end with another key than meant.
    """
    source = settings.key_sources.get(profile, KeySource())
    for variable in (KEY_VARIABLE, source.env):
        if variable and environ.get(variable, "").strip():
            return FoundKey(checked_key(environ[variable], variable), one_line(variable))
    return _from_programs(settings, source, profile, environ) or _from_file(paths, profile)


def keys_at_hand(paths: Paths, settings: Settings, profile: str, environ: Mapping[str, str]) -> tuple[Secret, ...]:
    """Return the API keys of a profile that can be read at once, to mask them in the server's texts.

    Unlike `find_key` it returns all of them. It skips the user's command and the keyring, which may ask or take
    seconds. A broken place has no key.
    """
    source = settings.key_sources.get(profile, KeySource())
    keys = list[Secret]()
    for variable in (KEY_VARIABLE, source.env):
        if variable and environ.get(variable, "").strip():
            with suppress(ConfigError):
                keys.append(checked_key(environ[variable], variable))
    with suppress(ConfigError):
        stored = _from_file(paths, profile)
        keys += [stored.key] if stored else []
    return tuple(keys)


def save_key(paths: Paths, profile: str, key: Secret) -> None:
    """Keep the key of a profile in `credentials.toml`, private from the file's creation on. Raises ConfigError."""
    with editing(paths.lock("config")):
        document = read_document(paths.credentials_file, private=True)
        TomlTable(document, []).table("profiles").table(profile)
        profiles: dict[str, Any] = document.values.setdefault("profiles", {})
        profiles.setdefault(profile, {})["api_key"] = key.reveal()
        write_private(paths.credentials_file, _HEADER + toml_text(document.values))


def forget_key(paths: Paths, profile: str) -> None:
    """Remove the key of a profile from `credentials.toml`. Raises ConfigError."""
    with editing(paths.lock("config")):
        document = read_document(paths.credentials_file, private=True)
        if document.values.get("profiles", {}).pop(profile, None) is not None:
            write_private(paths.credentials_file, _HEADER + toml_text(document.values))


def _from_programs(settings: Settings, source: KeySource, profile: str, environ: Mapping[str, str]) -> FoundKey | None:
    from cordage_tui.config.keys_from_programs import from_command, from_keyring
    from cordage_tui.domain.base.environment import child_environment

    children = child_environment(environ, settings.secret_env_vars)
    if source.command:
        text = from_command(source.command, children)
        return FoundKey(checked_key(text, "What api_key_command printed"), SafeText("api_key_command"))
    stored = from_keyring(profile, children)
    return None if stored is None else FoundKey(checked_key(stored, "The key in the keyring"), SafeText("keyring"))


def _from_file(paths: Paths, profile: str) -> FoundKey | None:
    document = read_document(paths.credentials_file, private=True)
    table = TomlTable(document, []).table("profiles").table(profile)
    text = table.text("api_key")
    return None if text is None else FoundKey(checked_key(text, table.place("api_key")), SafeText("credentials.toml"))
