"""Settings: load and validate the file, environment variables and flags over it."""

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
)
from cordage_tui.config.toml_reader import TomlDocument, TomlTable, dotted, read_document
from cordage_tui.domain.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.run import ColumnName
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.urls import parse_base_url
from cordage_tui.domain.webhook import Profile

if TYPE_CHECKING:
    from cordage_tui.config.user_programs import Hook, UserCommand
    from cordage_tui.domain.theme import ThemeColors

# The settings as the rest of the program gets them: checked, complete, with every warning worded.

__all__ = ["ConfigError", "NotificationSettings", "Settings", "load"]

SUBMIT_KEYS: Final = ("enter", "ctrl+j")
PICTURE_WAYS: Final = ("auto", "blocks", "kitty", "sixel", "off")
"""What the terminal is known to take, half blocks in any case, one of the two protocols on the user's word, or words only."""


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """Settings of notifications for finished runs."""

    toast: bool = True
    bell: bool = True
    terminal: bool = True
    """The terminal's own notification (OSC 9 or 777), where it has one."""
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
    columns: tuple[ColumnName, ...] = ()
    """Columns of the run table in their order; none: those chosen in the app, else the usual ones."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action id → keys, joined by commas; whether they exist and clash is the screen's to check."""
    notices: NotificationSettings = NotificationSettings()
    warnings: tuple[SafeText, ...] = ()
    key_sources: Mapping[str, KeySource] = field(default_factory=dict)
    """By profile name."""
    hooks: "Mapping[str, Hook]" = field(default_factory=dict)
    """What is run when something has happened, by the name of its event."""
    commands: "tuple[UserCommand, ...]" = ()
    """What the user runs on what is selected."""
    pictures: ImageSettings = ImageSettings()
    downloads: DownloadSettings = DownloadSettings()
    retention_s: float | None = None
    """Age from which runs are removed from the history; None: never."""
    base_url: str = PUBLISHED_BASE_URL
    """Where a new profile connects to."""

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
    """Read the settings. Files that do not exist mean defaults, except `config_file`, which somebody asked for.

    Raises ConfigError for what cannot be used; what can be passed over is in `Settings.warnings`. Nothing is ever written.
    """
    theirs = read_document(config_file or paths.config_file, required=config_file is not None)
    ours = read_document(paths.webhooks_file)
    warnings: list[SafeText] = []
    try:
        return _settings(theirs, ours, warnings)
    except RecursionError as error:
        raise ConfigError(f"{theirs.file}: values are nested too deeply.", "Make the file simpler.") from error


def _settings(theirs: TomlDocument, ours: TomlDocument, warnings: list[SafeText]) -> Settings:
    table, added = TomlTable(theirs, warnings), TomlTable(ours, warnings)
    parts = [read_profiles(t.table("profiles")) for t in (table, added)]
    joined = _joined(parts)
    profiles = tuple(profile for profile, _ in joined)
    default = table.text("default_profile")
    keys = _read_keys(table.table("keys"))
    notices = _read_notices(table.table("notices"))
    polling, ui, runs = table.table("polling"), table.table("ui"), table.table("table")
    columns = runs.choices("columns", tuple(ColumnName), ColumnName.PROMPT)
    settings = Settings(
        profiles=profiles,
        default_profile=default,
        read_share=polling.number("read_share", 0.1, 1.0) or Settings().read_share,
        theme=ui.text("theme"),
        themes=_read_themes(table.table("themes")),
        submit=ui.choice("submit", SUBMIT_KEYS) or SUBMIT_KEYS[0],
        mouse=ui.flag("mouse") is not False,
        columns=tuple(map(ColumnName, columns or ())),
        keys=keys,
        notices=notices,
        hooks=_read_hooks(table.table("hooks")),
        commands=_read_commands(table.tables("commands")),
        pictures=_read_pictures(table.table("pictures")),
        downloads=_read_downloads(table.table("downloads")),
        retention_s=_read_retention(table.table("retention")),
        key_sources={profile.name: source for profile, source in joined},
    )
    for read in (polling, ui, runs, table, added):
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
    """Read how long runs are kept, in seconds; None: for ever."""
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
    folder, template = table.text("folder"), table.text("template")
    table.finish()
    return DownloadSettings(
        None if folder is None else _absolute(table, folder),
        DownloadSettings().template if template is None else _checked_template(table, template),
    )


