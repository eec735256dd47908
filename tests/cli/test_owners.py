"""Settings and data that somebody else owns or may change, and a file system without locks."""

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
    """A studio whose settings have a hook, a command and an `api_key_command`, each of which leaves a file."""
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
@pytest.mark.parametrize("given", ["config_file", "config_dir"])
def test_programs_of_somebody_elses_settings_are_not_run(hooked, given):
    """They would run as this user, with this user's key; the warning names the owner and what is left out."""
    studio, trace = hooked
    os.chown(getattr(studio.home.paths, given), SOMEBODY, SOMEBODY)
    ended = studio("trigger", "Sunset", "a fox", "--wait")
    assert ended.code == 0 and not trace.exists(), ended.err
    assert f"belongs to user {SOMEBODY}" in ended.err and "hooks, commands and api_key_command are not run" in ended.err
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    assert studio("key").code == 2 and not trace.exists()
    assert f"belongs to user {SOMEBODY}" in studio("doctor", "--offline").out


@root_only
def test_programs_of_ones_own_settings_are_run(hooked):
    """Ownership alone decides: the same settings run their hook once they are the user's own."""
    studio, trace = hooked
    assert studio("trigger", "Sunset", "a fox", "--wait").code == 0
    assert trace.exists()


@root_only
def test_somebody_elses_database_is_named(studio):
    """Who owns the data can have prompts sent and paid for, so each command says whose it is, and doctor too."""
    studio("trigger", "Sunset", "a fox", "--queue")
    os.chown(studio.home.paths.database, SOMEBODY, SOMEBODY)
    ended = studio("queue")
    assert ended.code == 0 and f"belongs to user {SOMEBODY}" in ended.err
    assert f"belongs to user {SOMEBODY}" in studio("doctor", "--offline").out


def test_data_that_anybody_may_change_is_said(studio):
    """A data folder of mode 0777 is named with the command that closes it; a database of 0666 is closed, and that is said."""
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
    """Two programs could send the same prompt: `trigger` says so at once, and doctor names it; it waited for two minutes."""

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
    """As one `sudo` leaves it: nothing can be sent, so `trigger` says which file and what to do, and doctor too; after that it goes."""
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
