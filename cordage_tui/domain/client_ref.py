"""The input that makes an uncertain prompt known again, wherever the server echoes it (FAULTS.md B4)."""

from collections.abc import Mapping
from typing import Final

from cordage_tui.domain.inputs import Inputs, Json
from cordage_tui.domain.outbox import CLIENT_REF

_DEPTH: Final = 4
"""`metadata.inputs` and the like; deeper it is somebody else's."""


def ref_in(answer: Json) -> str | None:
    """The reference in what the server tells of a run, wherever it stands; None: there is none."""
    return _found(answer, _DEPTH)


def with_ref(inputs: Inputs, ref: str | None) -> Inputs:
    """What goes on the wire."""
    return inputs if ref is None else {**inputs, CLIENT_REF: ref}


def without_ref(inputs: Inputs) -> Inputs:
    """What the user wrote: nobody sees the reference, sends it again or tells prompts apart by it."""
    return {name: value for name, value in inputs.items() if name != CLIENT_REF}


def _found(value: Json, depth: int) -> str | None:
    if not isinstance(value, Mapping) or depth == 0:
        return None
    ref = value.get(CLIENT_REF)
    if isinstance(ref, str):
        return ref
    return next((found for inner in value.values() if (found := _found(inner, depth - 1)) is not None), None)
