"""A command whose client is gone, such as `ssh host cordage-tui …` without a terminal, spends nothing more and ends."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.simulator.faults import Call, FaultKind
from tests.cli.conftest import PROGRAM
from tests.cli.test_unfinished import runs, states, until

SOON_S = 20.0


@pytest.fixture(params=["pipe", "socket"])
def client(request):
    """Return both ends of the output that a client reads; sshd uses a pipe or a socket."""
    if request.param == "pipe":
        ours, theirs = os.pipe()
    else:
        ours, theirs = (end.detach() for end in socket.socketpair())
    open_ends = {ours, theirs}

    def close(end):
        if end in open_ends:
            open_ends.discard(end)
            os.close(end)

    yield ours, theirs, close
    for end in [*open_ends]:
        close(end)


@pytest.fixture
def prompts(tmp_path):
    """Return the name of a file with four prompts."""
    file = tmp_path / "prompts.txt"
    file.write_text("one\ntwo\nthree\nfour\n")
    return str(file)


def _ended(child):
    _, err = child.communicate(timeout=SOON_S)
    return child.returncode, err


def test_a_batch_is_not_sent_on_without_its_client(studio, started, client, prompts):
    """Without its client a batch sends nothing more, waits for the sent prompts, and leaves the rest queued."""
    ours, theirs, close = client
    studio.fails(Call.TRIGGER, FaultKind.DELAY, seconds=1.5)
    child = started("trigger", "Sunset", "--file", prompts, "--yes", stdout=theirs)
    close(theirs)
    until(child, lambda: studio.triggers == 1)
    close(ours)
    code, err = _ended(child)
    assert (code, studio.triggers, states(studio)) == (ExitCode.UNFINISHED, 1, {"queued": 3})
    assert "1 of 4 runs were started" in err


def test_a_prompt_that_waits_is_taken_back_without_its_client(studio, started, client):
    """A single prompt that was surely not sent is removed when its client is gone, with the code of a hang-up."""
    ours, theirs, close = client
    limit = {"status": 429, "body": '{"error": "Rate limit exceeded.", "retry_after": 60}'}
    studio.fails(Call.TRIGGER, FaultKind.STATUS, **limit)
    child = started("trigger", "Sunset", "a fox", "--wait", stdout=theirs)
    close(theirs)
    until(child, lambda: studio.triggers == 1 and states(studio) == {"queued": 1})
    close(ours)
    assert _ended(child)[0] == ExitCode.HUNG_UP
    assert (runs(studio), states(studio)) == ([], {})


@pytest.mark.parametrize(
    "argv",
    [("watch", "--forever"), ("download", "RUN", "--wait"), ("queue", "work")],
    ids=["watch", "download", "worker"],
)
def test_what_would_wait_for_ever_ends_with_its_client(studio, started, client, argv):
    """A command that only waits ends with the code of a hang-up when nobody reads its output."""
    ours, theirs, close = client
    run_id = studio.started()
    assert studio("runs").code == ExitCode.OK
    count = len(studio.server.log)
    child = started(*(run_id if word == "RUN" else word for word in argv), stdout=theirs)
    close(theirs)
    until(child, lambda: len(studio.server.log) > count)
    if argv[0] == "watch":
        os.read(ours, 1)  # its first lines are out: a write that fails ends it as the end of a pipe
    close(ours)
    assert _ended(child)[0] == ExitCode.HUNG_UP


@pytest.mark.parametrize("way", ["nohup", "file", "closed stdin"])
def test_what_nobody_reads_now_goes_on(studio, started, prompts, tmp_path, way):
    """With `nohup`, a file as output, or a closed stdin the whole batch is sent."""
    studio.fails(Call.TRIGGER, FaultKind.DELAY, seconds=0.5)
    argv = ("trigger", "Sunset", "--file", prompts, "--yes")
    reader, writer = os.pipe()
    with open(tmp_path / "out", "wb") as file:  # noqa: PTH123
        if way == "nohup":
            child = started(*argv, stdout=writer, ignored=signal.SIGHUP)
        elif way == "file":
            child = started(*argv, stdout=file.fileno())
        else:
            child = started(*argv, stdin=reader)
    until(child, lambda: studio.triggers >= 1)
    os.close(writer)
    os.close(reader)
    child.communicate(timeout=SOON_S)
    assert (len(runs(studio)), states(studio)) == (4, {})


def test_a_half_closed_socket_goes_on(studio, started, prompts):
    """A client that has sent all its input and still reads is not gone."""
    ours, theirs = socket.socketpair()
    studio.fails(Call.TRIGGER, FaultKind.DELAY, seconds=0.5)
    with ours:
        child = started("trigger", "Sunset", "--file", prompts, "--yes", stdin=theirs.fileno(), stdout=theirs.fileno())
        theirs.close()
        until(child, lambda: studio.triggers >= 1)
        ours.shutdown(socket.SHUT_WR)
        assert _ended(child)[0] == ExitCode.OK
        assert ours.recv(10_000).decode().split() == [run.run_id for run in reversed(runs(studio))]


SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")


@pytest.fixture
def ssh(tmp_path_factory):
    """Return `ssh(words)`, which runs a command through a real sshd on loopback without a terminal."""
    if SSHD is None or shutil.which("ssh") is None:
        pytest.skip("needs sshd and ssh")
    folder = tmp_path_factory.mktemp("sshd")
    folder.chmod(0o700)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "user.pub").rename(folder / "authorized")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "config").write_text(
        f"HostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\nPidFile none\nStrictModes no\n"
        "ListenAddress 127.0.0.1\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n"
    )
    server = subprocess.Popen(
        [SSHD, "-D", "-e", "-f", folder / "config", "-p", str(port)], stderr=subprocess.PIPE, text=True
    )
    line = server.stderr.readline()
    if "listening" not in line:
        server.communicate()
        pytest.skip(f"sshd does not start here: {line}")  # as root it needs /run/sshd
    options = ("StrictHostKeyChecking=no", f"UserKnownHostsFile={folder}/known", "BatchMode=yes", "LogLevel=ERROR")
    client = ["ssh", "-F", "none", "-i", folder / "user", "-p", str(port), *(f"-o{one}" for one in options)]
    client.append(f"{getpass.getuser()}@127.0.0.1")
    clients = []

    def run(words):
        clients.append(subprocess.Popen([*client, words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE))
        return clients[-1]

    yield run
    for one in clients:
        one.kill()
        one.communicate()
    server.kill()
    server.communicate()


@pytest.mark.parametrize(
    "argv", [("watch", "--forever"), ("trigger", "Sunset", "--file", "PROMPTS", "--yes")], ids=["watch", "batch"]
)
def test_a_killed_ssh_client_ends_its_command(studio, ssh, prompts, tmp_path, argv):
    """When the ssh client is killed, the command on the host ends and sends nothing more."""
    studio.fails(Call.TRIGGER, FaultKind.DELAY, seconds=1.0)
    environ = studio.home.environ | {"CORDAGE_API_KEY": studio.server.api_key}
    arguments = [*PROGRAM, *(prompts if word == "PROMPTS" else word for word in argv)]
    code, script = tmp_path / "code", tmp_path / "run.sh"
    assigned = "".join(f"export {name}='{value}'\n" for name, value in environ.items())
    script.write_text(
        f"{assigned}cd '{Path.cwd()}'\n{' '.join(arguments)}\necho $? > {code}.part\nmv {code}.part {code}\n"
    )
    client = ssh(f"sh {script}")
    until(client, lambda: studio.triggers == 1 or (argv[0] == "watch" and len(studio.server.log) > 0))
    client.kill()
    deadline = time.monotonic() + SOON_S
    while not code.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    if argv[0] == "watch":
        assert int(code.read_text()) == ExitCode.HUNG_UP
    else:
        assert (int(code.read_text()), studio.triggers, states(studio)) == (ExitCode.UNFINISHED, 1, {"queued": 3})
