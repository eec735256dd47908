"""Client references: an input that names its prompt, so that a run can be matched exactly if the server echoes it."""

from collections.abc import Mapping
from typing import Final

from cordage_tui.domain.inputs import Inputs, Json

CLIENT_REF = "cordage_ref"
"""Key of the input that makes matching exact if the server echoes it (option `client_ref`, docs/dev/triggering.md 4)."""


_DEPTH: Final = 4
"""`metadata.inputs` and the like; a deeper one belongs to another client."""


def ref_in(answer: Json) -> str | None:
    """Find our reference anywhere in the server's JSON of a run; None: there is none."""
    return _found(answer, _DEPTH)


def with_ref(inputs: Inputs, ref: str | None) -> Inputs:
    """Add our reference to the inputs to be sent."""
    return inputs if ref is None else {**inputs, CLIENT_REF: ref}


def without_ref(inputs: Inputs) -> Inputs:
    """Remove our reference from inputs, which the user never wrote and should not see or send again."""
    return {name: value for name, value in inputs.items() if name != CLIENT_REF}


def _found(value: Json, depth: int) -> str | None:
    if not isinstance(value, Mapping) or depth == 0:
        return None
    ref = value.get(CLIENT_REF)
    if isinstance(ref, str):
        return ref
    return next((inner_ref for inner in value.values() if (inner_ref := _found(inner, depth - 1)) is not None), None)
