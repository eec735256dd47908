"""Faults of Textual that we work around: each is still there, and the patch that we would send fits the installed version."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import textual

UPSTREAM = Path(__file__).parents[1] / "cordage_tui" / "docs" / "dev" / "upstream"
FAULTS = sorted(path.stem for path in UPSTREAM.glob("t*.py"))
TIMEOUT_S = 60


def test_each_fault_has_a_script_and_a_patch() -> None:
    assert len(FAULTS) == 9
    assert sorted(path.stem for path in UPSTREAM.glob("*.patch")) == FAULTS


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_is_still_there(fault: str) -> None:
    """Where this fails, the fault is mended upstream, and what docs/dev/upstream/README.md names for it can go."""
    script = UPSTREAM / f"{fault}.py"
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert run.returncode == 1, run.stderr
    assert "Traceback" not in run.stderr and run.stderr.strip()


@pytest.mark.parametrize("fault", FAULTS)
def test_the_patch_fits(fault: str) -> None:
    """It changes the installed files of Textual at the lines that it names."""
    folder = Path(textual.__file__).parent
    environ = os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.parent), "GIT_DIR": os.devnull}
    command = ["git", "apply", "--check", "-p3", str(UPSTREAM / f"{fault}.patch")]
    run = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert run.returncode == 0, run.stderr
