"""Settings: load and validate the file, environment variables and flags over it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cordage_tui.config.errors import ConfigError, suggest
from cordage_tui.config.paths import Paths
from cordage_tui.config.profiles import (
    KEY_VARIABLE,
    PUBLISHED_BASE_URL,
    KeySource,
    PartialProfile,
    checked_base_url,
    merge_profiles,
    read_profiles,
    with_scheme,
)
from cordage_tui.config.toml_reader import TomlDocument, TomlTable, dotted, read_document
from cordage_tui.domain.base.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.base.file_system import exists, foreign_owner
from cordage_tui.domain.run import EARLIER_COLUMNS, INPUT_COLUMN, ColumnName
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.urls import parse_base_url
from cordage_tui.domain.webhook import Profile

if TYPE_CHECKING:
    from cordage_tui.config.user_programs import Hook, UserCommand
    from cordage_tui.domain.theme import ThemeColors

# The settings as the rest of the program gets them: checked, complete, with every warning worded.

__all__ = ["ConfigError", "NotificationSettings", "Settings", "load"]

EXAMPLE_FILE: Final = Path(__file__).with_name("example.toml")
"""Every setting, commented out; the app writes it as the first `config.toml`."""
SCHEMA_FILE: Final = Path(__file__).with_name("schema.json")
"""JSON schema of `config.toml`, for editors; `tests.config.schema` generates it from what `load` reads."""
SUBMIT_KEYS: Final = ("enter", "ctrl+j")
PICTURE_WAYS: Final = ("auto", "blocks", "kitty", "sixel", "off")
"""How pictures are drawn: by the terminal's best known way (at least half blocks), by the one that the user names, or
not at all."""


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """Settings of notifications for finished runs."""

    toast: bool = True
    bell: bool = True
    terminal: bool = True
    """The terminal's own notification (OSC 9 or 777), if it has one."""
    title: bool = True
    """The count of active runs in the terminal's title."""


@dataclass(frozen=True, slots=True)
class ImageSettings:
    """Settings of images."""

    show: str = "auto"
    """One of `PICTURE_WAYS`."""
    fetch_up_to: int = 4 << 20
    """Bytes of one output that are fetched to be looked at without being asked for."""
    cache: int = 200 << 20
    """Bytes on disk that small copies may take."""


@dataclass(frozen=True, slots=True)
class DownloadSettings:
    """Settings of downloads."""

    folder: Path | None = None
    """Absolute; None: `Paths.downloads_dir`."""
    template: str = "{webhook}/{date}/{run}-{n}.{ext}"
    """Path below the folder, as `domain.download` takes it."""

    def place(self, paths: Paths) -> Path:
        """The folder, chosen or the usual one."""
        return self.folder or paths.downloads_dir


@dataclass(frozen=True, slots=True)
class Settings:
    """`config.toml` and `webhooks.toml`, read and joined."""

    profiles: tuple[Profile, ...] = ()
    default_profile: str | None = None
    """The profile to open; None: the first."""
    read_share: float = 0.9
    """Part of the read budget that polling may use, 0.1 to 1.0."""
    theme: str | None = None
    """Name of the theme; whether there is such a one is the app's to check."""
    themes: "Mapping[str, ThemeColors]" = field(default_factory=dict)
    """Themes of the user by name."""
    submit: str = "enter"
    """The key that runs a prompt, one of `SUBMIT_KEYS`."""
    mouse: bool = True
    columns: tuple[str, ...] = ()
    """Columns of the run table in their order, each a `ColumnName` or an input after `INPUT_COLUMN`; empty: those chosen in
    the app, or the default ones."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action id → keys, joined by commas; whether they exist and clash is the screen's to check."""
    notices: NotificationSettings = NotificationSettings()
    warnings: tuple[SafeText, ...] = ()
    key_sources: Mapping[str, KeySource] = field(default_factory=dict)
    """By profile name."""
    hooks: "Mapping[str, Hook]" = field(default_factory=dict)
    """Programs to run for events, by the event's name."""
    commands: "tuple[UserCommand, ...]" = ()
    """Programs that the user runs on the selection."""
    pictures: ImageSettings = ImageSettings()
    downloads: DownloadSettings = DownloadSettings()
    retention_s: float | None = None
    """Age from which runs are removed from the history; None: never."""
    base_url: str = PUBLISHED_BASE_URL
    """Address of a new profile."""
    author: SafeText | None = None
    """Name of who submits in this process, from a flag or a variable; None: the user."""
    ca_file: Path | None = None
    """Absolute path of a file with extra trusted certificate authorities; `certificates` checks it."""

    def profile(self, name: str) -> Profile | None:
        """The profile of that name, or None."""
        return next((p for p in self.profiles if p.name == name), None)

    @property
    def secret_env_vars(self) -> frozenset[str]:
        """Environment variables that hold API keys: no program that we start gets them."""
        return frozenset({KEY_VARIABLE, *(source.env for source in self.key_sources.values() if source.env)})

    @property
    def chosen(self) -> Profile | None:
        """The profile to open; None only when there is none at all."""
        wanted = None if self.default_profile is None else self.profile(self.default_profile)
        return wanted or next(iter(self.profiles), None)


