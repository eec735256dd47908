"""Profiles and webhooks of both settings files."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from cordage_tui.config.errors import ConfigError, suggest
from cordage_tui.config.toml_reader import KeyLocation, TomlTable
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.inputs import PROMPT, Json, random_bounds
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.secrets import holds_api_key
from cordage_tui.domain.urls import parse_base_url
from cordage_tui.domain.webhook import AGENTS, DEFAULT_AGENTS, Profile, SpendingLimits, Webhook

# Rules of base URLs and webhook keys, which together make every address we call.

PUBLISHED_BASE_URL: Final = "https://api.trycordage.com/api/webhooks"
"""docs/dev/wire-contract.md, Facts."""

_KEY: Final = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,199}")


def checked_base_url(text: str, source: object) -> str:
    """`text` trimmed and without its last slash, if it keeps the rule of `domain.urls`. Raises ConfigError that begins
    with `source`."""
    url = text.strip().rstrip("/")
    try:
        parse_base_url(url)
    except ValueError as wrong:
        problem = str(wrong)
    else:
        return url
    raise ConfigError(f"{source} {problem}.", f"An example that works: {PUBLISHED_BASE_URL}")


def with_scheme(text: str) -> str:
    """Return `text` stripped; an address without a scheme gets http for this machine and https for any other."""
    text = text.strip()
    if not text or "://" in text:
        return text
    try:
        parse_base_url(f"http://{text}")
    except ValueError:
        return f"https://{text}"
    return f"http://{text}"


def with_published_path(base_url: str) -> str | None:
    """Return `base_url` with the path of the published one if it has no path, otherwise None."""
    path = parse_base_url(PUBLISHED_BASE_URL).path
    return None if parse_base_url(base_url).path else f"{base_url.rstrip('/')}{path}"


def checked_webhook_key(text: str, source: object = "The webhook key") -> str:
    """`text` trimmed. Raises ConfigError when it cannot be one part of a URL path, or is an API key."""
    key = text.strip()
    advice = "Copy it from the webhook node's settings; it looks like wh_abc123xyz."
    if not key:
        raise ConfigError(f"{source} is empty.", advice)
    if "://" in key:
        raise ConfigError(f"{source} is a whole address, not a key.", advice)
    if key.startswith("cordage_"):
        raise ConfigError(f"{source} is an API key: those begin with cordage_.", advice)
    if not _KEY.fullmatch(key):
        raise ConfigError(f"{source} has characters that no webhook key has.", advice)
    return key


# `[profiles.NAME]` tables: read from both files, then made one.

KEY_VARIABLE: Final = "CORDAGE_API_KEY"
"""Holds the API key of the opened profile, whichever it is."""
FIRST_PROFILE: Final = "default"
"""Name of the first profile, unless named."""
MAX_NAME: Final = 60
"""Characters in the name of a profile or a webhook."""

MOST_RUNS: Final = 1_000_000
"""Of a run limit: more than the API's rate limits let through in a day."""
_MAX_CURRENCY: Final = 4
_DEAREST: Final = 1e6

_KEY_IN_TEXT: Final = r"(?<![A-Za-z0-9_-])wh_[A-Za-z0-9_-]+|/webhooks/[A-Za-z0-9._~-]+"
"""Compiled at its use: only new names are searched."""
_PROFILE_NAME: Final = re.compile(rf"\w[\w .-]{{0,{MAX_NAME - 1}}}")
_VARIABLE: Final = r"[A-Za-z_][A-Za-z0-9_]*"


@dataclass(frozen=True, slots=True)
class KeySource:
    """Sources of a profile's API key in addition to the usual ones, as the user set them."""

    env: str | None = None
    """Name of an environment variable (`api_key_env`)."""
    command: tuple[str, ...] | None = None
    """A program and its arguments (`api_key_command`); run without a shell."""


@dataclass(frozen=True, slots=True)
class PartialProfile:
    """A profile as one file has it. None: that file does not say."""

    name: str
    base_url: str | None
    webhooks: tuple[Webhook, ...]
    read_only: bool | None
    protected: bool | None
    client_ref: bool | None
    key_source: KeySource
    limits: SpendingLimits
    """False: none."""
    currency: str | None
    agents: str | None


def checked_profile_name(text: str, source: object = "The profile's name") -> str:
    """`text` trimmed. Raises ConfigError when it could not be typed, shown or made part of a file's name."""
    name = text.strip()
    if not _PROFILE_NAME.fullmatch(name):
        raise ConfigError(
            f"{source} must be letters, digits, spaces and _ . - only, at most {MAX_NAME} of them, a letter first.",
            'An example that works: "studio".',
        )
    return name


def checked_webhook_name(text: str, source: object = "The webhook's name") -> str:
    """`text` on one line and safe to show. Raises ConfigError when nothing is left of it, or too much."""
    return checked_label(text, source, "Sunset")


def holds_key(text: str) -> bool:
    """Return whether `text` has a webhook key or an API key in it."""
    return holds_api_key(text) or re.search(_KEY_IN_TEXT, text) is not None


def checked_new_name(text: str, key: str = "") -> str:
    """Name for a webhook with that key, as `checked_webhook_name` gives it. Raises ConfigError, which never shows the name,
    also when it holds a key: names are on screen and in logs."""
    if not holds_key(text):
        return checked_webhook_name(text)
    swapped = key and not holds_key(key) and re.search(_KEY_IN_TEXT, text)
    raise ConfigError(
        "Webhook key and name are swapped." if swapped else "There is a key in the name.",
        "Give the key first, then the name: cordage-tui webhooks add KEY NAME",
    )


