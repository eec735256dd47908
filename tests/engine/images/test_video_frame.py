"""Of videos and sounds is told what ffprobe tells, where it is installed; where it is not, or they are bad, nothing breaks."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from cordage_tui.domain.image import PixelSize
from cordage_tui.domain.media_type import MP4, PNG, WAV, WEBM
from cordage_tui.engine.images import video_frame
from cordage_tui.engine.images.video_frame import probe

needs_ffmpeg = pytest.mark.skipif(not (shutil.which("ffmpeg") and shutil.which("ffprobe")), reason="ffmpeg")


@pytest.fixture
def film(tmp_path: Path) -> bytes:
    """Two seconds of red, 320 x 180."""
    made = tmp_path / "film.mp4"
    output_source = (
        "-f",
        "lavfi",
        "-i",
        "color=red:size=320x180:rate=5:duration=2",
        "-c:v",
        "mpeg4",
        "-movflags",
        "faststart",
    )
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *output_source, str(made)], check=True, timeout=60)
    return made.read_bytes()


def wav(seconds: int) -> bytes:
    """Silence."""
    size = 8_000 * seconds
    head = b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8_000, 8_000, 1, 8)
    return head + b"data" + struct.pack("<I", size) + b"\x80" * size


@needs_ffmpeg
def test_a_film_has_a_duration_a_size_and_a_first_frame(film: bytes, tmp_path: Path) -> None:
    """The frame is a picture like any other, to be decoded with the same care."""
    duration_s, pixels, frame = probe(film, MP4, whole=True)
    assert duration_s == pytest.approx(2, abs=0.3) and pixels == PixelSize(320, 180) and frame is not None
    (tmp_path / "frame.png").write_bytes(frame)
    red, green, blue = Image.open(tmp_path / "frame.png").convert("RGB").getpixel((160, 90))  # type: ignore[misc]
    assert red > 200 and green < 60 and blue < 60


@needs_ffmpeg
def test_the_length_of_a_sound_is_told_of_the_whole_of_it_only() -> None:
    """From a part it would be the part's."""
    assert probe(wav(3), WAV, whole=True) == (pytest.approx(3), None, None)
    assert probe(wav(3)[:9_000], WAV, whole=False) == (None, None, None)


@needs_ffmpeg
@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\0\0\0\x18ftypisom" + bytes(5_000),
        b"\x1a\x45\xdf\xa3" + b"\xff" * 5_000,
    ],
)
def test_neither_playlists_nor_rubbish_lead_anywhere(content: bytes) -> None:
    """A file is read as what its first bytes said it is; ffmpeg guesses nothing and opens nothing else."""
    for media in (MP4, WEBM, WAV):
        assert probe(content, media, whole=True) == (None, None, None)
    assert probe(wav(1), MP4, whole=True) == (None, None, None)


def test_without_ffprobe_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor of what is no clip."""
    assert probe(b"", PNG, whole=True) == (None, None, None)
    monkeypatch.setattr(video_frame, "_tool", lambda name: None)
    assert probe(wav(1), WAV, whole=True) == (None, None, None)
    assert not video_frame.can_probe()


@needs_ffmpeg
def test_the_users_environment_stays_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As with the picture decoder: a program in ffprobe's place sees no variable of ours, and may write next to nothing."""
    spy, seen = tmp_path / "ffprobe", tmp_path / "seen"
    spy.write_text(f"#!/bin/sh\nexec 2>/dev/null\n/usr/bin/env > {seen}\nulimit -c >> {seen}\nulimit -n >> {seen}\n")
    spy.chmod(0o700)
    monkeypatch.setenv("CORDAGE_API_KEY", "cordage_CANARY")
    monkeypatch.setattr(video_frame, "_tool", lambda name: str(spy))
    probe(wav(1), WAV, whole=True)
    said = seen.read_text()
    assert "CANARY" not in said and "HOME" not in said and said.splitlines()[-2:] == ["0", "32"]
