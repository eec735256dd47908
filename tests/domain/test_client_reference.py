"""The reference that makes matching exact, in every place where a server may echo it."""

import pytest

from cordage_tui.domain.client_reference import CLIENT_REF, ref_in, with_ref, without_ref
from cordage_tui.domain.inputs import Json


@pytest.mark.parametrize(
    "answer",
    [
        {CLIENT_REF: "r"},
        {"metadata": {CLIENT_REF: "r"}},
        {"run_id": "x", "metadata": {"inputs": {"prompt": "fox", CLIENT_REF: "r"}}},
        {"input": {CLIENT_REF: "r"}},
    ],
)
def test_it_is_found_wherever_it_is_echoed(answer: Json) -> None:
    """The reference is found next to the run's own fields, in its metadata, and among its inputs."""
    assert ref_in(answer) == "r"


@pytest.mark.parametrize("answer", [{}, [], None, {"prompt": CLIENT_REF}, {CLIENT_REF: 7}, {"a": [{CLIENT_REF: "r"}]}])
def test_nothing_else_is_taken_for_it(answer: Json) -> None:
    """The reference's name in a prompt, a number under its name, and a list are not taken for a reference."""
    assert ref_in(answer) is None


def test_it_goes_along_and_comes_off_again() -> None:
    """Adding and removing the reference leaves the user's inputs unchanged; without a reference nothing is added."""
    inputs = {"prompt": "fox"}
    assert with_ref(inputs, None) == inputs
    assert with_ref(inputs, "r") == {"prompt": "fox", CLIENT_REF: "r"}
    assert without_ref(with_ref(inputs, "r")) == inputs
