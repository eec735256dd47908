"""Messages between the program and the decoder process: a JSON head, and bytes. Imported on both sides, so it imports
little."""

import json
import struct
from collections.abc import Callable, Sequence
from typing import Any, Final

from cordage_tui.domain.base.fast_dataclass import dataclass, field

MAX_HEAD: Final = 1 << 20
MAX_BODY: Final = 80 << 20

_LENGTHS: Final = struct.Struct(">II")


class ProtocolError(Exception):
    """Malformed message; nothing more of the sender is believed."""


@dataclass(frozen=True, slots=True)
class Message:
    """Head and binary parts of a message."""

    head: dict[str, Any]
    parts: tuple[bytes, ...] = field(default=(), repr=False)


def packed(head: dict[str, Any], parts: Sequence[bytes] = ()) -> list[bytes]:
    """Encode a message as bytes to be written one after the other."""
    text = json.dumps({**head, "parts": [len(part) for part in parts]}).encode()
    return [_LENGTHS.pack(len(text), sum(map(len, parts))), text, *parts]


def read_frame(read: Callable[[int], bytes], max_body: int = MAX_BODY) -> Message:
    """Read a message; `read(n)` returns exactly n bytes or raises.

    Raises ProtocolError before it reads more than is allowed.
    """
    head_length, body_length = _LENGTHS.unpack(read(_LENGTHS.size))
    if head_length > MAX_HEAD or body_length > max_body:
        raise ProtocolError
    try:
        head = json.loads(read(head_length))
    except (ValueError, RecursionError) as error:
        raise ProtocolError from error
    lengths = head.pop("parts", None) if isinstance(head, dict) else None
    if not isinstance(lengths, list) or not all(type(n) is int and n >= 0 for n in lengths):
        raise ProtocolError
    if sum(lengths) != body_length:
        raise ProtocolError
    return Message(head, tuple(read(length) for length in lengths))
