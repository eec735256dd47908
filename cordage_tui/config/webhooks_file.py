"""Webhooks.toml and credentials.toml, as the app writes them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.key_lookup import forget_key, save_key
from cordage_tui.config.paths import Paths
from cordage_tui.config.private_files import create_private, editing, toml_text, write_private
from cordage_tui.config.profiles import (
    checked_base_url,
    checked_inputs,
    checked_new_name,
    checked_profile_name,
    checked_webhook_key,
)
from cordage_tui.config.settings import EXAMPLE_FILE, Settings, load, no_such_profile
from cordage_tui.config.toml_reader import read_document
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook

# Webhooks and profiles that are added in the app: `webhooks.toml`, which is ours to rewrite.

_HEADER: Final = "# Written by cordage-tui. What config.toml says of the same profile or webhook wins.\n\n"

_Values: TypeAlias = dict[str, Any]


def add_webhook(paths: Paths, profile: str, webhook: Webhook, base_url: str | None = None) -> None:
    """Add a webhook to a profile, which is made when it is new; `base_url` is for a new profile only.

    Raises ConfigError when key or name cannot be used or are in the profile already; then nothing is written.
    """
    name = checked_profile_name(profile)

    def change(settings: Settings, values: _Values) -> None:
        existing = settings.profile(name)
        entry = _new_entry(existing, webhook, name)
        part = _part(values, name)
        if existing is None and base_url is not None:
            part["base_url"] = checked_base_url(base_url, "The base URL")
        part.setdefault("webhooks", []).append(entry)

    _edit(paths, change)


def check_new_webhook(profile: Profile | None, webhook: Webhook) -> None:
    """Raise ConfigError when key or name cannot be used, or are in the profile already."""
    _new_entry(profile, webhook, profile.name if profile else "")


def rename_webhook(paths: Paths, profile: str, key: str, name: str) -> None:
    """Give a webhook of `webhooks.toml` another name. Raises ConfigError when it is not there or the name is taken."""
    new = checked_new_name(name)

    def change(settings: Settings, values: _Values) -> None:
        existing = settings.profile(profile)
        for other in existing.webhooks if existing else ():
            if other.key != key and other.name.casefold() == new.casefold():
                raise _taken(new, profile)
        _ours(paths, values, profile, key)["name"] = new

    _edit(paths, change)


def remove_webhook(paths: Paths, profile: str, key: str) -> None:
    """Take a webhook out of `webhooks.toml`; its runs and history stay. Raises ConfigError when it is not there."""

    def change(_: Settings, values: _Values) -> None:
        entry = _ours(paths, values, profile, key)
        values["profiles"][profile]["webhooks"].remove(entry)

    _edit(paths, change)


def _edit(paths: Paths, change: Callable[[Settings, _Values], None]) -> None:
    with editing(paths.lock("config")):
        settings = load(paths)
        values = read_document(paths.webhooks_file).values
        change(settings, values)
        write_private(paths.webhooks_file, _HEADER + toml_text(values))


def _part(values: _Values, profile: str) -> _Values:
    part: _Values = values.setdefault("profiles", {}).setdefault(profile, {})
    return part


def _ours(paths: Paths, values: _Values, profile: str, key: str) -> _Values:
    """The entry of that webhook in `webhooks.toml`."""
    entries: list[_Values] = values.get("profiles", {}).get(profile, {}).get("webhooks", [])
    user_entries = read_document(paths.config_file).values.get("profiles", {}).get(profile, {}).get("webhooks", [])
    if any(entry.get("key", "").strip() == key for entry in user_entries):
        raise ConfigError(
            f"This webhook is in {paths.config_file}, which only you change.", "Change it there with an editor."
        )
    for entry in entries:
        if entry["key"].strip() == key:
            return entry
    raise ConfigError(
        f"There is no such webhook of profile {profile!r} in {paths.webhooks_file}.",
        "If it is in a file of yours, change it there with an editor. See: cordage-tui webhooks list",
    )


def _new_entry(existing: Profile | None, webhook: Webhook, profile: str) -> _Values:
    entry = _entry(webhook)
    for other in existing.webhooks if existing else ():
        _check_differs(other, entry["key"], entry["name"], profile)
    return entry


def _entry(webhook: Webhook) -> _Values:
    name = checked_new_name(webhook.name, webhook.key)  # first: if they are swapped, the name is really the key
    entry: _Values = {"key": checked_webhook_key(webhook.key), "name": name}
    if webhook.inputs:
        entry["inputs"] = _toml(checked_inputs(webhook.inputs))
    return entry


def _toml(value: object) -> Any:
    """A JSON value as TOML can hold it. Raises ConfigError for null, which TOML does not have."""
    if value is None:
        raise ConfigError("An input field of the webhook is null.", 'Give it a value, such as "" or 0.')
    if isinstance(value, Mapping):
        return {str(name): _toml(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_toml(inner) for inner in value]
    return value


def _check_differs(other: Webhook, key: str, name: str, profile: str) -> None:
    if other.key == key:
        raise ConfigError(f"Profile {profile!r} has this webhook already, as {other.name!r}.", "Use it by that name.")
    if other.name.casefold() == name.casefold():
        raise _taken(name, profile)


def _taken(name: str, profile: str) -> ConfigError:
    return ConfigError(f"Profile {profile!r} has another webhook named {name!r}.", "Choose another name.")


# A first or a further workspace, as the welcome screen saves it.


def create_profile(paths: Paths, name: str, base_url: str, key: Secret, webhooks: Sequence[Webhook]) -> None:
    """Save a workspace: its key in `credentials.toml`, address and webhooks in `webhooks.toml`.

    Writes a commented `config.toml` when there is none, and never touches an existing one. Raises ConfigError, also
    for a profile of that name with another address: its key would go to the wrong server.
    """
    profile = checked_profile_name(name)
    address = checked_base_url(base_url, "The base URL")
    existing = load(paths).profile(profile)
    if existing and existing.base_url != address:
        raise ConfigError(f"There is a profile {profile!r} with another address.", "Choose another name.")
    existing_keys = {webhook.key for webhook in existing.webhooks} if existing else set()
    save_key(paths, profile, key)
    for webhook in webhooks:
        if webhook.key.strip() not in existing_keys:
            add_webhook(paths, profile, webhook, address)
    create_private(paths.config_file, EXAMPLE_FILE.read_text(encoding="utf-8"))


# Changes of a profile that exists: its server, whether it is the one to open, and its end.


def change_server(paths: Paths, profile: str, base_url: str) -> None:
    """Give a profile of `webhooks.toml` another server. Raises ConfigError when it is not there to change."""
    address = checked_base_url(base_url, "The base URL")

    def change(settings: Settings, values: _Values) -> None:
        _check_exists(settings, profile)
        if "base_url" in _theirs(paths, profile):
            raise _only_yours(paths, "The server of this profile", f'base_url = "{address}"')
        _part(values, profile)["base_url"] = address

    _edit(paths, change)


def choose_profile(paths: Paths, profile: str) -> None:
    """Make a profile the one that is opened unless another is named. Raises ConfigError when the user's file decides that."""

    def change(settings: Settings, values: _Values) -> None:
        _check_exists(settings, profile)
        if "default_profile" in read_document(paths.config_file).values:
            raise _only_yours(paths, "default_profile", f'default_profile = "{profile}"')
        values["default_profile"] = profile

    _edit(paths, change)


def remove_profile(paths: Paths, profile: str) -> None:
    """Take a profile out of `webhooks.toml`, and its key out of `credentials.toml`; its runs and history stay.

    Raises ConfigError for one that the user's own file has.
    """

    def change(settings: Settings, values: _Values) -> None:
        _check_exists(settings, profile)
        if _theirs(paths, profile):
            raise _only_yours(paths, "This profile", "remove it there")
        del values["profiles"][profile]
        if values.get("default_profile") == profile:
            del values["default_profile"]

    _edit(paths, change)
    forget_key(paths, profile)


def _theirs(paths: Paths, profile: str) -> _Values:
    """The values that the user's own file has for a profile."""
    values: _Values = read_document(paths.config_file).values.get("profiles", {}).get(profile, {})
    return values


def _check_exists(settings: Settings, profile: str) -> None:
    if settings.profile(profile) is None:
        raise no_such_profile(settings, profile, "The settings")


def _only_yours(paths: Paths, what: str, change: str) -> ConfigError:
    return ConfigError(f"{what} is in {paths.config_file}, which only you change.", f"There, with an editor: {change}")