def checked_label(text: str, source: object, example: str) -> str:
    """`text` on one line and safe to show. Raises ConfigError when nothing is left of it, or too much."""
    name = one_line(text, 4 * MAX_NAME)
    if not name or len(name) > MAX_NAME:
        raise ConfigError(f"{source} must have 1 to {MAX_NAME} characters.", f'An example that works: "{example}".')
    return name


def checked_inputs(inputs: Mapping[str, Json], source: object = "The webhook's inputs") -> Mapping[str, Json]:
    """Return `inputs` unchanged. Raises ConfigError for a random one with impossible bounds."""
    for name, default in inputs.items():
        try:
            _ = None if name == PROMPT else random_bounds(default)
        except ValueError as wrong:
            raise ConfigError(
                f"{source}.{one_line(name, MAX_NAME)}: {wrong}.", 'Examples that work: "random", "random 1..1000".'
            ) from None
    return inputs


def read_profiles(table: TomlTable) -> dict[str, PartialProfile]:
    """Read every profile of one file's `[profiles]`, in its order. Raises ConfigError."""
    return {name: _read_profile(table.table(name), name) for name in table.names()}


def merge_profiles(name: str, parts: Iterable[PartialProfile]) -> tuple[Profile, KeySource]:
    """Merge the parts of one profile; an earlier part wins, and webhooks of all parts are joined by key."""
    partial_profiles = list(parts)
    webhooks: dict[str, Webhook] = {}
    for part in partial_profiles:
        for webhook in part.webhooks:
            webhooks.setdefault(webhook.key, webhook)
    profile = Profile(
        name=name,
        base_url=next((p.base_url for p in partial_profiles if p.base_url is not None), PUBLISHED_BASE_URL),
        webhooks=tuple(webhooks.values()),
        read_only=next((p.read_only for p in partial_profiles if p.read_only is not None), False),
        protected=next((p.protected for p in partial_profiles if p.protected is not None), False),
        client_ref=next((p.client_ref for p in partial_profiles if p.client_ref is not None), False),
        limits=next((p.limits for p in partial_profiles if p.limits), SpendingLimits()),
        currency=next((p.currency for p in partial_profiles if p.currency is not None), "$"),
        agents=next((p.agents for p in partial_profiles if p.agents is not None), DEFAULT_AGENTS),
    )
    env = next((p.key_source.env for p in partial_profiles if p.key_source.env), None)
    command = next((p.key_source.command for p in partial_profiles if p.key_source.command), None)
    return profile, KeySource(env, command)


def _read_profile(table: TomlTable, name: str) -> PartialProfile:
    checked_profile_name(name, table.place())
    base_url = table.text("base_url")
    env = table.text("api_key_env")
    if env is not None and not re.fullmatch(_VARIABLE, env):
        raise table.wrong("api_key_env", "the name of an environment variable, not a key itself")
    part = PartialProfile(
        name=name,
        base_url=None if base_url is None else checked_base_url(base_url, table.place("base_url")),
        webhooks=_read_webhooks(table.tables("webhooks")),
        read_only=table.flag("read_only"),
        protected=table.flag("protected"),
        client_ref=table.flag("client_ref"),
        key_source=KeySource(env, table.words("api_key_command")),
        limits=_read_limits(table.table("limits")),
        currency=_read_currency(table),
        agents=table.choice("agents", AGENTS),
    )
    table.finish()
    return part


def _read_limits(table: TomlTable) -> SpendingLimits:
    names = ("per_hour", "per_day")
    for name in table.names():
        if name not in names:  # do not skip it: the user would believe that the limit is enforced
            raise ConfigError(
                f"{table.place(name)} is not a limit.{suggest(name, names)}", "There are: per_hour, per_day."
            )
    limits = SpendingLimits(table.whole("per_hour", 0, MOST_RUNS), table.whole("per_day", 0, MOST_RUNS))
    table.finish()
    return limits


def _read_currency(table: TomlTable) -> str | None:
    text = table.text("currency")
    return None if text is None else checked_label(text, table.place("currency"), "€")[:_MAX_CURRENCY]


def _read_webhooks(tables: list[TomlTable]) -> tuple[Webhook, ...]:
    places: dict[str, KeyLocation] = {}
    webhooks = []
    for table in tables:
        webhook = _read_webhook(table)
        if webhook.key in places:
            raise ConfigError(
                f"{table.place('key')} is the same key as {places[webhook.key]}.", "Remove one of the two webhooks."
            )
        places[webhook.key] = table.place("key")
        webhooks.append(webhook)
    return tuple(webhooks)


def _read_webhook(table: TomlTable) -> Webhook:
    key, name, inputs = table.text("key"), table.text("name"), table.json_object("inputs")
    download = table.flag("download") is True
    price, limits = table.number("price", 0.0, _DEAREST), _read_limits(table.table("limits"))
    if key is None:
        raise ConfigError(f"{table.place()} has no key.", 'Add one: key = "wh_…", from the webhook node\'s settings.')
    key = checked_webhook_key(key, table.place("key"))
    webhook = Webhook(key, "", checked_inputs(inputs or {}, table.place("inputs")))
    table.finish()
    shown = webhook.masked_key if name is None else checked_webhook_name(name, table.place("name"))
    return Webhook(key, shown, webhook.inputs, download, price, limits)
