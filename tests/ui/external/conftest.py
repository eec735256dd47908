"""A PATH with programs that the test writes."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Program = Callable[[str, str], Path]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Return `program(name, script)`, which writes a shell script of that name and returns its path."""

    def write(name: str, script: str) -> Path:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        return path

    return write


@pytest.fixture
def environ() -> dict[str, str]:
    """Return an environment with only the PATH."""
    return {"PATH": os.environ["PATH"]}