def load(paths: Paths, config_file: Path | None = None) -> Settings:
    """Read the settings. Missing files mean defaults, except `config_file`, which the user asked for.

    Raises ConfigError for values that cannot be used; harmless problems are in `Settings.warnings`. The files are
    never written.
    """
    user_file = read_document(
        config_file or paths.config_file, required=config_file is not None, cache=paths.parsed("config")
    )
    own_file = read_document(paths.webhooks_file, cache=paths.parsed("webhooks"))
    warnings: list[SafeText] = []
    try:
        return _without_foreign_programs(_settings(user_file, own_file, warnings), (user_file.file, own_file.file))
    except RecursionError as error:
        raise ConfigError(f"{user_file.file}: values are nested too deeply.", "Make the file simpler.") from error


def _without_foreign_programs(settings: Settings, files: tuple[Path, ...]) -> Settings:
    """Leave out the programs of settings that another user can write: they would run as this user."""
    foreign_files = [(file, owner) for file in files if exists(file) and (owner := foreign_owner(file)) is not None]
    if not foreign_files:
        return settings
    foreign_warnings = [
        one_line(
            f"{file}, or its folder, belongs to {owner}. So its hooks, commands and api_key_command are not run. The owner can "
            f"decide where your API key is sent. If the file is yours, chown it to your user ({os.geteuid()}).",
            1_000,
        )
        for file, owner in foreign_files
    ]
    sources = {name: replace(source, command=None) for name, source in settings.key_sources.items()}
    return replace(
        settings, hooks={}, commands=(), key_sources=sources, warnings=(*settings.warnings, *foreign_warnings)
    )


def _settings(user_file: TomlDocument, own_file: TomlDocument, warnings: list[SafeText]) -> Settings:
    table, added = TomlTable(user_file, warnings), TomlTable(own_file, warnings)
    parts = [read_profiles(t.table("profiles")) for t in (table, added)]
    joined = _joined(parts)
    profiles = tuple(profile for profile, _ in joined)
    default, chosen = table.text("default_profile"), added.text("default_profile")
    keys = _read_keys(table.table("keys"))
    notices = _read_notices(table.table("notices"))
    hooks, commands = _read_programs(table.table("hooks"), table.tables("commands"))
    polling, network, ui, runs = (table.table(name) for name in ("polling", "network", "ui", "table"))
    columns = runs.choices("columns", tuple(ColumnName), ColumnName.PROMPT, EARLIER_COLUMNS, INPUT_COLUMN)
    settings = Settings(
        profiles=profiles,
        default_profile=default if default is not None else chosen,
        read_share=polling.number("read_share", 0.1, 1.0) or Settings().read_share,
        theme=ui.text("theme"),
        themes=_read_themes(table.table("themes")),
        submit=ui.choice("submit", SUBMIT_KEYS) or SUBMIT_KEYS[0],
        mouse=ui.flag("mouse") is not False,
        columns=columns or (),
        keys=keys,
        notices=notices,
        hooks=hooks,
        commands=commands,
        pictures=_read_pictures(table.table("pictures")),
        downloads=_read_downloads(table.table("downloads")),
        retention_s=_read_retention(table.table("retention")),
        key_sources={profile.name: source for profile, source in joined},
        ca_file=network.absolute_path("ca_file", "~/company-ca.pem"),
    )
    for read in (polling, network, ui, runs, table, added):
        read.finish()
    _check_default(table, settings)
    _warn_same_names(table, settings)
    return replace(settings, warnings=tuple(warnings))


