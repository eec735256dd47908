"""Settings in config.toml, and the errors for wrong ones."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.config.profiles import PUBLISHED_BASE_URL, KeySource
from cordage_tui.config.settings import DownloadSettings, NotificationSettings, Settings, load
from cordage_tui.config.user_programs import CommandOutput, CommandTarget, Hook, UserCommand
from cordage_tui.domain.run import ColumnName
from cordage_tui.domain.webhook import Profile, SpendingLimits, Webhook

Load = Callable[[str | bytes], Settings]
Refused = Callable[[str | bytes], str]

FULL = """
default_profile = "studio"
[profiles.home]
[profiles.studio]
base_url = "https://cordage.example/api/webhooks/"
api_key_env = "CORDAGE_STUDIO_KEY"
api_key_command = "op read 'op://work/my key'"
read_only = true
protected = true
agents = "ask"
client_ref = true
[[profiles.studio.webhooks]]
key = "wh_abc123xyz"
name = "Sunset"
inputs = { style = ["photorealistic", "anime"], image_url = "", steps = 20, hd = true }
[polling]
read_share = 0.5
[ui]
theme = "nord"
submit = "ctrl+j"
mouse = false
[table]
columns = ["status", "prompt", "done", "ours", "at_cordage", "input.seed"]
[notices]
toast = false
bell = false
terminal = false
title = false
[keys]
"run.kill" = "x"
run.rerun = ["e", "E"]
"""


def test_every_setting_of_the_design_is_read(config: Load) -> None:
    """Each documented key arrives as its own typed value, and none of them warns."""
    settings = config(FULL)
    inputs = {"style": ["photorealistic", "anime"], "image_url": "", "steps": 20, "hd": True}
    assert settings == Settings(
        profiles=(
            Profile("home", PUBLISHED_BASE_URL),
            Profile(
                "studio",
                "https://cordage.example/api/webhooks",
                (Webhook("wh_abc123xyz", "Sunset", inputs),),
                read_only=True,
                protected=True,
                agents="ask",
                client_ref=True,
            ),
        ),
        default_profile="studio",
        read_share=0.5,
        theme="nord",
        submit="ctrl+j",
        mouse=False,
        columns=(
            *(ColumnName.STATUS, ColumnName.PROMPT, ColumnName.DONE),
            *(ColumnName.HERE, ColumnName.AT_CORDAGE, "input.seed"),
        ),
        keys={"run.kill": "x", "run.rerun": "e,E"},
        notices=NotificationSettings(toast=False, bell=False, terminal=False, title=False),
        key_sources={
            "home": KeySource(),
            "studio": KeySource("CORDAGE_STUDIO_KEY", ("op", "read", "op://work/my key")),
        },
    )
    assert settings.chosen == settings.profiles[1]


def test_a_hook_is_a_program_that_gets_no_key(config: Load) -> None:
    """A hook has a program and a time limit, and its environment lacks the variables with API keys."""
    settings = config(
        "[hooks]\non_finish = ['mail', '-s', 'a b']\ntime_limit_s = 5\n[profiles.a]\napi_key_env = 'A_KEY'"
    )
    assert settings.hooks == {"on_finish": Hook(("mail", "-s", "a b"), 5.0)}
    assert settings.secret_env_vars == {"CORDAGE_API_KEY", "A_KEY"}
    assert config("[hooks]\non_batch = 'true'").hooks == {"on_batch": Hook(("true",))}
    assert config("").secret_env_vars == {"CORDAGE_API_KEY"}
    assert config("[hooks]").hooks == {}


def test_each_event_has_its_own_program(config: Load) -> None:
    """Each event has its own program with `{text}` as an argument; an unknown event gives a warning."""
    settings = config("[hooks]\non_idle = ['say', '{text}']\non_hold = ['page']\non_dle = 'x'\n")
    assert settings.hooks == {"on_idle": Hook(("say", "{text}")), "on_hold": Hook(("page",))}
    (warning,) = settings.warnings
    assert "hooks.on_dle is not a setting" in warning and "'on_idle'" in warning


COMMAND = """
[[commands]]
key = "ctrl+g"
name = "To the wall"
on = ["run", "output"]
run = ["wall-upload", "{path}", "--title", "{prompt}"]
confirm = true
spends = true
background = false
into = "prompt"
time_limit_s = 5
[[commands]]
name = "Speak"
on = "marks"
run = "say 'all of them'"
"""


def test_commands_are_read_whole(config: Load) -> None:
    """Each key of a command is read with its type, and missing keys have defaults."""
    settings = config(COMMAND)
    run, output, marks = CommandTarget.RUN, CommandTarget.OUTPUT, CommandTarget.MARKS
    wall = ("wall-upload", "{path}", "--title", "{prompt}")
    assert settings.commands == (
        UserCommand("To the wall", wall, (run, output), "ctrl+g", True, True, False, CommandOutput.PROMPT, 5.0),
        UserCommand("Speak", ("say", "all of them"), (marks,)),
    )
    assert settings.warnings == ()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("on = 'run'\nrun = 'x'", "commands[1] has no name"),
        ("name = 'A'\non = 'run'", "commands[1] runs nothing"),
        ("name = 'A'\nrun = 'x'", "commands[1] does not say what it is run on. There are: run, output,"),
        ("name = 'A'\nrun = 'x'\non = ['runs']", "commands[1].on has 'runs', which nothing is called. Did you mean 'run'?"),
        ("name = 'A'\nrun = 'x'\non = []", "commands[1].on should be a list of names"),
        ("name = 'A'\nrun = 'x'\non = 'run'\ninto = 'file'", 'commands[1].into should be "toast" or "prompt"'),
        ("name = 'A'\nrun = ['x', '{promt}']\non = 'run'", "has {promt}, which has no value here. Did you mean 'prompt'?"),
        ("name = 'A'\nrun = ['x', '{path}']\non = ['run', 'prompt']", "has {path}, which has no value here"),
        ("name = 'A'\nrun = ['x', '--title={prompt}']\non = 'run'", "has {prompt} inside an argument"),
        ("name = 'A'\nrun = ['{path}']\non = 'run'", "would run the text of {path} as a program"),
        ("name = 'A'\nrun = ['sh', '-c', '{prompt}']\non = 'run'", "would run the text of {prompt} as a program"),
        ("name = 'A'\nrun = ['/bin/bash', '{path}']\non = 'run'", "would run the text of {path} as a program"),
        ("name = 'A'\nrun = 'x'\non = 'run'\n[[commands]]\nname = 'a'\nrun = 'y'\non = 'run'", "the name of two commands"),
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_meant_names_its_place(refused: Refused, lines: str, message: str) -> None:
    """An impossible command is refused with its place and the alternatives, and no outside text is run as a program."""
    assert message in refused(f"[[commands]]\n{lines}\n")


def test_braces_that_are_no_placeholder_are_text(config: Load) -> None:
    """Braces that are not placeholders stay text: a program of awk, a JSON object, and a script's arguments."""
    argv = ("sh", "-c", "awk '{ print }' <<< $1", "sh", "{prompt}", '{"a": 1}')
    (command,) = config(f"[[commands]]\nname = 'A'\non = 'run'\nrun = {list(argv)!r}\n").commands
    assert command.argv == argv


