"""The child may die, hang, lie or never start: the program says so in a sentence and goes on with another child."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from cordage_tui.domain.image import ImageFormat, ImageRequest, ImageUnavailable, PixelSize
from cordage_tui.domain.media_type import PNG
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.engine.images import decoder as process_module
from cordage_tui.engine.images.decoder import CHILD, DecoderCrashed, DecoderProcess, DecoderUnavailable, ImageDecoder
from cordage_tui.engine.images.decoder_messages import packed
from tests.engine.images.conftest import LIMIT_S
from tests.engine.images.files import chunk, file_of, png, scene

FRAMES = "from cordage_tui.engine.images.decoder_messages import *; import os, time"
HEARS = f"{FRAMES}; read_frame(sys.stdin.buffer.read)"
"""A child that takes one job in."""
REF = OutputRef(RowId(1), 1, "https://x/1.png")
FILE = file_of(scene(20, 20))


def says(head: str, *parts: bytes) -> str:
    """A child that answers each job so."""
    answer = f"[sys.stdout.buffer.write(piece) for piece in packed({head}, {list(parts)!r})]; sys.stdout.flush()"
    return f"{FRAMES}\nwhile True: read_frame(sys.stdin.buffer.read); {answer}"


async def words(room: ImageDecoder, wanted: ImageRequest | None = None) -> str:
    """Why nothing came of a job."""
    try:
        with pytest.raises(ImageUnavailable) as raised:
            await (room.render(FILE, [wanted]) if wanted else room.reduce(FILE, PNG))
        return raised.value.what
    finally:
        room.stop()


async def test_a_child_that_is_killed_amid_a_job_is_told_and_replaced() -> None:
    """As by the kernel, when memory is short (docs/dev/faults.md 175)."""
    assert "stopped by the system" in await words(ImageDecoder(f"{HEARS}; os.kill(os.getpid(), 9)"))
    room = ImageDecoder()
    await room.reduce(FILE, PNG)
    assert room.pid is not None
    os.kill(room.pid, signal.SIGKILL)
    with pytest.raises(ImageUnavailable, match="stopped by the system"):
        await room.reduce(FILE, PNG)
    size, *_ = await room.reduce(FILE, PNG)
    assert size == PixelSize(20, 20)
    room.stop()


async def test_a_child_that_is_late_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it thinks, or does not even listen."""
    monkeypatch.setattr(process_module, "START_S", 0.3)
    for code in (f"{HEARS}; time.sleep(100)", "import time; time.sleep(100)"):
        room = ImageDecoder(code, job_s=0.2)
        begun = time.monotonic()
        assert await words(room) == "Decoding took longer than 0.2 s and was stopped."
        assert time.monotonic() - begun < 5 and room.pid is None


@pytest.mark.parametrize(
    "code",
    [
        f"{HEARS}; print('hello, this is not what was asked for')",
        f"{HEARS}; os.write(1, b'\\xff' * 8)",
        f"{HEARS}; os.write(1, b'\\0\\0\\0\\4\\0\\0\\0\\0[[[['); time.sleep(9)",
        says("{'width': 20, 'height': 20}"),
        says("{'width': 20, 'height': 20}", b"<html>"),
        says("{'width': -1, 'height': 20}", FILE),
        says("{'width': True, 'height': 20}", FILE),
        says("{'width': 20}", FILE),
        says("{'width': 20, 'height': 20}", FILE),
        says("{'width': 20, 'height': 20, 'images': [{'width': 20, 'height': 20, 'parts': 0}]}", FILE),
        says("{'width': 20, 'height': 20, 'images': []}", FILE, FILE),
    ],
)
async def test_a_child_that_talks_nonsense_is_not_believed(code: str) -> None:
    """Lengths, shapes and types are checked before anything is made of them."""
    assert await words(ImageDecoder(code)) in ("Decoding returned invalid data.", "Decoding failed.")


SIXEL = ImageRequest(REF, PixelSize(10, 10), ImageFormat.SIXEL, PixelSize(5, 10))
RGB = ImageRequest(REF, PixelSize(10, 10))


