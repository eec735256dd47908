"""`cordage-tui webhooks` works for people and for scripts."""

import json
from urllib.parse import urlsplit

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.simulator.faults import Call
from cordage_tui.simulator.webhooks import Durations, SimWebhook


def listed(cordage, *more):
    """Return the JSON answer of `webhooks list`."""
    return json.loads(cordage("webhooks", "list", "--json", *more).stdout)


def test_add_list_rename_remove(cordage):
    """A user can add, list, rename and remove a webhook. No answer shows a key whole, and messages go to stderr."""
    added = cordage("webhooks", "add", "wh_abc123xyz", "Product shots", "--untested")
    assert (added.returncode, added.stdout) == (0, "")
    assert added.stderr == "Product shots (wh_a…xyz) added to the new profile default.\n"
    assert cordage("webhooks", "add", "wh_2", "Two").stderr == "Two (wh_…) added to profile default.\n"
    assert cordage("webhooks").stdout == "Product shots  wh_a…xyz\nTwo            wh_…\n"
    assert cordage("webhooks", "rename", "product shots", "Dawn").returncode == 0
    assert cordage("webhooks", "remove", "wh_2").returncode == 0
    assert cordage("webhooks", "list").stdout == "Dawn  wh_a…xyz\n"


def test_json_is_one_versioned_object(cordage):
    """Scripts get one object with the version of its schema. Keys are masked unless an option asks for them."""
    cordage("webhooks", "add", "wh_abc123xyz", "Sunset", "--untested")
    row = {"name": "Sunset", "key": "wh_a…xyz", "inputs": {}}
    assert listed(cordage) == {"schema": 1, "kind": "webhooks", "profile": "default", "webhooks": [row]}
    assert listed(cordage, "--show-keys")["webhooks"] == [row | {"key": "wh_abc123xyz"}]
    renamed = json.loads(cordage("webhooks", "rename", "Sunset", "Dawn", "--json").stdout)
    assert renamed == {"schema": 1, "kind": "webhook", "profile": "default", "webhook": row | {"name": "Dawn"}}


def test_nothing_configured_is_an_empty_list(cordage):
    """Without settings, the command prints an empty list and a hint, and ends with 0."""
    ended = cordage("webhooks")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "Add one" in ended.stderr
    assert listed(cordage) == {"schema": 1, "kind": "webhooks", "profile": None, "webhooks": []}


def test_the_key_can_come_from_stdin(cordage):
    """The key can come from stdin, so that it does not stand in the history of the shell."""
    cordage("webhooks", "add", "-", "Sunset", "--untested", stdin="wh_fromstdin\nmore\n")
    assert listed(cordage, "--show-keys")["webhooks"][0]["key"] == "wh_fromstdin"
    assert cordage("webhooks", "add", "-", "Empty").returncode == 2


def test_the_profile_comes_from_flag_variable_or_file(cordage):
    """The flag names the profile before the variable, and the variable before the file. The flag may stand before or
    after the command."""
    cordage.config("default_profile = 'c'\n[profiles.a]\n[profiles.b]\n[profiles.c]\n")
    for argv, environ in (
        (["--profile", "a", "webhooks", "add", "wh_1", "In a"], {"CORDAGE_PROFILE": "b"}),
        (["webhooks", "add", "wh_2", "In b"], {"CORDAGE_PROFILE": "b"}),
        (["webhooks", "add", "wh_3", "In c"], {}),
        (["webhooks", "add", "wh_4", "New", "--profile", "d", "--base-url", "https://d.example", "--untested"], {}),
    ):
        assert cordage(*argv, **environ).returncode == 0
    names = {p: [w["name"] for w in listed(cordage, "--profile", p)["webhooks"]] for p in "abcd"}
    assert names == {"a": ["In a"], "b": ["In b"], "c": ["In c"], "d": ["New"]}
    assert cordage("webhooks", "add", "wh_5", "x", "--base-url", "https://x.example").returncode == 2