@pytest.mark.parametrize(
    ("text", "days"), [("", None), ('keep = "forever"', None), ('keep = "180d"', 180), ('keep = "2w"', 14)]
)
def test_how_long_runs_are_kept(config: Load, text: str, days: int | None) -> None:
    """Runs are kept forever, unless the settings limit their age."""
    assert config(f"[retention]\n{text}").retention_s == (None if days is None else days * 86_400.0)


@pytest.mark.parametrize("keep", ["'6h'", "'0d'", "'180'", "''", "180"])
def test_an_age_that_is_none_is_refused(config: Load, keep: str) -> None:
    """An invalid age is refused with its place and a working example."""
    with pytest.raises(ConfigError, match=r"retention\.keep"):
        config(f"[retention]\nkeep = {keep}")


def test_where_downloads_go(config: Load) -> None:
    """`~` in a folder is the user's home, and missing settings keep their defaults."""
    downloads = config("[downloads]\nfolder = '~/Pictures'\ntemplate = '{webhook}/{run}-{n}'").downloads
    assert downloads == DownloadSettings(Path.home() / "Pictures", "{webhook}/{run}-{n}")
    assert config("[downloads]").downloads == DownloadSettings()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("folder = 'Pictures'", "downloads.folder must begin with / or ~/"),
        ("folder = '~nobody-at-all/x'", "downloads.folder must begin with / or ~/"),
        ("folder = 3", "downloads.folder should be text"),
        ("template = '../{n}'", "downloads.template must stay below the folder"),
        ("template = ''", "downloads.template must name a file"),
        ("template = '{n}.{ext}/x'", "downloads.template may have {ext} only at its very end"),
        ("template = '{prompts}'", "downloads.template has a field that does not exist; there are {webhook}"),
    ],
)
def test_a_place_for_downloads_that_cannot_be_used_names_its_line(refused: Refused, line: str, words: str) -> None:
    message = refused(f"[downloads]\n{line}")
    assert f":2: {words}" in message


