"""The start of the app."""

import os
import sys
import tempfile
from types import ModuleType, SimpleNamespace
from urllib.request import Request, urlopen

import pytest

from cordage_tui.cli import launch
from cordage_tui.cli.base.command_line import parse
from cordage_tui.cli.launch import demo_launch, launch_options
from cordage_tui.cli.main import main
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.key_lookup import save_key
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.processes.leadership import UnstoredRun
from cordage_tui.store.errors import DatabaseLocked
from cordage_tui.store.file.file_lock import FileLock

STUDIO = "[profiles.studio]\nbase_url = 'https://cordage.example'\n"
WEBHOOK = "[[profiles.studio.webhooks]]\nkey = 'wh_1'\nname = 'Sunset'\n"


@pytest.fixture
def app(monkeypatch):
    """Replace the screen by a record of the options that it is opened with."""
    opened = []

    def open_app(value):
        opened.append(value)
        return SimpleNamespace(
            code=7, crashed=False, wants_demo=value.profile is None, unfinished=None, unstored=(), lost=()
        )

    module = ModuleType("cordage_tui.ui.app")
    module.run = open_app
    monkeypatch.setitem(sys.modules, "cordage_tui.ui.app", module)
    monkeypatch.setattr(launch, "check_terminal", lambda: None)
    return opened


def test_a_configured_machine_opens_its_profile(here, app):
    """Profile, key, mouse and read-only reach the screen, and its exit code is that of the program."""
    here.config(STUDIO + WEBHOOK)
    save_key(here.paths, "studio", Secret("cordage_k"))
    assert main(["--read-only", "--no-mouse"]) == 7
    (opened,) = app
    assert opened.profile == Profile("studio", "https://cordage.example", (Webhook("wh_1", "Sunset"),), read_only=True)
    assert opened.key.key == Secret("cordage_k")
    assert (opened.read_only, opened.mouse, opened.demo, opened.problem) == (True, False, None, None)
    assert opened.paths == here.paths


@pytest.mark.parametrize("code", [0, 1, 143])
def test_a_bug_in_the_app_is_70(here, app, monkeypatch, code):
    """A bug in the app or the demo ends with 70, whatever code the screen returned."""
    crash = SimpleNamespace(code=code, crashed=True, wants_demo=False, unfinished=None)
    monkeypatch.setattr(sys.modules["cordage_tui.ui.app"], "run", lambda value: crash)
    here.config(STUDIO + WEBHOOK)
    assert main([]) == 70
    assert main(["--demo"]) == 70


def test_an_empty_machine_opens_the_welcome_screen(here):
    """Without a profile there is neither key nor problem, and an address from the environment is offered."""
    opened = launch_options(parse(["--base-url", "http://127.0.0.1:8765/api"]))
    assert (opened.profile, opened.key, opened.problem) == (None, None, None)
    assert opened.settings.base_url == "http://127.0.0.1:8765/api"
    assert not here.paths.config_dir.exists()


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        (STUDIO, "cordage_k", "Profile 'studio' has no webhook yet."),
        (STUDIO + "api_key_env = 'STUDIO'\n" + WEBHOOK, "", "looked in CORDAGE_API_KEY, STUDIO, credentials.toml."),
    ],
)
def test_what_is_missing_is_said(here, monkeypatch, text, key, problem):
    """An incomplete configuration opens the first screen with the reason."""
    here.config(text)
    monkeypatch.setenv("CORDAGE_API_KEY", key)
    opened = launch_options(parse([]))
    assert problem in opened.problem
    assert (opened.profile is None) or (opened.key is None)


def test_a_broken_place_for_the_key_stops_the_start(here):
    """A key file that others can read ends the start with an error."""
    here.config(STUDIO + WEBHOOK)
    save_key(here.paths, "studio", Secret("cordage_k"))
    here.paths.credentials_file.chmod(0o644)
    with pytest.raises(ConfigError, match="Others on this machine can read"):
        launch_options(parse([]))


def test_the_demo_is_apart_and_leaves_nothing(here, app, monkeypatch):
    """The demo needs no settings, uses no key of the user, and removes its folder."""
    here.config("[broken")
    monkeypatch.setenv("CORDAGE_API_KEY", "cordage_canary")
    monkeypatch.setenv("CORDAGE_BASE_URL", "https://cordage.example")
    with demo_launch(parse(["--demo"])) as opened:
        profile, demo, folder = opened.profile, opened.demo, opened.paths.config_dir.parent
        assert opened.settings.profiles == (profile,)
        assert profile.base_url == demo.base_url
        assert demo.base_url.startswith("http://127.0.0.1:")
        assert len(profile.webhooks) >= 4
        assert opened.key.key != Secret("cordage_canary")
        assert {key for key, _, _ in demo.seed} <= {webhook.key for webhook in profile.webhooks}
        assert demo.seed
        request = Request(
            f"{demo.base_url}/{profile.webhooks[0].key}/runs",
            headers={"Authorization": f"Bearer {opened.key.key.reveal()}"},
        )
        with urlopen(request, timeout=10) as response:
            assert response.status == 200
        assert folder.exists()
    assert not folder.exists()
    assert main(["--demo", "--read-only"]) == 7
    assert app[0].profile.read_only


