"""What a download leaves on disk: one file of its own name, private, beside it how it was made (docs/dev/faults.md 131–136, 144)."""

import json
import os
import stat
from pathlib import Path

import pytest

from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.downloads import part_file
from tests.engine.downloads.yard import PNG, WEBHOOK, Yard, picture

NAME = "Sunset/2024-01-15/00000001-1.png"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_the_file_is_there_byte_for_byte_and_its_owners_alone(yard: Yard) -> None:
    content = picture()
    done = await yard.one(yard.storage.put("whatever.exe", content))
    assert yard.files() == [NAME] and done.path == yard.folder / NAME
    assert done.path.read_bytes() == content
    assert {mode(path) for path in yard.folder.rglob("*") if path.is_file()} == {0o600}
    assert {mode(path) for path in (yard.folder, *done.path.parents[:2])} == {0o700}
    assert not yard.parts()
    assert yard.store.downloads.files(done.row) == {1: done.path}


async def test_its_sidecar_tells_how_it_was_made_and_not_how_to_fetch_it(yard: Yard) -> None:
    done = await yard.one(yard.storage.put("cat.png", picture(), signed=True))
    assert done.path
    told = json.loads(done.path.with_name(done.path.name + ".json").read_text())
    assert told["run"] == "00000001-e29b" and told["webhook"] == "Sunset" and told["number"] == 1
    assert (told["media"], told["size"], told["parent"]) == ("PNG", 200_000, None)
    assert told["url"] == yard.storage.link("cat.png") + "?…"


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (b"\xff\xd8\xff" + bytes(9), ".jpg"),
        (b"<html><script>", ".bin"),
        (b"<svg xmlns=", ".bin"),
        (b"#!/bin/sh\nreboot", ".bin"),
        (b"MZ" + bytes(90), ".bin"),
        (b"[Desktop Entry]\nExec=reboot", ".bin"),
        (b"A quiet picture.\n", ".txt"),
        ("Käse, süß: “fürs Brot”\n".encode("cp1252", "replace"), ".txt"),
        ("Käse\n".encode("utf-16"), ".txt"),
        ("<html><script>".encode("utf-16"), ".bin"),
        (b"\xef\xbb\xbf" + b"x" * 4092 + "…".encode() * 9, ".txt"),
        (b"\n\n", ".txt"),
        (b"%PDF-1.7\n1 0 obj\n", ".pdf"),
        (b'{"a": 1}', ".json"),
    ],
)
async def test_the_ending_is_told_by_the_bytes_not_by_whoever_sends_them(
    yard: Yard, content: bytes, suffix: str
) -> None:
    """Whatever name, type and disposition say; and nothing can be run."""
    lies = {"Content-Disposition": "attachment; filename=../../.bashrc", "Content-Type": "image/png"}
    done = await yard.one(yard.storage.put("image.png", content, headers=lies))
    assert done.path and done.path.suffix == suffix and done.path.parent.name == "2024-01-15"
    assert mode(done.path) == 0o600


async def test_a_hostile_name_of_a_webhook_stays_one_folder(yard: Yard) -> None:
    yard.desk._session.open_profile = Profile(
        "studio", yard.profile.base_url, (Webhook(WEBHOOK, "../../.ssh/\x1b[2J"),)
    )
    await yard.one(yard.storage.put("cat.png", picture()))
    assert yard.files() == ["_.._.ssh_[2J/2024-01-15/00000001-1.png"]


@pytest.mark.parametrize("what", ["file", "folder", "fifo", "link", "sidecar"])
async def test_what_has_the_name_is_left_alone(yard: Yard, what: str) -> None:
    """The next number is taken; a link is neither followed nor replaced."""
    taken, victim = yard.folder / NAME, yard.home / "victim"
    taken.parent.mkdir(parents=True)
    victim.write_text("mine")
    match what:
        case "file":
            taken.write_text("mine")
        case "folder":
            taken.mkdir()
        case "fifo":
            os.mkfifo(taken)
        case "link":
            taken.symlink_to(victim)
        case "sidecar":
            taken.with_name(taken.name + ".json").write_text("mine")
    done = await yard.one(yard.storage.put("cat.png", picture()))
    assert done.path == taken.with_name("00000001-1 (2).png") and done.path.read_bytes() == picture()
    assert victim.read_text() == "mine"
    assert what != "file" or taken.read_text() == "mine"


async def test_a_link_where_a_folder_should_be_is_not_followed(yard: Yard) -> None:
    outside = yard.home / "outside"
    outside.mkdir()
    yard.folder.mkdir()
    (yard.folder / "Sunset").symlink_to(outside)
    assert "links are not followed" in await yard.ended(yard.storage.put("cat.png", picture()))
    assert not list(outside.iterdir())


async def test_the_users_own_folder_may_be_a_link(yard: Yard) -> None:
    """To a larger disk, as a rule."""
    (yard.home / "large").mkdir()
    yard.folder.symlink_to(yard.home / "large")
    done = await yard.one(yard.storage.put("cat.png", picture()))
    assert done.state is DownloadState.DONE and (yard.home / "large" / NAME).is_file()