def _joined(parts: list[dict[str, PartialProfile]]) -> list[tuple[Profile, KeySource]]:
    names = dict.fromkeys(name for part in parts for name in part)
    return [merge_profiles(name, (part[name] for part in parts if name in part)) for name in names]


def _read_themes(table: TomlTable) -> "Mapping[str, ThemeColors]":
    if not table.names():
        return {}
    from cordage_tui.config.themes import read_themes  # few configurations have any

    return read_themes(table)


def _read_notices(table: TomlTable) -> NotificationSettings:
    names = ("toast", "bell", "terminal", "title")
    notices = NotificationSettings(**{name: table.flag(name) is not False for name in names})
    table.finish()
    return notices


def _read_pictures(table: TomlTable) -> ImageSettings:
    default = ImageSettings()
    fetch_kb, cache_mb = table.number("fetch_up_to_kb", 0, 65_536), table.number("cache_mb", 0, 100_000)
    pictures = ImageSettings(
        show=table.choice("show", PICTURE_WAYS) or default.show,
        fetch_up_to=default.fetch_up_to if fetch_kb is None else int(fetch_kb * 1024),
        cache=default.cache if cache_mb is None else int(cache_mb * 1024 * 1024),
    )
    table.finish()
    return pictures


_LONGEST_KEEP: Final = len("99999d")


def _read_retention(table: TomlTable) -> float | None:
    """Read how long runs are kept, in seconds; None: forever."""
    text = table.text("keep")
    table.finish()
    if text is None or text == "forever":
        return None
    from cordage_tui.domain.time_span import whole_span_s  # few configurations have it

    seconds = whole_span_s(text, "dw") if len(text) <= _LONGEST_KEEP else None
    if not seconds:
        raise ConfigError(
            f'{table.place("keep")} must be days or weeks, or "forever".', 'An example that works: keep = "180d"'
        )
    return seconds


def _read_downloads(table: TomlTable) -> DownloadSettings:
    folder, template = table.absolute_path("folder", "~/Pictures/cordage"), table.text("template")
    table.finish()
    return DownloadSettings(
        folder,
        DownloadSettings().template if template is None else _checked_template(table, template),
    )


def _checked_template(table: TomlTable, template: str) -> str:
    from cordage_tui.domain.download import path_template

    try:
        return path_template(template).text
    except ValueError as error:
        advice = f'An example that works: template = "{DownloadSettings().template}"'
        raise ConfigError(f"{table.place('template')} {error}.", advice) from error


def _read_programs(hooks: TomlTable, commands: list[TomlTable]) -> "tuple[Mapping[str, Hook], tuple[UserCommand, ...]]":
    """Read the programs of the user: hooks by their events, and commands."""
    if hooks.is_empty and not commands:
        return {}, ()
    from cordage_tui.config.user_programs import read_commands, read_hooks  # few configurations have any

    return {} if hooks.is_empty else read_hooks(hooks), read_commands(commands)


def _read_keys(table: TomlTable) -> dict[str, str]:
    """Flat: `run.kill = "x"` without quotes around the id is a nested table to TOML and means the same."""
    keys: dict[str, str] = {}
    for name in table.names():
        _collect_keys(table, (name,), table.value(name), keys)
    return keys


def _collect_keys(table: TomlTable, path: tuple[str, ...], value: Any, keys: dict[str, str]) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _collect_keys(table, (*path, name), inner, keys)
    elif isinstance(value, str):
        keys[".".join(path)] = value
    elif isinstance(value, list) and all(isinstance(key, str) for key in value):
        keys[".".join(path)] = ",".join(value)
    else:
        raise ConfigError(
            f"{table.place(path[0])} should be a key as text, or a list of them.",
            f'An example that works: {dotted(path)} = "x"',
        )


