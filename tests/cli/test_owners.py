"""Settings and data that somebody else owns or can change, and a file system without locks."""

import errno
import fcntl
import json
import os
import time

import pytest

SOMEBODY = 54_321
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def hooked(studio, tmp_path):
    """Return a studio whose settings have a hook, a command and an `api_key_command`, and the file that each leaves."""
    trace = tmp_path / "trace"
    script = tmp_path / "leave"
    script.write_text(f"#!/bin/sh\ntouch {trace}\necho cordage_k\n")
    script.chmod(0o700)
    argv = json.dumps([str(script)])
    studio.configure(
        more=f"[hooks]\non_finish = {argv}\n[[commands]]\nname = 'leave'\non = ['run']\nrun = {argv}\n",
        profile=f"api_key_command = {argv}",
    )
    return studio, trace


@root_only
@pytest.mark.parametrize("path_name", ["config_file", "config_dir"])
def test_programs_of_somebody_elses_settings_are_not_run(hooked, path_name):
    """Programs in settings of another owner are not run, and a warning names owner and programs."""
    studio, trace = hooked
    os.chown(getattr(studio.home.paths, path_name), SOMEBODY, SOMEBODY)
    ended = studio("trigger", "Sunset", "a fox", "--wait")
    assert ended.code == 0 and not trace.exists(), ended.err
    assert f"belongs to user {SOMEBODY}" in ended.err and "hooks, commands and api_key_command are not run" in ended.err
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    assert studio("key").code == 2 and not trace.exists()
    assert f"belongs to user {SOMEBODY}" in studio("doctor", "--offline").out


@root_only
def test_programs_of_ones_own_settings_are_run(hooked):
    """Programs in the user's own settings are run."""
    studio, trace = hooked
    assert studio("trigger", "Sunset", "a fox", "--wait").code == 0
    assert trace.exists()


@root_only
def test_somebody_elses_database_is_named(studio):
    """Every command and `doctor` name the owner of a database that is not the user's."""
    studio("trigger", "Sunset", "a fox", "--queue")
    os.chown(studio.home.paths.database, SOMEBODY, SOMEBODY)
    ended = studio("queue")
    assert ended.code == 0 and f"belongs to user {SOMEBODY}" in ended.err
    assert f"belongs to user {SOMEBODY}" in studio("doctor", "--offline").out


def test_data_that_anybody_may_change_is_said(studio):
    """A data folder that anybody can change is named with its command, and an open database is closed."""
    studio("trigger", "Sunset", "a fox", "--queue")
    database = studio.home.paths.database
    database.chmod(0o666)
    ended = studio("queue")
    assert "Anyone on this machine could change" in ended.err and database.stat().st_mode & 0o777 == 0o600
    assert "Anyone" not in studio("queue").err
    database.parent.chmod(0o777)
    assert f"Run: chmod 700 {database.parent}" in studio("queue").err
    ended = studio("doctor", "--offline")
    assert ended.code != 0 and f"anyone on this machine can change {database.parent}" in ended.out


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK])
def test_without_locks_nothing_is_sent_and_the_reason_is_said(studio, monkeypatch, code):
    """Without file locks nothing is sent, because two programs could send the same prompt, and the reason is
    printed."""

    def refuse(descriptor, operation):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refuse)
    begun = time.monotonic()
    ended = studio("trigger", "Sunset", "a fox")
    assert ended.code == 3 and "its file system has no flock" in ended.err and "XDG_DATA_HOME" in ended.err
    assert time.monotonic() - begun < 20 and studio.server.world.list_runs(studio.key) == []
    checked = studio("doctor", "--offline")
    assert checked.code != 0 and "its file system has no flock" in checked.out
    added = studio("webhooks", "add", "wh_2", "Two", "--untested")
    assert added.code == 2 and "its file system has no flock" in added.err


@root_only
@pytest.mark.parametrize("duty", ["send", "poll"])
def test_a_lock_of_somebody_else_is_named_at_once(studio, monkeypatch, duty):
    """A lock file of another owner is named at once with its remedy, and nothing is sent."""
    assert studio("trigger", "Sunset", "a fox").code == 0
    (lock,) = (studio.home.paths.data_dir / "locks").glob(f"{duty}-*.lock")
    os.chown(lock, SOMEBODY, SOMEBODY)
    opened = os.open

    def refuse(path, *rest, **more):
        if os.fspath(path) == os.fspath(lock) and lock.stat().st_uid == SOMEBODY:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return opened(path, *rest, **more)

    monkeypatch.setattr(os, "open", refuse)
    begun = time.monotonic()
    ended = studio("trigger", "Sunset", "an owl")
    assert time.monotonic() - begun < 10
    cure = f'sudo chown -R "$(id -un)" {lock.parent}'
    assert ended.code == 3 and f"{lock} cannot be opened: it belongs to user {SOMEBODY}" in ended.err, ended.err
    assert cure in ended.err and "Nothing was started" in ended.err and studio.triggers == 1
    checked = studio("doctor", "--offline")
    assert checked.code != 0 and str(lock) in checked.out and cure in checked.out
    os.chown(lock, os.geteuid(), os.getegid())
    assert studio("trigger", "Sunset", "an owl").code == 0