def test_a_log_of_the_demo_outlives_it(here, app, monkeypatch):
    """The demo logs into the user's folder if `CORDAGE_LOG` is set, and otherwise into its own."""
    with demo_launch(parse(["--demo"])) as opened:
        assert opened.paths.logs == opened.paths.state_dir / "logs"
    monkeypatch.setenv("CORDAGE_LOG", "debug")
    with demo_launch(parse(["--demo"])) as opened:
        assert opened.paths.logs == here.paths.logs


def test_the_demo_removes_what_killed_demos_left(here, app, monkeypatch, tmp_path):
    """The demo removes folders of dead demos, but not those that are in use, new or not its own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = {name: tmp_path / f"cordage-demo-{name}" for name in ("dead", "alive", "new", "other")}
    for folder in made.values():
        (folder / "data").mkdir(parents=True)
    locks = [FileLock(made[name] / "demo.lock") for name in ("dead", "alive", "new")]
    assert all(lock.acquire() for lock in locks)
    locks[0].release()
    locks[2].release()
    (tmp_path / "cordage-demo-link").symlink_to(made["dead"])
    for name in ("dead", "alive", "other"):
        os.utime(made[name], (1, 1))
    with demo_launch(parse(["--demo"])) as opened:
        mine = opened.paths.config_dir.parent
        assert not made.pop("dead").exists()
        assert all(folder.exists() for folder in made.values())
        os.utime(mine, (1, 1))
        launch.remove_leftovers(tmp_path)
        assert mine.exists()


def test_the_welcome_screen_can_lead_to_the_demo(here, app):
    """Choosing the demo on the first screen opens it with the same options in the same process."""
    assert main(["--read-only"]) == 7
    assert [opened.demo is not None for opened in app] == [False, True]
    assert app[1].read_only


def test_a_database_that_cannot_be_opened_is_said(here, capsys, monkeypatch):
    """An unusable database ends the start with 2 and its path, before any screen."""
    monkeypatch.setattr(launch, "check_terminal", lambda: None)
    here.config(STUDIO + WEBHOOK)
    here.paths.database.mkdir(parents=True)
    assert main([]) == 2
    message = capsys.readouterr().err
    assert message.startswith("cordage-tui: ")
    assert str(here.paths.database) in message


def test_a_database_that_others_are_writing_to_may_be_tried_again(here, app, capsys, monkeypatch):
    """A locked database ends the app with 3, as it ends a command."""

    def locked(_: object) -> None:
        raise DatabaseLocked("The database is locked by another program.")

    monkeypatch.setattr(sys.modules["cordage_tui.ui.app"], "run", locked)
    here.config(STUDIO + WEBHOOK)
    assert main([]) == 3
    assert "locked by another program" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("unstored", "lost", "code"),
    [
        ((), (SafeText("It is locked."), SafeText("Your draft for Sunset:\na fox")), 3),
        ((UnstoredRun("550e8400", SafeText("It is locked."), True),), (), 6),
    ],
)
def test_the_terminal_gets_what_could_not_be_saved(here, app, capsys, monkeypatch, unstored, lost, code):
    """Drafts and run ids that the database did not take are printed after the screen is closed, and the code is not 0."""
    ended = SimpleNamespace(code=0, crashed=False, wants_demo=False, unfinished=None, unstored=unstored, lost=lost)
    monkeypatch.setattr(sys.modules["cordage_tui.ui.app"], "run", lambda _: ended)
    here.config(STUDIO + WEBHOOK)
    assert main([]) == code
    message = capsys.readouterr().err
    assert all(text in message for text in lost)
    assert all(f"Run {run.run_id} was started, and could not be stored." in message for run in unstored)


@pytest.mark.parametrize(
    ("environ", "color_system"),
    [
        ({"TMUX": "/tmp/t,1,0", "TERM": "screen"}, "256"),
        ({"TMUX": "/tmp/t,1,0", "TERM": "tmux"}, "256"),
        ({"TMUX": "/tmp/t,1,0", "TERM": "screen", "TEXTUAL_COLOR_SYSTEM": "standard"}, "standard"),
        ({"TMUX": "/tmp/t,1,0", "TERM": "tmux-256color"}, None),
        ({"TMUX": "/tmp/t,1,0", "TERM": "screen", "COLORTERM": "truecolor"}, None),
        ({"TERM": "screen"}, None),
        ({"TERM": "xterm"}, None),
    ],
)
def test_tmux_has_more_colours_than_its_name_says(environ, color_system):
    """Inside tmux with a default TERM the app uses 256 colours, unless the user chose otherwise."""
    launch.limit_tmux_colours(environ)
    assert environ.get("TEXTUAL_COLOR_SYSTEM") == color_system