def _checked_template(table: TomlTable, template: str) -> str:
    from cordage_tui.domain.download import path_template

    try:
        return path_template(template).text
    except ValueError as error:
        advice = f'An example that works: template = "{DownloadSettings().template}"'
        raise ConfigError(f"{table.place('template')} {error}.", advice) from error


def _absolute(table: TomlTable, folder: str) -> Path:
    """A relative folder would be another one wherever the program is started."""
    try:
        path = Path(folder).expanduser()
    except RuntimeError:
        path = Path()  # there is no such home
    if not path.is_absolute() or "\0" in folder:
        raise ConfigError(
            f"{table.place('folder')} must begin with / or ~/.", 'An example that works: folder = "~/Pictures/cordage"'
        )
    return path


def _read_hooks(table: TomlTable) -> "Mapping[str, Hook]":
    if table.is_empty:
        return {}
    from cordage_tui.config.user_programs import read_hooks  # few configurations have any

    return read_hooks(table)


def _read_commands(tables: list[TomlTable]) -> "tuple[UserCommand, ...]":
    if not tables:
        return ()
    from cordage_tui.config.user_programs import read_commands  # few configurations have any

    return read_commands(tables)


def _read_keys(table: TomlTable) -> dict[str, str]:
    """Flat: `run.kill = "x"` without quotes around the id is a nested table to TOML and means the same."""
    found: dict[str, str] = {}
    for name in table.names():
        _collect_keys(table, (name,), table.value(name), found)
    return found


def _collect_keys(table: TomlTable, path: tuple[str, ...], value: Any, found: dict[str, str]) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _collect_keys(table, (*path, name), inner, found)
    elif isinstance(value, str):
        found[".".join(path)] = value
    elif isinstance(value, list) and all(isinstance(key, str) for key in value):
        found[".".join(path)] = ",".join(value)
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
    words = f"{table.place('default_profile')} names {one_line(name, 60)!r}, and there is no such profile."
    if names:
        raise ConfigError(words + suggest(name, names), f"There are: {one_line(', '.join(names))}.")
    table.warn(words)


def _warn_same_names(table: TomlTable, settings: Settings) -> None:
    for profile in settings.profiles:
        seen: set[str] = set()
        for webhook in profile.webhooks:
            if webhook.name.casefold() in seen:
                table.warn(f"Profile {profile.name}: two webhooks are named {webhook.name!r}; tell them apart by key.")
            seen.add(webhook.name.casefold())


# Environment over file, flags over both.

PROFILE_VARIABLE: Final = "CORDAGE_PROFILE"
BASE_URL_VARIABLE: Final = "CORDAGE_BASE_URL"


@dataclass(frozen=True, slots=True)
class Overrides:
    """Settings from the command line's flags; None: not given."""

    profile: str | None = None
    base_url: str | None = None
    read_only: bool = False


def apply_overrides(settings: Settings, overrides: Overrides, environ: Mapping[str, str]) -> Settings:
    """The settings as this process uses them.

    Address and read-only hold for every profile, so that switching profiles inside the app does not undo them.
    Raises ConfigError for an address that may not be used and for a profile that does not exist.
    """
    name, name_source = _first(overrides.profile, "--profile", environ, PROFILE_VARIABLE)
    url, url_source = _first(overrides.base_url, "--base-url", environ, BASE_URL_VARIABLE)
    if name is not None and settings.profile(name) is None:
        raise _no_such_profile(settings, name, name_source)
    base_url = None if url is None else checked_base_url(url, url_source)
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
    )


def _first(flag: str | None, flag_name: str, environ: Mapping[str, str], variable: str) -> tuple[str | None, str]:
    """The value in force and where it came from; an empty variable is an unset one."""
    return (flag, flag_name) if flag is not None else (environ.get(variable) or None, variable)


def _no_such_profile(settings: Settings, name: str, source: str) -> ConfigError:
    names = [p.name for p in settings.profiles]
    advice = (
        f"There are: {one_line(', '.join(names))}."
        if names
        else "None is configured yet: start cordage-tui without it to connect, or use --demo."
    )
    return ConfigError(f"{source}: there is no profile {one_line(name, 60)!r}.{suggest(name, names)}", advice)