def _check_default(table: TomlTable, settings: Settings) -> None:
    name = settings.default_profile
    if name is None or settings.profile(name):
        return
    names = [p.name for p in settings.profiles]
    is_theirs = "default_profile" in table.names()
    problem = f"{table.place('default_profile')} names {one_line(name, 60)!r}, and there is no such profile."
    if names and is_theirs:
        raise ConfigError(problem + suggest(name, names), f"There are: {one_line(', '.join(names))}.")
    table.warn(problem)


def _warn_same_names(table: TomlTable, settings: Settings) -> None:
    for profile in settings.profiles:
        names: set[str] = set()
        for webhook in profile.webhooks:
            if webhook.name.casefold() in names:
                table.warn(
                    f"Profile {profile.name}: two webhooks are named {webhook.name!r}; use their keys to tell them apart."
                )
            names.add(webhook.name.casefold())


# Environment over file, flags over both.

PROFILE_VARIABLE: Final = "CORDAGE_PROFILE"
BASE_URL_VARIABLE: Final = "CORDAGE_BASE_URL"
AUTHOR_VARIABLE: Final = "CORDAGE_AUTHOR"
LOG_VARIABLE: Final = "CORDAGE_LOG"


@dataclass(frozen=True, slots=True)
class Overrides:
    """Settings from the command line's flags; None: not given."""

    profile: str | None = None
    base_url: str | None = None
    read_only: bool = False
    author: str | None = None


def apply_overrides(settings: Settings, overrides: Overrides, environ: Mapping[str, str]) -> Settings:
    """Return the settings with the overrides of this process.

    Address and read-only apply to every profile, so switching profiles inside the app does not undo them. Raises
    ConfigError for a forbidden address, an unknown profile and an invalid author.
    """
    name, name_source = _first(overrides.profile, "--profile", environ, PROFILE_VARIABLE)
    url, url_source = _first(overrides.base_url, "--base-url", environ, BASE_URL_VARIABLE)
    if name is not None and settings.profile(name) is None:
        raise no_such_profile(settings, name, name_source)
    base_url = None if url is None else checked_base_url(with_scheme(url), url_source)
    profiles = tuple(
        replace(
            p,
            base_url=base_url or p.base_url,
            is_redirected=base_url is not None and parse_base_url(base_url) != parse_base_url(p.base_url),
            read_only=p.read_only or overrides.read_only,
        )
        for p in settings.profiles
    )
    return replace(
        settings,
        profiles=profiles,
        default_profile=name if name is not None else settings.default_profile,
        base_url=base_url or settings.base_url,
        author=author_of(overrides.author, environ),
    )


def author_of(flag: str | None, environ: Mapping[str, str]) -> SafeText | None:
    """The author's name from the flag or the environment; None: the user submits. Raises ConfigError."""
    text, source = _first(flag, "--author", environ, AUTHOR_VARIABLE)
    if text is None:
        return None
    from cordage_tui.domain.author import AUTHOR_RULE, InvalidAuthor, parse_author  # late: most users name no author

    try:
        return parse_author(text)
    except InvalidAuthor as error:
        raise ConfigError(f"{source}: {error.what}", AUTHOR_RULE) from error


def _first(flag: str | None, flag_name: str, environ: Mapping[str, str], variable: str) -> tuple[str | None, str]:
    """Return the value in force and its source; an empty variable counts as unset."""
    return (flag, flag_name) if flag is not None else (environ.get(variable) or None, variable)


def no_such_profile(settings: Settings, name: str, source: str) -> ConfigError:
    """Make the error for a profile that does not exist, with the nearest name; `source` is where it was named."""
    names = [p.name for p in settings.profiles]
    advice = (
        f"There are: {one_line(', '.join(names))}."
        if names
        else "None is configured yet: start cordage-tui without it to connect, or use --demo."
    )
    return ConfigError(f"{source}: there is no profile {one_line(name, 60)!r}.{suggest(name, names)}", advice)
