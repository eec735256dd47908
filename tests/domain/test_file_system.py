"""File system checks: a path that cannot be examined never ends the program."""

import ast
import os
from pathlib import Path

import pytest

from cordage_tui.domain.base import file_system
from cordage_tui.domain.base.file_system import open_regular, read_named
from tests.source import that_name

RAISING = {"exists", "is_file", "is_dir", "is_symlink", "is_mount", "is_fifo", "is_socket", "is_block_device"}
"""Methods of pathlib.Path that raise before Python 3.14 what they cannot look at, or swallow it after."""


@pytest.mark.parametrize("look", [file_system.exists, file_system.is_file, file_system.is_folder])
def test_what_cannot_be_looked_at_is_not_there(look, tmp_path):
    """A name that is too long, one below a file, a circle of links, one that no file system takes."""
    (tmp_path / "file").touch()
    (tmp_path / "a").symlink_to(tmp_path / "a")
    for path in (tmp_path / ("x" * 300), tmp_path / "file" / "x", tmp_path / "a", tmp_path / "\0", tmp_path / "\udcff"):
        assert look(path) is False


def test_each_kind_is_told(tmp_path):
    """Checks distinguish files from folders."""
    file = tmp_path / "file"
    file.touch()
    kinds = [
        (check(file), check(tmp_path)) for check in (file_system.exists, file_system.is_file, file_system.is_folder)
    ]
    assert kinds == [(True, True), (True, False), (False, True)]


def test_nothing_asks_pathlib():
    """Every question of that kind in the package goes through `file_system`."""
    uses = [
        f"{name}:{node.lineno}"
        for name, module in that_name(*RAISING)
        for node in module.nodes
        if isinstance(node, ast.Attribute) and node.attr in RAISING and ast.unparse(node.value) != "os.path"
    ]
    assert [use for use in uses if not use.startswith("domain/base/file_system.py")] == []


def test_only_a_regular_file_is_opened(tmp_path: Path) -> None:
    """Only a regular file is opened: no link, no folder, and no pipe, which would wait for a writer."""
    file, link, pipe = tmp_path / "file", tmp_path / "link", tmp_path / "pipe"
    file.write_bytes(b"x")
    link.symlink_to(file)
    os.mkfifo(pipe)
    with open_regular(file) as opened:
        assert opened.read() == b"x"
    for other in (link, pipe, tmp_path, tmp_path / "gone"):
        with pytest.raises(OSError):
            open_regular(other)


def test_a_file_that_the_user_names_is_read_up_to_a_limit(tmp_path: Path) -> None:
    """A file named by the user, or a link to one, is read up to a limit; blocking or impossible paths raise OSError."""
    file, link, pipe = tmp_path / "file", tmp_path / "link", tmp_path / "pipe"
    file.write_bytes(b"a fox")
    link.symlink_to(file)
    os.mkfifo(pipe)
    assert (read_named(file, 9), read_named(link, 2)) == (b"a fox", b"a ")
    for other in (pipe, tmp_path, tmp_path / "gone", tmp_path / "\0", Path("~nobody-of-this-name/file")):
        with pytest.raises(OSError) as refused:
            read_named(other, 9, pipes=other != pipe)
        assert str(refused.value)
    writer = os.open(pipe, os.O_RDWR)
    os.write(writer, b"an owl")
    assert read_named(pipe, 6, pipes=True) == b"an owl"
    os.close(writer)
