"""`doctor` on the ways out of the terminal, in many environments."""

import os
from importlib.metadata import requires

import pytest

from cordage_tui.cli.doctor.checks import CheckLevel, on_disk, pictures, programs, terminal, ways
from cordage_tui.cli.doctor.versions import SECURE_PILLOW, pillow
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.config.user_programs import CommandTarget, Hook, UserCommand
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.store.errors import DiskFull
from cordage_tui.store.file.database import Database

TERM = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
TRUE = TERM | {"COLORTERM": "truecolor"}


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Return `tools("xclip", tmux="echo off")`, which makes these the only programs."""

    def put(*names, **scripts):
        for name, script in (dict.fromkeys(names, "exit 0") | scripts).items():
            (tmp_path / name.replace("_", "-")).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name.replace("_", "-")).chmod(0o700)
        monkeypatch.setenv("PATH", str(tmp_path))
        return {"PATH": str(tmp_path)}

    return put


def checks_by_name(environ):
    """Return the checks by name."""
    return {check.name: check for check in ways(environ)}


@pytest.mark.parametrize(
    ("environ", "way"),
    [
        (TERM, "terminal (OSC 52)"),
        (TERM | {"DISPLAY": ":0"}, "xclip"),
        (TERM | {"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"}, "terminal (OSC 52) at your end of SSH"),
        (TERM | {"TMUX": "x"}, "tmux, and through it the terminal (set-clipboard external)"),
    ],
)
def test_the_clipboards_way_is_named(tools, environ, way):
    """`doctor` names the same way to the clipboard that the app uses."""
    path = tools("xclip", tmux='[ -z "$CORDAGE_API_KEY" ] && echo external')
    check = checks_by_name(environ | path | {"CORDAGE_API_KEY": "x"})["clipboard"]
    assert check.found == way and check.state is CheckLevel.OK


def test_what_stands_in_the_way_comes_with_its_cure(tools):
    """An obstacle to the clipboard is named with its remedy."""
    path = tools(tmux="echo off")
    blocked = checks_by_name(TERM | path | {"TMUX": "x"})["clipboard"]
    assert "only" in blocked.found and "set -g set-clipboard" in blocked.cure
    none = checks_by_name({"TERM": "linux"} | path)["clipboard"]
    assert none.state is CheckLevel.NOTE and "xclip" in none.cure


def test_the_viewer_and_ffmpeg_are_named_where_they_are(tools):
    """`doctor` names the viewer and ffmpeg, and over SSH no viewer."""
    assert "no display" in checks_by_name(TERM | tools())["opener"].found
    path = tools("xdg-open", "ffmpeg")
    checks = checks_by_name(TERM | path | {"DISPLAY": ":0"})
    assert checks["opener"].found == "xdg-open" and checks["ffmpeg"].found == os.path.join(path["PATH"], "ffmpeg")  # noqa: PTH118
    assert "over SSH" in checks_by_name(TERM | path | {"DISPLAY": ":0", "SSH_CONNECTION": "x"})["opener"].found


@pytest.mark.parametrize(
    ("environ", "show", "way"),
    [
        (TRUE, "auto", "Sixel if the terminal reports it, else half blocks"),
        (
            TRUE | {"TERM": "xterm-kitty"},
            "auto",
            "Kitty's protocol if the terminal reports it, else half blocks",
        ),
        (TRUE | {"TMUX": "x"}, "auto", "half blocks: tmux does not answer"),
        (TERM | {"TMUX": "x", "TERM": "screen"}, "auto", "half blocks: tmux does not answer"),
        (TRUE | {"STY": "x"}, "auto", "half blocks: screen passes on no image protocol"),
        (TRUE | {"TERM": "tmux-256color"}, "auto", "half blocks: tmux runs elsewhere and cannot be asked"),
        (TERM, "blocks", "half blocks, by [pictures] show"),
        (TRUE, "sixel", "Sixel, by [pictures] show"),
        (TRUE, "off", "described in words: [pictures] show is off"),
        (TRUE | {"NO_COLOR": "1"}, "auto", "described in words: NO_COLOR is set"),
        (TRUE | {"LANG": "C"}, "auto", "described in words: the locale is not UTF-8"),
        (TERM | {"TERM": "xterm"}, "auto", "described in words: the terminal has 16 colours or fewer"),
        (TRUE | {"TERM": "linux"}, "auto", "half blocks"),
    ],
)
def test_the_pictures_way_is_the_apps(environ, show, way):
    """`doctor` names the same way of drawing pictures that the app uses."""
    assert pictures(environ, show).found == way


def test_an_entry_of_the_views_that_cannot_be_used_is_noted(tmp_path):
    """An unusable entry of the views is a note with its line."""
    paths = Paths.under(tmp_path)
    paths.config_dir.mkdir(mode=0o700)
    paths.views_file.write_text('[[views]]\nname = "x"\n')
    checks = {check.name: check for check in on_disk(paths)}
    assert (
        checks["views"].state is CheckLevel.NOTE and "views.toml:1: views[1].filter is missing" in checks["views"].found
    )
    assert checks["views.toml"].state is not CheckLevel.WRONG


def test_hooks_and_commands_whose_program_does_not_exist_are_named(tools):
    """A hook or command without its program is named, and if all exist they are counted."""
    path = tools("say")
    hooks = {"on_idle": Hook(("say", "{text}")), "on_batch": Hook(("~/bin/page",))}
    commands = (UserCommand(SafeText("To the wall"), ("wall-upload",), (CommandTarget.RUN,)),)
    missing = list(programs(Settings(hooks=hooks, commands=commands), path))
    assert [check.found for check in missing] == [
        "hook on_batch: there is no program ~/bin/page",
        "command To the wall: there is no program wall-upload",
    ]
    assert {check.state for check in missing} == {CheckLevel.WRONG}
    tools("wall-upload")
    (good,) = programs(Settings(hooks={"on_idle": hooks["on_idle"]}, commands=commands), path)
    assert (good.state, good.found) == (CheckLevel.OK, "those of hooks (1) and commands (1) are there")
    assert list(programs(Settings(), path)) == []


def test_linear_mode_is_named_where_the_app_speaks_in_lines():
    """`doctor` says when the app starts in linear mode, why, and how to get a screen."""
    (dumb, _), (requested, _), (normal, _) = (
        [*terminal(environ)] for environ in ({"TERM": "dumb"}, TERM | {"ACCESSIBLE": "1"}, TERM | {"ACCESSIBLE": "0"})
    )
    assert "help linear" in dumb.cure and "set TERM" in dumb.cure
    assert "ACCESSIBLE" in requested.found
    assert normal.found == "xterm-256color"


def test_folders_that_cannot_be_written_are_named(tmp_path, monkeypatch):
    """Each folder that cannot be written is named with the consequence."""

    def folder_checks():
        return [check for check in on_disk(Paths.under(tmp_path / "home")) if check.name == "folders"]

    assert [check.state for check in folder_checks()] == [CheckLevel.OK]
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "state").write_text("")
    (state,) = folder_checks()
    assert state.state is CheckLevel.WRONG and "is not a folder; nothing can be sent" in state.found
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert ["is not writable" in check.found for check in folder_checks()] == [True, True, False]


def test_a_pillow_with_a_known_weakness_is_wrong():
    """A Pillow below the required version is wrong, and a newer one is fine."""
    assert pillow("12.9.1").state is pillow("9.0").state is CheckLevel.WRONG
    assert "CVE-2026-112403" in pillow("12.9.1").found and "pillow>=13.0.0" in pillow("12.9.1").cure
    assert pillow(SECURE_PILLOW).state is pillow("14.1").state is CheckLevel.OK
    assert pillow(None).state is CheckLevel.NOTE
    requirements = [requirement.partition(";")[0] for requirement in requires("cordage-tui") or []]
    assert f"pillow>={SECURE_PILLOW.removesuffix('.0.0')}" in requirements


def test_what_needs_the_user_is_not_called_well(studio):
    """A paused queue and a damaged database are named, and the summary does not say that nothing is wrong."""
    assert studio("queue", "pause").code == 0
    database = studio.home.paths.database
    database.with_name(f"{database.name}.damaged-20260101-000000").touch()
    ended = studio("doctor")
    assert "paused" in ended.out and "cordage-tui queue resume" in ended.out
    assert ".damaged-20260101-000000" in ended.out
    assert ended.code == 0 and "Nothing is wrong." not in ended.err
    assert "Nothing is broken, but look at: damaged, paused." in ended.err


def test_a_full_disk_is_not_a_fault_of_the_server(studio, monkeypatch):
    """If the database cannot be written, `doctor` blames the disk and not the server."""
    assert studio("runs").code == 0

    def refuse(*_, **__):
        raise DiskFull("The disk that holds x.db is full.")

    studio.read_long_ago()
    monkeypatch.setattr(Database, "write", refuse)
    ended = studio("doctor")
    assert ended.code == 2 and "WRONG  disk" in ended.out and "WRONG  server" not in ended.out