def test_a_name_that_is_not_there_suggests_the_nearest(cordage):
    """An unknown name changes no webhook, and the message suggests the nearest name."""
    cordage("webhooks", "add", "wh_1", "Sunset", "--untested")
    ended = cordage("webhooks", "remove", "sunst")
    assert ended.returncode == 2
    assert "Did you mean 'Sunset'?" in ended.stderr
    assert len(listed(cordage)["webhooks"]) == 1


def test_a_name_of_two_needs_the_key(cordage):
    """If two webhooks have the same name, the command refuses to choose one."""
    cordage.config("".join(f"[[profiles.a.webhooks]]\nkey='wh_{n}'\nname='Sunset'\n" for n in (1, 2)))
    ended = cordage("webhooks", "remove", "sunset")
    assert ended.returncode == 2
    assert "2 webhooks are named 'sunset'" in ended.stderr


def test_warnings_go_to_stderr(cordage):
    """The warning about an unknown setting goes to stderr, and the data on stdout is complete."""
    cordage.config("them = 1\n[[profiles.a.webhooks]]\nkey='wh_1'\nname='Sunset'\n")
    ended = cordage("webhooks")
    assert ended.stdout == "Sunset  wh_…\n"
    assert ended.stderr.startswith(f"warning: {cordage.paths.config_file}:1: them is not a setting")


def test_a_webhook_is_read_once_before_it_is_added(studio):
    """A webhook that the server does not know is added only with `--untested`. The test reads the list once and starts
    nothing."""
    ended = studio("webhooks", "add", "wh_nowhere", "Nowhere")
    assert ended.code == 2
    assert "Webhook not found" in ended.err and "--untested" in ended.err
    assert "Nowhere" not in studio("webhooks").out
    assert studio("webhooks", "add", "wh_nowhere", "Nowhere", "--profile", "a/b").code == 2
    assert len(studio.server.log) == 1
    assert studio("webhooks", "add", "wh_nowhere", "Nowhere", "--untested").code == 0
    assert len(studio.server.log) == 1
    studio.server.world.add_webhook(replace(studio.server.world.webhooks[0], key="wh_other"))
    assert studio("webhooks", "add", "wh_other", "Other").err == "Other (wh_…) added to profile studio.\n"
    assert [exchange.call for exchange in studio.server.log] == [Call.LIST, Call.LIST]


def test_a_server_given_without_its_path_is_saved_with_it(studio):
    """`--base-url http://host` works for a new profile, and `doctor` reports the address that lacks the path."""
    host = studio.server.base_url.split("/api/")[0]
    new = ("--profile", "new", "--base-url", host)
    assert studio("webhooks", "add", studio.key, "Sunset", *new).code == 0
    assert f'base_url = "{studio.server.base_url}"' in studio.home.paths.webhooks_file.read_text()
    assert f"has no path: try {studio.server.base_url}" in studio("doctor", "--base-url", host).out


def test_a_server_of_the_environment_is_asked_and_saved_and_no_other(studio, monkeypatch):
    """The API key goes only to the server that the variable names. A profile of another server is not changed."""
    monkeypatch.setenv("CORDAGE_BASE_URL", studio.server.base_url)
    monkeypatch.setenv("CORDAGE_PROFILE", "new")
    assert studio("webhooks", "add", studio.key, "Sunset").code == 0
    assert len(studio.server.log) == 1
    assert f'base_url = "{studio.server.base_url}"' in studio.home.paths.webhooks_file.read_text()
    monkeypatch.setenv("CORDAGE_BASE_URL", "http://127.0.0.1:9/api/webhooks")
    ended = studio("webhooks", "add", "wh_other", "Other", "--profile", "new")
    assert (ended.code, len(studio.server.log)) == (2, 1)
    assert "CORDAGE_BASE_URL" in ended.err and "Other" not in studio.home.paths.webhooks_file.read_text()


def test_a_server_that_is_not_reached_is_a_warning(studio):
    """If the server cannot be reached, the webhook is added with a warning, so a script can add several without a
    network."""
    studio.server.close()
    ended = studio("webhooks", "add", "wh_other", "Other")
    assert ended.code == 0
    server = urlsplit(studio.server.base_url).netloc
    assert f"warning: not tested: {server} refused the connection" in ended.err
    assert "Other" in studio("webhooks").out


