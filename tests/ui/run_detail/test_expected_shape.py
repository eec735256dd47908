"""The shape of pictures, guessed from the inputs."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cordage_tui.ui.run_detail.image_layout import EXTREME, aspect_from_inputs


@pytest.mark.parametrize(
    ("inputs", "shape"),
    [
        ({"prompt": "a fox", "ratio": "16:9"}, 16 / 9),
        ({"size": "1024x768"}, 4 / 3),
        ({"width": 512, "height": 1024}, 0.5),
        ({"prompt": "4:3 is written in here"}, None),
        ({"time": "12:00"}, None),
        ({"ratio": "1:9999"}, None),
        ({"width": True, "height": 0}, None),
        ({}, None),
        (None, None),
    ],
)
def test_inputs_give_a_shape(inputs: Any, shape: float | None) -> None:
    """A ratio, a size or two sides give a shape, and no other input does."""
    assert aspect_from_inputs(inputs) == shape


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(
    st.dictionaries(st.sampled_from(["width", "height", "ratio"]), st.none() | st.floats() | st.integers() | st.text())
)
def test_any_inputs_give_none_or_a_possible_shape(inputs: dict[str, Any]) -> None:
    """Any inputs give None or a possible shape."""
    shape = aspect_from_inputs(inputs)
    assert shape is None or 1 / EXTREME <= shape <= EXTREME
