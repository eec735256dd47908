"""What is exported is written beside what is there, for the user alone."""

import os
from pathlib import Path

import pytest

from cordage_tui.engine.images.sheet_export import FOLDER, new_folder, write_new


def test_nothing_is_overwritten_and_nothing_is_left_half(tmp_path: Path) -> None:
    """The next name is taken; a link that lies in the way is no file to write through."""
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "sheet (2).png").symlink_to(elsewhere)
    paths = [write_new(tmp_path, (FOLDER,), "sheet", ".png", data) for data in (b"one", b"two")]
    assert [path.name for path in paths] == ["sheet.png", "sheet (3).png"]
    assert [path.read_bytes() for path in paths] == [b"one", b"two"]
    assert not elsewhere.exists() and len(list((tmp_path / FOLDER).iterdir())) == 3


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_only_the_user_can_read_it(tmp_path: Path, umask: int) -> None:
    """Whatever the umask: files 0600, folders 0700."""
    before = os.umask(umask)
    try:
        path = write_new(tmp_path / "d", (FOLDER,), "sheet", ".png", b"x")
        folder = new_folder(tmp_path / "d", (FOLDER,), "sheet")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600 and folder.stat().st_mode & 0o777 == 0o700


def test_each_page_has_a_folder_of_its_own(tmp_path: Path) -> None:
    """Two within a second are two."""
    folders = [new_folder(tmp_path, (FOLDER,), "sheet") for _ in range(2)]
    assert [folder.name for folder in folders] == ["sheet", "sheet (2)"] and all(f.is_dir() for f in folders)
