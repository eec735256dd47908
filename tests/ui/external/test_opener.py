"""Files that are passed to a program that opens them (docs/dev/faults.md 135)."""

import os

import pytest

from cordage_tui.ui.external.opener import is_viewable

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.mark.parametrize(
    ("name", "content", "viewable"),
    [
        ("a.png", PNG, True),
        ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(20), True),
        ("a.mp4", b"\x00\x00\x00\x18ftypisom" + bytes(20), True),
        ("a.txt", "a caption, schön".encode(), True),
        ("a.json", b'{"a": 1}', True),
        ("a.bin", PNG, False),
        ("a.html", b"<html><script>", False),
        ("a.svg", b"<svg onload=x>", False),
        ("a.desktop", b"[Desktop Entry]\nExec=x", False),
        ("a.txt", b"#!/bin/sh\nrm -rf x", False),
        ("a.png", b"<html><script>", False),
        ("a.sh", PNG, False),
        ("a.PNG.desktop", PNG, False),
        ("a.jpg", PNG, False),
        ("a.png", b"", False),
    ],
)
def test_only_what_is_looked_at_and_is_what_it_is_called(tmp_path, name, content, viewable):
    """A file is opened only if name and first bytes name the same kind of picture, film, sound or text."""
    path = tmp_path / name
    path.write_bytes(content)
    assert is_viewable(path) is viewable


def test_what_could_be_run_or_is_no_file_is_not_opened(tmp_path):
    """An executable, a link, a folder, a pipe or a missing file is never opened."""
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    (tmp_path / "link.png").symlink_to(path)
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    assert not any(is_viewable(tmp_path / f"{name}.png") for name in ("link", "folder", "pipe", "none"))
    assert is_viewable(path)
    path.chmod(0o755)
    assert not is_viewable(path)
