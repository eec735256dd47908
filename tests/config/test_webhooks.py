"""Webhooks that are added in the app, and the first profile."""

import stat

import pytest

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.key_lookup import find_key
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import load
from cordage_tui.config.toml_reader import TomlTable
from cordage_tui.config.webhooks_file import add_webhook, create_profile, remove_webhook, rename_webhook
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook

SUNSET = Webhook("wh_sunset", "Sunset", {"style": ["a", "b"], "deep": {"x": 1, "y": True}})
DAWN = Webhook("wh_dawn", "Dawn")
MINE = "# mine\n[[profiles.a.webhooks]]\nkey = 'wh_mine'\nname = 'Mine'\n"


def test_what_is_added_is_loaded(paths: Paths) -> None:
    """A webhook comes back as it was given, in a profile made for it, and the file is private."""
    add_webhook(paths, "a", SUNSET, "https://cordage.example/api")
    add_webhook(paths, "a", DAWN)
    assert load(paths).profiles == (Profile("a", "https://cordage.example/api", (SUNSET, DAWN)),)
    assert stat.S_IMODE(paths.webhooks_file.stat().st_mode) == 0o600


def test_renamed_and_removed(paths: Paths) -> None:
    """Only the named webhook is renamed or removed, and a webhook may get its own name again."""
    for webhook in (SUNSET, DAWN):
        add_webhook(paths, "a", webhook)
    rename_webhook(paths, "a", DAWN.key, " Dusk \n")
    rename_webhook(paths, "a", DAWN.key, "dusk")
    remove_webhook(paths, "a", SUNSET.key)
    assert load(paths).profiles[0].webhooks == (Webhook("wh_dawn", "dusk"),)


@pytest.mark.parametrize(
    ("webhook", "message"),
    [
        (Webhook("wh_sunset", "Other"), "has this webhook already, as 'Sunset'"),
        (Webhook("wh_mine", "Other"), "has this webhook already, as 'Mine'"),
        (Webhook("wh_new", "sunset"), "another webhook named 'sunset'"),
        (Webhook("a/b", "New"), "characters that no webhook key has"),
        (Webhook("cordage_canary", "New"), "is an API key"),
        (Webhook("wh_new", " "), "1 to 60 characters"),
        (Webhook("wh_new", "New", {"x": None}), "is null"),
        (Webhook("wh_new", "New", {"x": "random 2..1"}), "inputs.x: 'random 2..1' has to go from"),
    ],
)
def test_a_webhook_that_cannot_be_added_changes_nothing(paths: Paths, webhook: Webhook, message: str) -> None:
    """Keys and names are one of a kind in a profile, whichever file they stand in."""
    paths.config_file.write_text(MINE)
    add_webhook(paths, "a", SUNSET)
    before = paths.webhooks_file.read_bytes()
    with pytest.raises(ConfigError, match=message) as caught:
        add_webhook(paths, "a", webhook)
    assert "canary" not in caught.value.what
    assert paths.webhooks_file.read_bytes() == before


def test_the_users_own_file_is_never_written(paths: Paths) -> None:
    """config.toml is never written; the error says that only the user changes it."""
    paths.config_file.write_text(MINE)
    for change in (lambda: remove_webhook(paths, "a", "wh_mine"), lambda: rename_webhook(paths, "a", "wh_mine", "X")):
        with pytest.raises(ConfigError, match=r"is in .*config\.toml, which only you change"):
            change()
    assert paths.config_file.read_text() == MINE


def test_names_are_taken_across_both_files(paths: Paths) -> None:
    """Renaming to a name of config.toml is refused."""
    paths.config_file.write_text(MINE)
    add_webhook(paths, "a", SUNSET)
    with pytest.raises(ConfigError, match="another webhook named 'mine'"):
        rename_webhook(paths, "a", SUNSET.key, "mine")


@pytest.mark.parametrize("profile", ["a", "nobody"])
def test_a_webhook_that_is_not_there_is_said(paths: Paths, profile: str) -> None:
    """Renaming and removing an unknown webhook is an error."""
    add_webhook(paths, "a", SUNSET)
    with pytest.raises(ConfigError, match="There is no such webhook"):
        remove_webhook(paths, profile, "wh_x")


