"""Servers that the API key may be sent to, and valid webhook keys."""

import pytest

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.profiles import PUBLISHED_BASE_URL, checked_base_url, checked_webhook_key
from cordage_tui.config.settings import Overrides, Settings, apply_overrides
from cordage_tui.domain.webhook import Profile


@pytest.mark.parametrize(
    "url",
    [
        PUBLISHED_BASE_URL,
        "https://cordage.example",
        "https://cordage.example:8443/api",
        "https://xn--bcher-kva.example/api",
        "https://[2001:db8::1]/api",
        "https://192.0.2.7/api",
        "HTTPS://cordage.example/api",
        "http://localhost:8000/api/webhooks",
        "http://127.0.0.1:8000",
        "http://127.9.9.9",
        "http://[::1]:8000/api",
    ],
)
def test_https_anywhere_and_http_on_this_machine(url: str) -> None:
    """Valid addresses are accepted unchanged, except for white space around them and a slash at the end."""
    assert checked_base_url(f" {url}/\n", "base_url") == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        "cordage.example",
        "//cordage.example",
        "ftp://cordage.example",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///api",
        "https://:443/api",
        "http://cordage.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://127.1",
        "http://2130706433",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://192.168.1.1",
        "http://[::ffff:127.0.0.1]",
        "http://localhost@evil.example",
        "https://user:pass@cordage.example",
        "https://user@cordage.example",
        "https://cordage.example/api?x=1",
        "https://cordage.example/api?",
        "https://cordage.example/api#x",
        "https://cordage.example/../api",
        "https://cordage.example:99999",
        "https://cordage.example:0",
        "https://cordage.example:x",
        "https://cordage example",
        "https://cordage.example\\@evil.example",
        "https://cordage.example/a\nb",
        "https://cordage.example/\x1b[31m",
        "https://bücher.example",
        "https://cordage.example%2f.evil",
        "https://[::1",
        "https://127.1",
        "https://0x7f.1",
        "https://cordage.example:",
        "https://cordage.example/%2e%2e/api",
        "https://a..b",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    """The API key would go there (docs/dev/faults.md rule 3)."""
    with pytest.raises(ConfigError, match=r"^base_url "):
        checked_base_url(url, "base_url")


@pytest.mark.parametrize("key", ["wh_abc123xyz", "a", "WH-1.2~3_4"])
def test_webhook_keys_that_fit_a_path(key: str) -> None:
    """A key is one part of a path; space around it came with the paste."""
    assert checked_webhook_key(f" {key}\n") == key


@pytest.mark.parametrize(
    "key", ["", " ", "a/b", "..", ".", "a?b", "a b", "a%2fb", "cordage_abc", "https://x/wh_1/trigger", "é", "a" * 201]
)
def test_webhook_keys_that_would_change_the_address(key: str) -> None:
    """Requests only go to `/{key}/…`, and an API key never becomes part of an address."""
    with pytest.raises(ConfigError):
        checked_webhook_key(key)


HERE = Settings(profiles=(Profile("a", "https://a.example"), Profile("b", "https://b.example", protected=True)))


def test_environment_over_file_and_flags_over_both() -> None:
    """The later word wins: file, then CORDAGE_PROFILE and CORDAGE_BASE_URL, then flags."""
    environ = {"CORDAGE_PROFILE": "b", "CORDAGE_BASE_URL": "https://env.example"}
    by_environ = apply_overrides(HERE, Overrides(), environ).chosen
    by_flags = apply_overrides(HERE, Overrides("a", "https://flag.example"), environ).chosen
    assert by_environ == Profile("b", "https://env.example", protected=True, is_redirected=True)
    assert by_flags == Profile("a", "https://flag.example", is_redirected=True)
    assert apply_overrides(HERE, Overrides(), {"CORDAGE_PROFILE": "", "CORDAGE_BASE_URL": ""}) == HERE


def test_read_only_and_address_hold_for_every_profile() -> None:
    """Read-only and address apply to every profile, so switching profiles does not undo the flags."""
    changed = apply_overrides(HERE, Overrides(base_url="http://127.0.0.1:1", read_only=True), {})
    assert all(p.read_only and p.base_url == "http://127.0.0.1:1" for p in changed.profiles)
    assert changed.base_url == "http://127.0.0.1:1"


def test_an_unknown_profile_names_the_nearest_and_where_it_was_asked_for() -> None:
    """A mistyped profile is never silently another one."""
    settings = Settings(profiles=(Profile("studio", "https://a.example"),))
    with pytest.raises(ConfigError, match=r"--profile: .*'studoi'\. Did you mean 'studio'"):
        apply_overrides(settings, Overrides("studoi"), {})
    with pytest.raises(ConfigError, match="CORDAGE_PROFILE: there is no profile"):
        apply_overrides(settings, Overrides(), {"CORDAGE_PROFILE": "x"})
    with pytest.raises(ConfigError, match="CORDAGE_BASE_URL is plain http"):
        apply_overrides(settings, Overrides(), {"CORDAGE_BASE_URL": "http://x.example"})
