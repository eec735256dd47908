"""Environment over file, flags over both."""

from collections.abc import Mapping
from typing import Final

from cordage_tui.config.addresses import checked_base_url
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.near_miss import suggest
from cordage_tui.config.settings import Settings
from cordage_tui.domain.fast_dataclass import dataclass, replace
from cordage_tui.domain.text import one_line
from cordage_tui.domain.urls import parse_base_url

PROFILE_VARIABLE: Final = "CORDAGE_PROFILE"
BASE_URL_VARIABLE: Final = "CORDAGE_BASE_URL"


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line's flags say; None: nothing."""

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
            is_redirected=base_url is not None and not _is_same_server(base_url, p.base_url),
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


def _is_same_server(one: str, other: str) -> bool:
    return parse_base_url(one) == parse_base_url(other)


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