def test_spending_limits_and_prices(config: Load) -> None:
    """A profile and each webhook have their own run limits and prices, by default none."""
    profile = config(
        "[profiles.a]\ncurrency = '€'\nlimits = { per_day = 300, per_hour = 0 }\n"
        "[[profiles.a.webhooks]]\nkey = 'wh_1'\nprice = 0.04\nlimits.per_day = 5\n[[profiles.a.webhooks]]\nkey = 'wh_2'"
    ).profiles[0]
    assert (profile.limits, profile.currency) == (SpendingLimits(per_hour=0, per_day=300), "€")
    first, second = profile.webhooks
    assert (first.price, first.limits) == (0.04, SpendingLimits(per_day=5))
    assert (second.price, second.limits, bool(second.limits)) == (None, SpendingLimits(), False)
    assert profile.is_limited and bool(SpendingLimits(per_day=0))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("per_day = -1", "limits.per_day should be a whole number from 0"),
        ("per_day = 1.5", "limits.per_day should be a whole number from 0"),
        ("per_day = true", "limits.per_day should be a whole number from 0"),
        ("per_day = '300'", "limits.per_day should be a whole number from 0"),
        ("per_dya = 300", "limits.per_dya is not a limit. Did you mean 'per_day'?"),
    ],
)
def test_a_limit_that_would_not_hold_is_refused(refused: Refused, line: str, words: str) -> None:
    """A mistyped limit is an error and not a warning, because the user would rely on it."""
    message = refused(f"[profiles.a.limits]\n{line}")
    assert f":2: profiles.a.{words}" in message


def test_no_file_means_defaults(paths: Paths) -> None:
    """Missing files mean defaults, and reading writes nothing."""
    assert load(paths) == Settings()
    assert load(paths).chosen is None
    assert list(paths.config_dir.iterdir()) == []