@pytest.mark.parametrize("what", ["link", "file"])
async def test_what_has_the_parts_name_is_left_alone(yard: Yard, what: str) -> None:
    part, victim = (yard.folder / NAME).with_name("00000001-1.1.part"), yard.home / "victim"
    part.parent.mkdir(parents=True)
    victim.write_text("mine")
    part.symlink_to(victim) if what == "link" else part.write_text("mine")
    done = await yard.one(yard.storage.put("cat.png", picture()))
    assert done.state is DownloadState.DONE
    assert victim.read_text() == "mine" and part.read_text() == "mine"


@pytest.mark.parametrize("what", ["link", "file"])
def test_a_part_is_never_made_over_what_is_there(tmp_path: Path, what: str) -> None:
    """Whatever came to lie there since it was looked for."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "a.part").symlink_to(victim) if what == "link" else victim.rename(tmp_path / "a.part")
    with part_file.SafeDirectory.below(tmp_path, ()) as place, pytest.raises(FileExistsError):
        place.create("a.part")
    assert (tmp_path / "a.part").read_text() == "mine"


@pytest.mark.parametrize("parts", [("..",), ("a", "..", ".."), ("",), (".",)])
def test_no_path_leads_out_of_the_folder(tmp_path: Path, parts: tuple[str, ...]) -> None:
    """Not even one that somebody wrote into the database."""
    with pytest.raises(OSError, match="symbolic"):
        part_file.SafeDirectory.below(tmp_path / "pictures", parts)


@pytest.mark.parametrize("lacks", ["links", "links and renameat2"])
async def test_a_disk_without_links_never_overwrites_either(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    """FAT and many network disks: the file is renamed, exclusively where the system can, after a look where it cannot."""

    def refuse(*_: object, **about: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    if lacks != "links":
        monkeypatch.setattr("ctypes.CDLL", lambda *_, **about: object())
    (yard.folder / NAME).parent.mkdir(parents=True)
    (yard.folder / NAME).write_text("mine")
    done = await yard.one(yard.storage.put("cat.png", picture()))
    assert done.path and done.path.name == "00000001-1 (2).png" and done.path.read_bytes() == picture()
    assert (yard.folder / NAME).read_text() == "mine" and not yard.parts()


@pytest.mark.parametrize("exclusive", [True, False])
def test_such_a_rename_refuses_a_name_that_is_taken_between_look_and_deed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exclusive: bool
) -> None:
    (tmp_path / "a").write_text("new")
    (tmp_path / "b").write_text("mine")
    if not exclusive:
        monkeypatch.setattr("ctypes.CDLL", lambda *_, **about: object())
    fd = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(FileExistsError):
        part_file._rename_exclusively(fd, "a", "b")
    os.close(fd)
    assert (tmp_path / "b").read_text() == "mine"


async def test_the_same_address_twice_is_fetched_once(yard: Yard) -> None:
    """Two outputs of a run with one address are one file with two names, each with its sidecar."""
    link = yard.storage.put("cat.png", picture())
    one, two = await yard.fetch(link, link + "?x-amz-signature=other")
    assert one.path and two.path and one.path != two.path and one.path.samefile(two.path)
    assert len(yard.storage.seen) == 1
    assert json.loads(two.path.with_name(two.path.name + ".json").read_text())["number"] == 2


async def test_another_runs_same_address_is_the_same_file_if_the_storage_says_so(yard: Yard) -> None:
    """Its head is asked for. Another content under the old address is fetched, and so is a file the user has changed."""
    link = yard.storage.put("latest.png", picture())
    first, second = await yard.one(link), await yard.one(link)
    assert first.path and second.path and first.path.samefile(second.path)
    yard.storage.change("latest.png", content=picture(seed=2))
    third = await yard.one(link)
    assert third.path and third.path.read_bytes() == picture(seed=2)
    third.path.unlink()
    yard.storage.change("latest.png", content=picture())
    second.path.write_bytes(b"painted over")
    fourth = await yard.one(link)
    assert fourth.path and fourth.path.read_bytes() == picture() and not fourth.path.samefile(second.path)


async def test_an_output_is_fetched_once_for_each_folder(yard: Yard) -> None:
    """Asked for again it is answered with the file that is there; once that is gone it is fetched again."""
    row = yard.run(yard.storage.put("cat.png", picture()))
    (done,) = await yard.settled(yard.ask(row))
    outputs = yard.store.run_lookup.output_refs([row])
    assert yard.desk.enqueue(outputs, yard.folder).there == (done.path,)
    assert yard.desk.enqueue(outputs, yard.home / "elsewhere").new == 1
    assert done.path
    done.path.unlink()
    assert yard.desk.enqueue(outputs, yard.folder).new == 1


async def test_a_template_of_the_users_is_followed(yard: Yard) -> None:
    row = yard.run(yard.storage.put("cat.png", PNG))
    await yard.settled(yard.ask(row, template="all of {profile}/{n}"))
    assert yard.files() == ["all of studio/1.png"]
