"""Sources of the API key, and the places where it may go."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cordage_tui.config import keys_from_programs
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.key_lookup import checked_key, find_key, save_key
from cordage_tui.config.keys_from_programs import CommandTimeout, run_bounded
from cordage_tui.config.paths import Paths
from cordage_tui.config.profiles import KeySource
from cordage_tui.config.settings import Settings
from cordage_tui.domain.secrets import Secret

CANARY = "cordage_canary0123456789"


def sources(env: str | None = None, *command: str) -> Settings:
    return Settings(key_sources={"a": KeySource(env, command or None)})


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package named keyring that the child finds; the test writes its `get_password`."""
    package = tmp_path / "site" / "keyring"
    package.mkdir(parents=True)
    (package / "errors.py").write_text("class NoKeyringError(Exception): pass\n")
    monkeypatch.setattr(keys_from_programs.importlib.util, "find_spec", lambda name: object())
    return package / "__init__.py"


def asked(keyring: Path, paths: Paths) -> str | None:
    key = find_key(paths, sources(), "a", {"PYTHONPATH": str(keyring.parent.parent)})
    return key and f"{key.source}={key.key.reveal()}"


@pytest.mark.parametrize("text", [CANARY, f"  {CANARY}\n", f"Bearer {CANARY}", f"bearer  {CANARY}\r\n"])
def test_a_pasted_key_is_trimmed(text: str) -> None:
    """White space around and a copied `Bearer ` are not part of the key (docs/dev/faults.md 162)."""
    assert checked_key(text) == Secret(CANARY)


@pytest.mark.parametrize(
    "text", ["", " \n", "Bearer \n", "ca na", "ca\nna", "ca\tna", "clé", "ca\x00na", "wh_abc123xyz", "x" * 1001]
)
def test_a_key_that_cannot_be_a_header_is_refused_unseen(text: str) -> None:
    """A key that cannot be a header is refused before use, and the message does not show it."""
    with pytest.raises(ConfigError) as caught:
        checked_key(text)
    assert not text.strip() or text.strip() not in caught.value.what


def test_the_order_of_places_is_the_designs(paths: Paths) -> None:
    """CORDAGE_API_KEY, api_key_env, api_key_command, credentials.toml; the first hit wins."""
    save_key(paths, "a", Secret("k4"))
    all_places = sources("STUDIO", *python("print('k3')"))
    environ = {"CORDAGE_API_KEY": "k1", "STUDIO": "k2"}
    found = []
    for settings, gone in ((all_places, "CORDAGE_API_KEY"), (all_places, "STUDIO"), (all_places, ""), (sources(), "")):
        key = find_key(paths, settings, "a", environ)
        assert key is not None
        found.append((key.source, key.key.reveal()))
        environ.pop(gone, None)
    assert found == [("CORDAGE_API_KEY", "k1"), ("STUDIO", "k2"), ("api_key_command", "k3"), ("credentials.toml", "k4")]


def test_no_key_anywhere_is_none(paths: Paths) -> None:
    """A missing key is None, because the welcome screen asks for it; blank variables count as unset."""
    assert find_key(paths, sources("STUDIO"), "a", {"CORDAGE_API_KEY": " ", "STUDIO": ""}) is None


def test_a_key_is_kept_for_its_own_profile_only(paths: Paths) -> None:
    """Saving a second profile's key leaves the first one's alone, and the last word of each wins."""
    for profile, key in (("a", "k1"), ("b b", "k2"), ("a", "k3")):
        save_key(paths, profile, Secret(key))
    keys = [find_key(paths, Settings(), profile, {}) for profile in ("a", "b b", "c")]
    assert [found and found.key.reveal() for found in keys] == ["k3", "k2", None]


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_what_is_written_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    """Folders 0700, files 0600, nothing left over (docs/dev/faults.md rule 10)."""
    paths = Paths.under(tmp_path / "new")
    before = os.umask(umask)
    try:
        save_key(paths, "a", Secret(CANARY))
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.rglob("*")}
    assert modes == {
        "new": 0o700,
        "config": 0o700,
        "credentials.toml": 0o600,
        "data": 0o700,
        "locks": 0o700,
        "config.lock": 0o600,
    }