def test_a_named_file_must_exist(paths: Paths) -> None:
    """`--config FILE` with a mistyped name is not silently the defaults."""
    with pytest.raises(ConfigError, match="There is no file"):
        load(paths, paths.config_dir / "conifg.toml")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[ui]\ntheme = \n", ":2:9: "),
        ("[ui]\ntheme = 'x'\ntheme = 'y'\n", ":3:12: "),
        ("[profiles.studio", ":1:17: "),
        ("a = [1,\n2\n", ":3:1: "),
        ("\r\n\r\nx ! 1", ":3:3: "),
    ],
)
def test_syntax_errors_name_line_and_column(refused: Refused, paths: Paths, text: str, place: str) -> None:
    """A syntax error names line and column, also at the end of the file."""
    assert f"{paths.config_file}{place}" in refused(text)


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("[profiles.a]\n\nread_only = 'yes'", 3, "profiles.a.read_only should be true or false"),
        ("[profiles.a]\nbase_url = 7", 2, "profiles.a.base_url should be text"),
        ("profiles = 3", 1, "profiles should be a table"),
        ("[profiles]\na = 3", 2, "profiles.a should be a table"),
        ("[profiles.a]\nwebhooks = { key = 'x' }", 2, "profiles.a.webhooks should be a list of tables"),
        ("[polling]\nread_share = 0.05", 2, "a number from 0.1 to 1"),
        ("[polling]\nread_share = true", 2, "a number from 0.1 to 1"),
        ("[polling]\nread_share = nan", 2, "a number from 0.1 to 1"),
        ("[ui]\nsubmit = 'shift+enter'", 2, '"enter" or "ctrl+j"'),
        ("[table]\ncolumns = 'prompt'", 2, "table.columns should be a list of names"),
        ("[table]\ncolumns = []", 2, "table.columns should be a list of names"),
        (
            "[table]\ncolumns = ['promt', 'age']",
            2,
            "has 'promt', and there is none of that name. Did you mean 'prompt'?",
        ),
        ("[table]\ncolumns = ['seed', 'prompt']", 2, "has 'seed', and there is none of that name."),
        ("[table]\ncolumns = ['input.', 'prompt']", 2, "has 'input.', and there is none of that name."),
        ("[table]\ncolumns = ['age', 'prompt', 'age']", 2, "has 'age' twice"),
        ("[table]\n\ncolumns = ['age']", 3, "lacks 'prompt', which is always shown"),
        ("[notices]\nbell = 1", 2, "notices.bell should be true or false"),
        ("[keys]\n'run.kill' = 3", 2, "should be a key as text"),
        ("[profiles.a]\napi_key_command = []", 2, "should be a command"),
        ("[profiles.a]\napi_key_command = 'op \"read'", 2, "a command whose quotes are closed"),
        ("[profiles.a]\napi_key_env = 'cordage_not a variable'", 2, "name of an environment variable"),
        ("[profiles.a]\nbase_url = 'http://cordage.example'", 2, "plain http"),
        ("[profiles.'../a']", 1, "must be letters"),
        (
            "[[profiles.a.webhooks]]\nkey='wh_1'\n[[profiles.a.webhooks]]\nkey='wh_2'\ninputs={since=2024-01-01}",
            5,
            "webhooks[2].inputs should be a table of text",
        ),
        ("[[profiles.a.webhooks]]\nkey='wh_1'\n[[profiles.a.webhooks]]\nname='x'", 3, "webhooks[2] has no key"),
        ("[[profiles.a.webhooks]]\nkey='wh_1'\n[[profiles.a.webhooks]]\n\nkey='wh_1'", 5, "is the same key as"),
        ("[[profiles.a.webhooks]]\nkey='wh_1'\nname=''", 3, "must have 1 to 60 characters"),
        ("default_profile = 'studoi'\n[profiles.studio]", 1, "Did you mean 'studio'?"),
    ],
)
def test_wrong_values_name_their_line_and_what_was_expected(
    refused: Refused, paths: Paths, text: str, line: int, expected: str
) -> None:
    """A value of the wrong kind is an error that can be acted on without the manual."""
    message = refused(text)
    assert message.startswith(f"{paths.config_file}:{line}: ")
    assert expected in message


