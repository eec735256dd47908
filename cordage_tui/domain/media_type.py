"""Media types by a file's first bytes only: its name and its server are not trusted (docs/dev/faults.md 133, 135, 141)."""

import json
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from enum import StrEnum
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass

HEAD: Final = 4096
"""Number of bytes from a file's start that identify its type."""


class MediaKind(StrEnum):
    """Kinds of media by how they can be shown."""

    PICTURE = "picture"
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"
    JSON = "JSON"
    OTHER = "file"


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type."""

    kind: MediaKind
    name: str
    """As people call it: `PNG`."""
    suffix: str
    """For a file's name, with its dot. Never one that a system would run or open as a page."""


PNG: Final = MediaType(MediaKind.PICTURE, "PNG", ".png")
JPEG: Final = MediaType(MediaKind.PICTURE, "JPEG", ".jpg")
GIF: Final = MediaType(MediaKind.PICTURE, "GIF", ".gif")
WEBP: Final = MediaType(MediaKind.PICTURE, "WebP", ".webp")
MP4: Final = MediaType(MediaKind.VIDEO, "MP4", ".mp4")
QUICKTIME: Final = MediaType(MediaKind.VIDEO, "QuickTime", ".mov")
WEBM: Final = MediaType(MediaKind.VIDEO, "WebM", ".webm")
MATROSKA: Final = MediaType(MediaKind.VIDEO, "Matroska", ".mkv")
MP3: Final = MediaType(MediaKind.AUDIO, "MP3", ".mp3")
WAV: Final = MediaType(MediaKind.AUDIO, "WAV", ".wav")
OGG: Final = MediaType(MediaKind.AUDIO, "Ogg", ".ogg")
FLAC: Final = MediaType(MediaKind.AUDIO, "FLAC", ".flac")
M4A: Final = MediaType(MediaKind.AUDIO, "M4A", ".m4a")
PDF: Final = MediaType(MediaKind.OTHER, "PDF", ".pdf")
TEXT: Final = MediaType(MediaKind.TEXT, "text", ".txt")
JSON: Final = MediaType(MediaKind.JSON, "JSON", ".json")
OTHER: Final = MediaType(MediaKind.OTHER, "file", ".bin")

_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"ID3", MP3),
    (b"\xff\xfb", MP3),
    (b"\xff\xf3", MP3),
    (b"OggS", OGG),
    (b"fLaC", FLAC),
    (b"%PDF-", PDF),
)
_RIFF: Final = {b"WEBP": WEBP, b"WAVE": WAV}
_BRANDS: Final = {b"qt  ": QUICKTIME, b"M4A ": M4A}
_ACTIVE: Final = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"#!", b"[desktop entry]", b"[internetshortcut]")
"""Beginnings, in lower case, of text that some program would run or open as a page."""


def sniff(head: bytes) -> MediaType:
    """Detect the media type of a file that begins with `head` (up to `HEAD` bytes, or all of it)."""
    for magic, media in _MAGIC:
        if head.startswith(magic):
            return media
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], OTHER)
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], MP4)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM if b"webm" in head[:64] else MATROSKA
    return _textual(head)


def _textual(head: bytes) -> MediaType:
    text = decoded(head)
    if (
        not text
        or text.lstrip()[:20].lower().encode().startswith(_ACTIVE)
        or any(c < " " and c not in "\t\n\r\f\v" for c in text)
    ):
        return OTHER
    return JSON if _is_json(text.lstrip(), whole=len(head) < HEAD) else TEXT


def decoded(head: bytes) -> str:
    """Decode the text that begins with `head`.

    It is UTF-16 if its byte order mark says so, otherwise UTF-8 without a character cut at the end, otherwise
    Latin-1. In Latin-1 every byte is a character, and control characters show that the file is not text.
    """
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return head[: len(head) // 2 * 2].decode("utf-16", errors="ignore")
    head = head.removeprefix(BOM_UTF8)
    try:
        return head.decode()
    except UnicodeDecodeError as error:
        if error.start >= len(head) - 3 and error.reason == "unexpected end of data":
            return head[: error.start].decode()
        return head.decode("latin-1")


def _is_json(text: str, *, whole: bool) -> bool:
    """Return whether a text is a JSON object or array. Of a longer text the beginning must do."""
    if not text.startswith(("{", "[")):
        return False
    if not whole:
        return text[1:].lstrip()[:1] in {'"', "{", "[", *"-0123456789tfn"}
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