@pytest.mark.parametrize(
    ("wanted", "parts"),
    [
        (SIXEL, [b'\x1bP0;1;0q"1;1;10;10#0;2;0;0;0#0!10~\x1b\\\x1b]52;c;aGk=\x07']),
        (SIXEL, [b"\x1bP0;1;0q#0\x1b[2J\x1b\\"]),
        (SIXEL, [b"\x1bP0;1;0q#0~\x1b\\"] * 2),
        (RGB, [bytes(299)]),
        (RGB, []),
        (ImageRequest(REF, PixelSize(9, 9)), [bytes(300)]),
        (ImageRequest(REF, PixelSize(10, 10), ImageFormat.PNG), [FILE]),
        (ImageRequest(REF, PixelSize(10, 10), ImageFormat.PNG), [b"\x1b]52;c;aGk=\x07"]),
        (ImageRequest(REF, PixelSize(10, 10), ImageFormat.PNG), [png(10, 10, chunk(b"zTXt", b"a\0\0" + bytes(9)))]),
    ],
)
async def test_nothing_but_the_picture_that_was_wanted_reaches_the_terminal(
    wanted: ImageRequest, parts: list[bytes]
) -> None:
    """Should a file take the child over, it still cannot say a word to the terminal."""
    head = {"images": [{"width": 10, "height": 10, "parts": len(parts)}]}
    room = ImageDecoder(says(repr(head), *parts))
    assert await words(room, wanted) == "Decoding returned invalid data."


@pytest.mark.parametrize("count", [-1, 2, True, None, "1"])
async def test_a_number_of_parts_that_cannot_be_is_not_believed(count: object) -> None:
    """Nor one image in place of two."""
    head = {"images": [{"width": 10, "height": 10, "parts": count}]}
    assert await words(ImageDecoder(says(repr(head), bytes(300))), RGB) == "Decoding returned invalid data."
    assert await words(ImageDecoder(says("{'images': 1}")), RGB) == "Decoding returned invalid data."


async def test_words_of_the_child_are_made_safe() -> None:
    """They are shown."""
    assert "\x1b" not in await words(ImageDecoder(says("{'refused': '\\x1b[2J' * 1000}")))


def test_a_child_that_went_to_rest_before_the_job_is_replaced_without_a_word(tmp_path: Path) -> None:
    """It ends by itself when it has had nothing to do, perhaps at the very moment when there is something."""
    mark = tmp_path / "ended"
    code = (
        f"import os, pathlib; mark = pathlib.Path({str(mark)!r}); mark.exists() or (mark.touch(), os._exit(0)); {CHILD}"
    )
    child = DecoderProcess(code)
    frame = child.request(packed({"job": "reduce", "name": "PNG", "side": 100, "forms": []}, [FILE]), LIMIT_S, 1 << 20)
    assert mark.exists() and frame.head["width"] == 20
    child.end(for_good=True)


def test_where_pillow_is_missing_or_broken_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing where we look, or failing where the child imports it; neither is a crash."""
    monkeypatch.setattr(process_module, "find_spec", lambda name: None)
    with pytest.raises(DecoderUnavailable, match="pip install pillow"):
        DecoderProcess(CHILD).request(packed({}), LIMIT_S, 1)
    monkeypatch.undo()
    broken = DecoderProcess(f"sys.modules['PIL'] = None; {CHILD}")
    with pytest.raises(DecoderUnavailable, match="force-reinstall"):
        broken.request(packed({}), LIMIT_S, 1)


def test_where_no_process_can_be_started_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the system's words."""
    monkeypatch.setattr(process_module.sys, "executable", "/nowhere/python")
    with pytest.raises(DecoderUnavailable, match="No such file"):
        DecoderProcess(CHILD).request(packed({}), LIMIT_S, 1)


def test_ending_does_not_wait_for_the_job_and_nothing_is_started_any_more() -> None:
    """The program leaves at once, whatever is being decoded."""
    child = DecoderProcess(f"{HEARS}; time.sleep(100)")
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            child.request(packed({}), LIMIT_S, 1)
        except DecoderCrashed as error:
            ended.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while child.pid is None:
        time.sleep(0.001)
    child.end(for_good=True)
    thread.join(LIMIT_S)
    assert len(ended) == 1 and child.pid is None
    with pytest.raises(DecoderUnavailable):
        child.request(packed({}), LIMIT_S, 1)