def test_an_error_never_shows_the_value(refused: Refused) -> None:
    """A value in the wrong place may be a secret."""
    assert "cordage_canary" not in refused("[profiles.a]\nwebhooks = 'cordage_canary'")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "[profiles.a]\nbase_ulr = 'x'",
            2,
            "profiles.a.base_ulr is not a setting and is ignored. Did you mean 'base_url'",
        ),
        ("defualt_profile = 'x'", 1, "Did you mean 'default_profile'?"),
        ("[[profiles.a.webhooks]]\nkey='wh_1'\nnmae='x'", 3, "profiles.a.webhooks[1].nmae"),
        ("[ui]\nx = '''\nfoo = 1\n'''\nmouze = true", 5, "Did you mean 'mouse'?"),
        ("[zzz]\nq = 1", 1, "zzz is not a setting and is ignored."),
    ],
)
def test_unknown_keys_warn_and_lose_nothing(config: Load, paths: Paths, text: str, line: int, message: str) -> None:
    """An unknown key is ignored with a warning that names file, line and the nearest known key."""
    warnings = config(text).warnings
    assert any(f"{paths.config_file}:{line}: " in w and message in w for w in warnings), warnings


def test_an_api_key_in_the_settings_is_not_read_and_not_shown(config: Load) -> None:
    """config.toml may be public: a key in it is warned of by name only (docs/dev/faults.md 161)."""
    (warning,) = config("[profiles.a]\napi_key = 'cordage_canary'").warnings
    assert "belongs in CORDAGE_API_KEY or credentials.toml" in warning
    assert "canary" not in warning


def test_many_unknown_keys_stay_few_warnings(config: Load) -> None:
    """A file of another program does not flood the screen."""
    assert len(config("\n".join(f"k{n} = 1" for n in range(5_000))).warnings) == 20


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf[ui]\ntheme='nord'", b"[ui]\r\ntheme='nord'\r\n"])
def test_byte_order_mark_and_crlf_are_fine(config: Load, text: bytes) -> None:
    """Editors of other systems write them."""
    assert config(text).theme == "nord"


def test_a_file_that_is_not_utf8_says_where(refused: Refused) -> None:
    """Latin-1 is refused with the place of the first byte that is not UTF-8."""
    assert ":2:11: byte 0xe9 is not UTF-8." in refused(b"[ui]\ntheme = 'd\xe9j\xe0'")


def test_escapes_in_names_do_not_reach_the_terminal(config: Load) -> None:
    """A webhook's name is on one line and without control characters."""
    settings = config('[[profiles.a.webhooks]]\nkey = "wh_1"\nname = "Sun\\u001b]0;x\\nset"')
    assert settings.profiles[0].webhooks[0].name == "Sun␛]0;x set"


def test_a_webhook_without_a_name_is_called_by_its_masked_key(config: Load) -> None:
    """A name is optional; the key is never the name."""
    assert config('[[profiles.a.webhooks]]\nkey = "wh_abc123xyz"').profiles[0].webhooks[0].name == "wh_a…xyz"


def test_webhooks_of_one_name_are_warned_of(config: Load) -> None:
    """People choose webhooks by name, so two of one name are said aloud."""
    text = '[[profiles.a.webhooks]]\nkey="wh_1"\nname="Sunset"\n[[profiles.a.webhooks]]\nkey="wh_2"\nname="sunset"'
    assert "two webhooks are named 'sunset'" in config(text).warnings[0]


def test_a_default_profile_before_any_profile_only_warns(config: Load) -> None:
    """Settings that came from another machine without webhooks.toml still open the welcome screen."""
    settings = config("default_profile = 'studio'")
    assert settings.chosen is None
    assert "there is no such profile" in settings.warnings[0]


def test_both_files_are_joined_and_the_users_wins(config: Load, paths: Paths) -> None:
    """webhooks.toml adds profiles and webhooks; if both files set one thing, config.toml counts."""
    paths.webhooks_file.write_text(
        "[profiles.a]\nbase_url='https://other.example'\n"
        "[[profiles.a.webhooks]]\nkey='wh_1'\nname='Ours'\n[[profiles.a.webhooks]]\nkey='wh_2'\nname='Second'\n"
        "[profiles.b]\nread_only = true\n"
    )
    settings = config(
        "[profiles.a]\nbase_url='https://mine.example'\n[[profiles.a.webhooks]]\nkey='wh_1'\nname='Mine'\n"
    )
    assert settings.profiles == (
        Profile("a", "https://mine.example", (Webhook("wh_1", "Mine"), Webhook("wh_2", "Second"))),
        Profile("b", PUBLISHED_BASE_URL, read_only=True),
    )