def test_swapped_key_and_name_are_noticed_before_anything_is_saved_or_sent(studio):
    """Both commands refuse a key in the place of a name. Nothing is saved or sent, and the key is not printed."""
    for argv, message in (
        (["add", "Sunrise", "wh_secret123"], "Webhook key and name are swapped"),
        (["add", "wh_other", "cordage_secret123"], "There is a key in the name"),
        (["rename", "Sunset", "wh_secret123"], "There is a key in the name"),
    ):
        ended = studio("webhooks", *argv)
        assert ended.code == 2
        assert message in ended.err
        assert "secret123" not in ended.out + ended.err
    assert list(studio.server.log) == []
    assert "secret123" not in studio.home.paths.config_file.read_text()
    assert not studio.home.paths.webhooks_file.exists()


COMPANY = "https://cordage.example.com/api/webhooks"


def test_a_new_profile_needs_a_key(cordage):
    """A webhook for a new profile without an API key is refused, and the error says what comes first."""
    ended = cordage("webhooks", "add", "wh_one", "Sunset")
    assert ended.returncode == 2 and "key set" in ended.stderr and "--untested" in ended.stderr
    assert not cordage.paths.webhooks_file.exists()


def test_the_advised_key_set_has_no_server(cordage):
    """`key set` refuses the server of a new profile, so the command that enters its key first is advised without one."""
    company = ("--profile", "company", "--base-url", "cordage.example.com")
    advice = cordage("webhooks", "add", "wh_one", "Sunset", *company).stderr
    assert "cordage-tui --profile company key set" in advice
    assert cordage("--profile", "company", "key", "set", stdin="cordage_new\n").returncode == 0


def test_a_known_base_url_without_its_path_is_reported(studio):
    """If the settings name a server without the path that it needs, no webhook is added, because its runs could not be
    read."""
    host = studio.server.base_url.split("/api/")[0]
    studio("webhooks", "add", studio.key, "Sunset", "--profile", "bare", "--base-url", host, "--untested")
    studio.server.world.add_webhook(replace(studio.server.world.webhooks[0], key="wh_other"))
    ended = studio("webhooks", "add", "wh_other", "Other", "--profile", "bare")
    assert ended.code == 2 and f"profile set bare --base-url {studio.server.base_url}" in ended.err
    assert "Other" not in studio.home.paths.webhooks_file.read_text()


def test_a_profile_without_webhooks_gets_the_path_with_its_first(studio):
    """The path that a server needs is saved with the first webhook, unless the user's own file names the server."""
    host = studio.server.base_url.split("/api/")[0]
    add = ("webhooks", "add", studio.key, "Sunset", "--profile", "company")
    studio.home.config(f"[profiles.company]\nbase_url = '{host}'\n")
    ended = studio(*add)
    assert ended.code == 2 and f'base_url = "{studio.server.base_url}"' in ended.err
    studio.home.config("[profiles.company]\nread_only = false\n")
    assert studio("profile", "set", "company", "--base-url", host).code == 0
    assert studio(*add).code == 0
    assert f'base_url = "{studio.server.base_url}"' in studio.home.paths.webhooks_file.read_text()


def test_a_setting_in_the_wrong_place_is_a_warning(studio):
    """A setting outside its table is reported when a webhook is added, because the connection may fail without it."""
    studio.configure('ca_file = "/company-ca.pem"')
    assert "warning" in studio("webhooks", "add", "wh_other", "Other", "--untested").err


def test_a_new_profile_is_saved_only_if_a_read_worked(studio):
    """A new profile is saved only after a read of its server. The error says how to name another server."""
    wrong = ("webhooks", "add", "wh_one", "Sunset", "--profile", "new", "--base-url", "127.0.0.1:9")
    ended = studio(*wrong)
    assert ended.code == 3 and "--base-url ADDRESS" in ended.err
    assert not studio.home.paths.webhooks_file.exists()
    host = urlsplit(studio.server.base_url).netloc
    assert studio("webhooks", "add", studio.key, "Sunset", "--profile", "new", "--base-url", host).code == 0
    assert f'base_url = "{studio.server.base_url}"' in studio.home.paths.webhooks_file.read_text()


