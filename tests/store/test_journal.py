"""Which journal is chosen: WAL only for a sound SQLite on a local disk."""

from pathlib import Path

import pytest

from cordage_tui.store.file.open import JournalMode, choose, file_system_in, wal_is_sound

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 22 0:35 / /home rw shared:5 - nfs4 server:/home rw
41 40 0:36 / /home/me/local\\040disk rw - xfs /dev/vdb rw
42 22 0:37 / /homes rw - fuse.sshfs host: rw
broken line
"""


@pytest.mark.parametrize(
    ("version", "sound"),
    [
        ((3, 51, 3), True),
        ((3, 51, 2), False),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
        ((3, 50, 7), True),
        ((3, 50, 6), False),
        ((3, 44, 6), True),
        ((3, 44, 5), False),
        ((3, 46, 1), False),
        ((3, 40, 1), False),
    ],
)
def test_wal_needs_a_fixed_sqlite(version, sound):
    """Only versions without the bug that corrupts WAL files get WAL (docs/dev/faults.md 157)."""
    assert wal_is_sound(version) is sound
    assert choose(version, "ext4") is (JournalMode.WAL if sound else JournalMode.TRUNCATE)


@pytest.mark.parametrize("file_system", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_network_disks_get_no_wal(file_system):
    """Where shared memory cannot be relied on, the journal is a rollback journal (docs/dev/faults.md 150)."""
    assert choose((3, 52, 0), file_system) is JournalMode.TRUNCATE


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/var/x", "ext4"),
        ("/home/me/x", "nfs4"),
        ("/home/me/local disk/x", "xfs"),
        ("/homes/x", "fuse.sshfs"),
        ("/home", "nfs4"),
    ],
)
def test_the_longest_mount_point_counts(path, expected):
    """A path belongs to the innermost mount above it, by whole path segments."""
    assert file_system_in(MOUNTS, Path(path)) == expected


def test_no_mount_table_is_no_answer():
    """The file system of a path without a mount point above it is unknown."""
    assert file_system_in("", Path("/x")) == ""