def test_folders_pipes_devices_and_giants_are_refused(paths: Paths, refused: Refused) -> None:
    """None of them is read, and a pipe without a writer does not hang the start (docs/dev/faults.md 160)."""
    assert "larger than" in refused("#" * 1_000_001)
    for make, message in (
        (lambda p: p.mkdir(), "is a folder"),
        (os.mkfifo, "not a regular file"),
        (lambda p: p.symlink_to("/dev/zero"), "not a regular file"),
        (lambda p: p.symlink_to(p), "Cannot read"),
    ):
        paths.config_file.rmdir() if paths.config_file.is_dir() else paths.config_file.unlink()
        make(paths.config_file)
        with pytest.raises(ConfigError, match=message):
            load(paths)


@pytest.mark.parametrize("text", ["x = " + "[" * 50_000, "x = " + "9" * 5_000, "x." * 3_000 + "y = 1"])
def test_hostile_nesting_and_numbers_are_worded(refused: Refused, config: Load, text: str) -> None:
    """Nesting and numbers that break the parser give one clear error, or are harmless."""
    try:
        config(text)
    except ConfigError as error:
        assert "config.toml" in error.what


@pytest.mark.parametrize("mode", [0o777, 0o772])
def test_what_anyone_can_change_is_refused(config: Load, paths: Paths, mode: int) -> None:
    """A stranger who can write the settings can have a program run by `api_key_command` (docs/dev/faults.md 161)."""
    config("")
    paths.config_file.chmod(mode)
    with pytest.raises(ConfigError, match=r"Anyone on this machine can change .* chmod o-w"):
        load(paths)
    paths.config_file.chmod(0o644)
    paths.config_dir.chmod(mode)
    with pytest.raises(ConfigError, match=r"can replace the files in .* chmod o-w"):
        load(paths)


def test_reading_settings_never_writes(config: Load, paths: Paths, tmp_path: Path) -> None:
    """Defaults never overwrite a file, broken or not."""
    text = "[ui\n"
    with pytest.raises(ConfigError):
        config(text)
    assert paths.config_file.read_text() == text
    assert [p.name for p in tmp_path.rglob("*")] == ["config", "config.toml"]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("random 9..1", "'random 9..1' has to go from a smaller number to a larger one"),
        ("random 5..5", "from a smaller number to a larger one"),
        ("random 1..x", "no bounds of whole numbers"),
        ("random 100", "no bounds of whole numbers"),
        ("random 1.5..2", "no bounds of whole numbers"),
        ("random 0..9999999999999999", "beyond 9,007,199,254,740,991"),
    ],
)
def test_bounds_of_a_random_input_make_sense(refused: Refused, written: str, message: str) -> None:
    """Impossible bounds of a random input are refused with line and name."""
    error = refused(f'[[profiles.a.webhooks]]\nkey = "wh_a"\ninputs = {{ seed = "{written}" }}\n')
    assert message in error
    assert ":3: profiles.a.webhooks[1].inputs.seed" in error


@pytest.mark.parametrize("written", ["random", "Random", "random -5..5", "random noise", "random 3d shapes"])
def test_texts_that_begin_with_random(config: Load, written: str) -> None:
    """Are bounds, or text as any other."""
    text = f'[[profiles.a.webhooks]]\nkey = "wh_a"\ninputs = {{ prompt = "random 2..1", seed = "{written}" }}\n'
    assert config(text).profiles[0].webhooks[0].inputs["seed"] == written