def test_a_base_url_with_a_wrong_path_is_named_whole(studio):
    """If the webhook is not found, the path of the base URL may be wrong, so the error contains the whole URL."""
    wrong = studio.server.base_url.replace("/api/", "/apo/") + "/v9"
    ended = studio("webhooks", "add", studio.key, "Sunset", "--profile", "new", "--base-url", wrong)
    assert ended.code != 0 and f"The server asked was {wrong}." in ended.err


def test_the_server_of_a_webhooks_url_is_agreed_to_before_the_key_goes_there(studio):
    """If the URL of a webhook names a server, a new profile needs the consent of the user. Another profile keeps its
    own server."""
    url = f"{studio.server.base_url}/{studio.key}/trigger"
    unasked = studio("webhooks", "add", url, "Sunset", "--profile", "new")
    assert unasked.code == 2 and "--yes" in unasked.err and not list(studio.server.log)
    refused = studio("webhooks", "add", url, "Sunset", "--profile", "new", stdin="n\n", terminal=True)
    assert refused.code == 2 and not studio.home.paths.webhooks_file.exists() and not list(studio.server.log)
    assert urlsplit(studio.server.base_url).netloc in refused.err
    assert studio("webhooks", "add", url, "Sunset", "--profile", "new", "--yes").code == 0
    assert f'base_url = "{studio.server.base_url}"' in studio.home.paths.webhooks_file.read_text()
    sent = len(studio.server.log)
    other = studio("webhooks", "add", f"{COMPANY}/wh_two", "Two")
    assert other.code == 2 and "cordage.example.com" in other.err and "--profile NAME" in other.err
    both = studio("webhooks", "add", f"{COMPANY}/wh_two", "Two", "--profile", "b", "--base-url", studio.server.base_url)
    assert both.code == 2 and "another server" in both.err and len(studio.server.log) == sent


def test_a_url_of_the_profiles_own_server_is_its_key(studio):
    """The whole URL of a webhook may be given wherever its key may."""
    studio.server.world.add_webhook(replace(studio.server.world.webhooks[0], key="wh_other"))
    ended = studio("webhooks", "add", f"{studio.server.base_url}/wh_other/trigger", "Other")
    assert ended.err == "Other (wh_…) added to profile studio.\n"


def test_another_base_url_says_how_to_change_the_profile(studio):
    """If `--base-url` names another server than the profile has, the error names the command that changes the profile.
    The same server is accepted."""
    ended = studio("webhooks", "add", "wh_two", "Two", "--base-url", "cordage.example.com")
    assert ended.code == 2
    assert "cordage-tui profile set studio --base-url cordage.example.com" in ended.err
    studio.server.world.add_webhook(replace(studio.server.world.webhooks[0], key="wh_other"))
    same = urlsplit(studio.server.base_url)
    assert studio("webhooks", "add", "wh_other", "Other", "--base-url", f"{same.netloc}{same.path}").code == 0


def test_a_refused_test_of_a_webhook_is_reported(studio):
    """The webhook is saved with a warning that contains the refusal and the advice, and `key status` reports the
    refusal."""
    assert studio("runs").code == 0
    studio.server.world.api_keys.clear()
    ended = studio("webhooks", "add", "wh_other", "Other")
    assert ended.code == 0
    assert "not tested" not in ended.err
    assert "warning: tested, and refused: API key rejected (401)" in ended.err and "cordage-tui key set" in ended.err
    status = studio("key", "status")
    assert status.code == 4 and "The server refused it" in status.out


def test_a_test_that_succeeded_ends_an_older_refusal(studio):
    """`key status` reports the newest answer of the server, whichever command got it."""
    known = set(studio.server.world.api_keys)
    studio.server.world.api_keys.clear()
    studio("runs")
    assert studio("key", "status").code == 4
    studio.server.world.api_keys.update(known)
    studio.server.world.add_webhook(SimWebhook("wh_added0001", "Other", Durations(60, 60)))
    assert studio("webhooks", "add", "wh_added0001", "Other").code == 0
    assert studio("key", "status").code == 0
