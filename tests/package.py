"""What is published: built, checked, installed in fresh environments, and started there.

    python tests/package.py [--only-build] [PYTHON …]

Builds the sdist and from it the wheel, twice, and compares the two builds byte by byte.
Looks into both and has `twine` check what an index would show.
Then, unless `--only-build` is given, makes a fresh environment for each interpreter (this one by default), installs the wheel
there, and opens the demo in a pseudo-terminal with a home of its own.
Needs the packages `build` and `twine`, and an index.
"""

import argparse
import os
import pty
import select
import signal
import subprocess
import sys
import tarfile
import termios
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
UPSTREAM = "cordage_tui/docs/dev/upstream"
"""Programs and patches for the maintainers of our libraries, which no user needs."""
LIVE = b"live"
"""What the top line says once all runs have been read."""
SHOWN_S = 60.0
"""Seconds until then, and to the end, on a busy machine."""


def main() -> None:
    """Exits with 1 and the reason at the first thing that is wrong."""
    parser = argparse.ArgumentParser(description="Build the package, check it, and start the demo from it.")
    parser.add_argument("--only-build", action="store_true", help="install nothing")
    parser.add_argument("pythons", nargs="*", default=[sys.executable], metavar="PYTHON")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        wheel, sdist = built(Path(folder) / "first")
        again = built(Path(folder) / "second")
        expect([file.read_bytes() for file in (wheel, sdist)] == [file.read_bytes() for file in again], "builds differ")
        look_into(wheel, sdist)
        subprocess.run([sys.executable, "-m", "twine", "check", "--strict", wheel, sdist], check=True)
        for python in [] if arguments.only_build else arguments.pythons:
            started(python, wheel, Path(folder) / Path(python).name)


def built(folder: Path) -> tuple[Path, Path]:
    """The wheel and the sdist of this tree, made in that folder."""
    subprocess.run([sys.executable, "-m", "build", "--outdir", folder, ROOT], check=True, stdout=subprocess.DEVNULL)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


def look_into(wheel: Path, sdist: Path) -> None:
    """The wheel has what is read at run time and nothing of the tests; the sdist has the tests."""
    with zipfile.ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if ".dist-info/" not in name}
    tracked = subprocess.run(["git", "ls-files", "cordage_tui"], cwd=ROOT, capture_output=True, text=True, check=True)
    kept_out = {name for name in tracked.stdout.split() if name.startswith(f"{UPSTREAM}/")}
    missing = set(tracked.stdout.split()) - kept_out - names
    expect(not missing, f"the wheel lacks {sorted(missing)}")
    expect(not names & kept_out, f"the wheel has {UPSTREAM}")
    expect(all(name.startswith("cordage_tui/") for name in names), "the wheel has files beside the package")
    with tarfile.open(sdist) as packed_source:
        inside = {name.partition("/")[2] for name in packed_source.getnames()}
    wanted = {"README.md", "LICENSE", "pyproject.toml", ".ci/run", "tests/conftest.py", "screenshots/demo.webp"}
    expect(wanted <= inside, f"the sdist lacks {sorted(wanted - inside)}")
    print(f"{wheel.name}: {len(names)} files; {sdist.name}: {len(inside)} files")


def started(python: str, wheel: Path, place: Path) -> None:
    """Install the wheel under `python` and open the demo."""
    home = place.with_name(f"{place.name}-home")
    home.mkdir()
    subprocess.run([python, "-m", "venv", place], check=True)
    subprocess.run([place / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", wheel], check=True)
    program = str(place / "bin" / "cordage-tui")
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(home), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    for words in (["--version"], ["help", "start"], ["man"]):
        subprocess.run([program, *words], env=environ, check=True, stdout=subprocess.DEVNULL)
    tools = subprocess.run([program, "mcp"], env=environ, stderr=subprocess.PIPE, text=True, check=False)
    expect(
        tools.returncode == 2 and "extra mcp" in tools.stderr, f"without the extra, mcp ends with {tools.returncode}"
    )
    child, terminal = pty.fork()
    if child == 0:
        termios.tcsetwinsize(0, (30, 100))
        os.execve(program, [program, "--demo"], environ)
    seen = b""
    until = time.monotonic() + SHOWN_S
    while LIVE not in seen and time.monotonic() < until:
        if select.select([terminal], [], [], 1.0)[0]:
            seen += os.read(terminal, 65_536)
    expect(LIVE in seen, f"under {python} the demo does not go live")
    os.write(terminal, b"\x11")
    code = ended(child, terminal, until)
    expect(code == 0, f"under {python} the demo ends with {code}")
    left = [str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()]
    expect(not left, f"under {python} the demo leaves {left}")
    version = subprocess.run([python, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"{version}: installed, the demo opens and ends")


def ended(child: int, terminal: int, until: float) -> int:
    """Its exit code; what it still writes is read, or it could not end."""
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                os.read(terminal, 65_536)
            except OSError:  # it has closed its side
                time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def expect(holds: bool, words: str) -> None:
    """End with those words unless it holds."""
    if not holds:
        sys.exit(f"tests/package.py: {words}")


if __name__ == "__main__":
    main()