def test_the_file_is_private_from_its_creation(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is private from its creation, because `open` itself gets the mode."""
    modes = []
    real = os.open

    def spy(path: str, flags: int, mode: int = 0o777, **more: int) -> int:
        if flags & os.O_CREAT:
            modes.append(mode)
        return real(path, flags, mode, **more)

    monkeypatch.setattr(os, "open", spy)
    save_key(paths, "a", Secret(CANARY))
    assert modes == [0o600, 0o600]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_file_others_can_read_is_refused(paths: Paths, mode: int) -> None:
    """A key file that others can read is refused with the remedy, and its key is not used (docs/dev/faults.md 161)."""
    save_key(paths, "a", Secret(CANARY))
    paths.credentials_file.chmod(mode)
    with pytest.raises(ConfigError, match=r"Others on this machine can read .* chmod 600") as caught:
        find_key(paths, Settings(), "a", {})
    assert CANARY not in caught.value.what


def test_a_failed_save_keeps_the_old_file(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk loses neither the keys that were there nor leaves half a file."""
    save_key(paths, "a", Secret("old"))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left on device"):
        save_key(paths, "a", Secret("new"))
    key = find_key(paths, Settings(), "a", {})
    assert key is not None
    assert key.key == Secret("old")
    assert [p.name for p in paths.config_dir.iterdir()] == ["credentials.toml"]


def test_a_linked_credentials_file_stays_a_link(paths: Paths, tmp_path: Path) -> None:
    """People keep such files elsewhere and link them; saving goes through the link."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    paths.credentials_file.symlink_to(elsewhere / "keys.toml")
    save_key(paths, "a", Secret("k"))
    assert paths.credentials_file.is_symlink()
    assert "k" in (elsewhere / "keys.toml").read_text()


def test_the_command_is_run_without_a_shell_and_without_our_keys(paths: Paths, tmp_path: Path) -> None:
    """Arguments arrive as written, and no API key from the environment goes to the child (docs/dev/faults.md rule 9)."""
    code = "import os, sys; print(sys.argv[1] + str('OTHER_KEY' in os.environ) + os.environ['TOKEN'])"
    settings = Settings(
        key_sources={"a": KeySource(None, (*python(code), "$(id);*")), "b": KeySource("OTHER_KEY", None)}
    )
    key = find_key(paths, settings, "a", {"OTHER_KEY": CANARY, "TOKEN": "t"})
    assert key is not None
    assert key.key.reveal() == "$(id);*Falset"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("/nonexistent/op",), "cannot run /nonexistent/op: No such file"),
        (
            python(f"import sys; sys.stderr.write('not signed in {CANARY}\\nmore'); sys.exit(6)"),
            "failed with code 6: not signed",
        ),
        (python("pass"), "What api_key_command printed is empty"),
        (python("print('a b')"), "has a space"),
    ],
)
def test_a_command_that_fails_is_an_error_in_words(paths: Paths, command: tuple[str, ...], message: str) -> None:
    """A failing command is an error with a sentence: continuing with the next source could use another workspace's
    key.

    Its output is not shown whole.
    """
    save_key(paths, "a", Secret("k"))
    with pytest.raises(ConfigError) as caught:
        find_key(paths, sources(None, *command), "a", {})
    assert message in caught.value.what
    assert CANARY not in caught.value.what
    assert "more" not in caught.value.happened


def test_a_child_that_hangs_is_ended_with_its_time() -> None:
    """A child that hangs is ended at its limit, even if a grandchild holds its output open."""
    code = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3)']); time.sleep(60)"
    began = time.monotonic()
    with pytest.raises(CommandTimeout):
        run_bounded(python(code), environ={}, limit_s=0.3)
    assert time.monotonic() - began < 2.5


def test_a_child_that_floods_does_not_fill_our_memory() -> None:
    """At most 64 KiB of a child's output are kept."""
    with pytest.raises(CommandTimeout):
        run_bounded(python("while True: print('x' * 9999)"), environ={}, limit_s=0.5)
    assert len(run_bounded(python("print('x' * 60_000)"), environ={}, limit_s=10).out) == 60_001


def test_the_keyring_is_asked_by_profile(keyring: Path, paths: Paths) -> None:
    """The key is kept under service `cordage-tui` and the profile's name."""
    keyring.write_text("def get_password(service, name): return f'{service}/{name}'\n")
    assert asked(keyring, paths) == "keyring=cordage-tui/a"


@pytest.mark.parametrize(
    "body", ["return None", "import keyring.errors; raise keyring.errors.NoKeyringError('headless')"]
)
def test_a_keyring_without_the_key_gives_way_to_the_file(keyring: Path, paths: Paths, body: str) -> None:
    """A keyring without a backend or without the key falls back to the file."""
    save_key(paths, "a", Secret("k"))
    keyring.write_text(f"def get_password(service, name):\n    {body}\n")
    assert asked(keyring, paths) == "credentials.toml=k"


def test_a_locked_or_silent_keyring_is_said_aloud(keyring: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked or silent keyring is an error, without a hang (docs/dev/faults.md rule 23, 163).

    A key in the file is not used instead: the keyring may have another one, and load must not decide which account pays.
    """
    save_key(paths, "a", Secret("k"))
    keyring.write_text("def get_password(service, name): raise RuntimeError('the collection is locked')\n")
    with pytest.raises(ConfigError, match="cannot be read: RuntimeError: the collection is locked"):
        asked(keyring, paths)
    monkeypatch.setattr(keys_from_programs, "KEYRING_LIMIT_S", 0.3)
    keyring.write_text("import time\ndef get_password(service, name): time.sleep(60)\n")
    with pytest.raises(ConfigError, match=r"did not answer within 0\.3 s"):
        asked(keyring, paths)


def test_a_keyring_module_in_the_current_folder_is_not_run(
    keyring: Path, paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starting the program inside a stranger's folder runs nothing of it."""
    keyring.write_text("def get_password(service, name): return 'right'\n")
    (tmp_path / "keyring.py").write_text("raise SystemExit('planted')\n")
    monkeypatch.chdir(tmp_path)
    assert asked(keyring, paths) == "keyring=right"


def test_two_processes_save_without_losing_a_key(paths: Paths) -> None:
    """Edits of several processes are one after the other."""
    code = (
        "import sys; from pathlib import Path; from cordage_tui.config.paths import Paths;"
        "from cordage_tui.config.key_lookup import save_key; from cordage_tui.domain.secrets import Secret;"
        f"[save_key(Paths.under(Path({str(paths.config_dir.parent)!r})), sys.argv[1] + str(n), Secret('k')) for n in range(8)]"
    )
    children = [subprocess.Popen([*python(code), name]) for name in "xyz"]
    assert [child.wait(20) for child in children] == [0, 0, 0]
    assert paths.credentials_file.read_text().count("api_key") == 24
