"""A PATH with programs of the test's own in it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Program = Callable[[str, str], Path]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """`program(name, script)`: a shell script of that name; its path."""

    def write(name: str, script: str) -> Path:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        return path

    return write


@pytest.fixture
def environ() -> dict[str, str]:
    return {"PATH": os.environ["PATH"]}