def test_settings_unknown_to_us_survive_an_edit(paths: Paths) -> None:
    """A newer version's settings in webhooks.toml are kept by an older one."""
    paths.webhooks_file.write_text("[profiles.a]\nfuture = 7\n")
    add_webhook(paths, "a", SUNSET)
    assert "future = 7" in paths.webhooks_file.read_text()


def test_a_broken_file_is_not_written_over(paths: Paths) -> None:
    """A webhooks.toml that cannot be read stays for its owner to mend."""
    paths.webhooks_file.write_text("[profiles.a")
    with pytest.raises(ConfigError, match=r"webhooks\.toml:1:"):
        add_webhook(paths, "a", SUNSET)
    assert paths.webhooks_file.read_text() == "[profiles.a"


def test_connecting_saves_all_three_files(paths: Paths) -> None:
    """After connecting, the next start has profile, webhooks and key, and a config.toml with all possible settings."""
    create_profile(paths, "studio", "https://cordage.example/api/", Secret("cordage_k"), [SUNSET, DAWN])
    settings = load(paths)
    key = find_key(paths, settings, "studio", {})
    assert settings.chosen == Profile("studio", "https://cordage.example/api", (SUNSET, DAWN))
    assert key is not None
    assert key.key == Secret("cordage_k")
    assert {p.name: stat.S_IMODE(p.stat().st_mode) for p in paths.config_dir.iterdir()} == dict.fromkeys(
        ("config.toml", "webhooks.toml", "credentials.toml"), 0o600
    )


def test_the_template_shows_only_what_works(paths: Paths) -> None:
    """Every line of config.toml's template, uncommented, loads without a warning; as it is, it sets nothing."""
    create_profile(paths, "studio", "https://cordage.example", Secret("k"), [DAWN])
    text = paths.config_file.read_text()
    as_it_is = load(paths)
    lines = [line.removeprefix("# ") for line in text.partition("\n\n")[2].splitlines()]
    paths.config_file.write_text("\n".join(lines))
    settings = load(paths)
    assert settings.warnings == as_it_is.warnings == ()
    assert settings.chosen is not None
    assert [w.name for w in settings.chosen.webhooks] == ["Sunset", "Dawn"]
    assert settings.keys == {"run.kill": "x"}


def test_the_template_names_every_section(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """The template contains every table that is read, so all settings can be found there."""
    read = set[str]()
    table = TomlTable.table

    def noted(self: TomlTable, name: str) -> TomlTable:
        read.add(name)
        return table(self, name)

    monkeypatch.setattr(TomlTable, "table", noted)
    create_profile(paths, "studio", "https://cordage.example", Secret("k"), [DAWN])
    load(paths)
    text = paths.config_file.read_text()
    assert {"pictures", "downloads", "retention", "keys"} <= read
    assert [
        name
        for name in read - {"studio"}
        if not any(head in text for head in (f"# [{name}]", f"# [{name}.", f".{name}]"))
    ] == []


def test_connecting_again_leaves_config_toml_alone(paths: Paths) -> None:
    """A further workspace only changes webhooks.toml, and a known webhook is accepted."""
    paths.config_file.write_text(MINE)
    create_profile(paths, "b", "https://cordage.example", Secret("k"), [DAWN])
    create_profile(paths, "b", "https://cordage.example", Secret("k2"), [DAWN, SUNSET])
    assert paths.config_file.read_text() == MINE
    assert [p.name for p in load(paths).profiles] == ["a", "b"]


def test_a_key_is_not_given_to_another_address(paths: Paths) -> None:
    """A profile's name that has another address already is refused before anything is saved."""
    paths.config_file.write_text("[profiles.a]\nbase_url = 'https://other.example'\n")
    with pytest.raises(ConfigError, match="with another address"):
        create_profile(paths, "a", "https://cordage.example", Secret("k"), [DAWN])
    assert not paths.credentials_file.exists()
