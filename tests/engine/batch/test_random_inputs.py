"""Inputs that their webhook declares random."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.inputs import LARGEST_RANDOM
from cordage_tui.engine.batch.body_checks import BodyChecker
from cordage_tui.engine.batch.draft import draft_of
from cordage_tui.engine.batch.expand import Combine
from cordage_tui.engine.batch.prompt_files import FileRequest, draft_of_text
from cordage_tui.engine.batch.random_inputs import RandomInputs
from cordage_tui.engine.input_fields import InvalidFieldValue, declared, parse, typed, with_defaults

SEEDED = {"seed": "random", "style": ["noir", "ink"]}
NUMBERS = RandomInputs(SEEDED)
OPEN = {"prompt": "a fox", "seed": "random"}


def draft(text, *, declared=SEEDED, **fields):
    inputs = {"prompt": text, "seed": "random", **fields}
    return draft_of(inputs, lines=False, combine=Combine.PRODUCT, random=RandomInputs(declared))


def seeds(found):
    return [body["seed"] for body in found.bodies]


def test_each_body_has_a_number_of_its_own():
    """Of 32 bits, drawn anew each time; the body is otherwise as it was, one without such an input too."""
    first, second, other = NUMBERS.drawn([OPEN, OPEN, {"prompt": "random"}])
    assert first["prompt"] == "a fox"
    assert first["seed"] != second["seed"]
    assert all(0 <= body["seed"] <= LARGEST_RANDOM for body in (first, second))
    assert other == {"prompt": "random"}
    assert NUMBERS.drawn([OPEN]) != NUMBERS.drawn([OPEN])


def test_bounds_are_those_of_the_webhook():
    """Both of them included, and each with the same chance; seven standard deviations are allowed."""
    bodies = RandomInputs({"seed": "random -1..1"}).drawn([OPEN] * 3_000, 7)
    counts = Counter(body["seed"] for body in bodies)
    assert set(counts) == {-1, 0, 1}
    assert all(abs(count - 1_000) < 7 * 26 for count in counts.values())


def test_a_number_that_was_typed_stays():
    """Only the word is replaced, and only in an input that is declared random."""
    assert NUMBERS.drawn([{"seed": 7, "style": "random"}]) == [{"seed": 7, "style": "random"}]
    assert not NUMBERS.open_in({"seed": 7, "style": "random"})


@given(st.integers(1, 10**6), st.integers(1, 20))
def test_a_seed_makes_the_same_bodies_again(seed, count):
    """Of one input independently of the others."""
    both = RandomInputs({"seed": "random", "noise": "random 1..9"})
    again = [{"seed": "random", "noise": "random"}] * count
    assert both.drawn(again, seed) == both.drawn(again, seed)
    alone = RandomInputs({"seed": "random"}).drawn([{"seed": "random"}] * count, seed)
    assert [body["seed"] for body in both.drawn(again, seed)] == [body["seed"] for body in alone]


def test_a_batch_draws_for_each_of_its_bodies_and_is_made_again_by_its_seed():
    """The seed stands in what is kept of the batch; the field stays random there."""
    made = draft("{a|b} fox\ntimes=2\ntake=1")
    assert len(set(seeds(made))) == 2
    assert made.source.inputs["seed"] == "random"
    assert f"random seed {made.sampling.seed}" in made.sampled
    again = draft_of(made.source.inputs, lines=False, combine=Combine.PRODUCT, random=NUMBERS)
    assert again.bodies == made.bodies
    assert again.source == made.source


def test_a_batch_without_random_inputs_needs_no_seed():
    """Nothing is left to chance there."""
    made = draft("{a|b} fox", seed=7)
    assert (made.sampled, made.source.inputs["prompt"]) == ("", "{a|b} fox")


def test_rows_of_a_file_draw_each_their_own():
    """Those that have a number in its column keep it."""
    request = FileRequest(SEEDED, seed=5)
    made = draft_of_text(b"prompt,seed\nfox,\nowl,12\ncat,random\n", Path("p.csv"), request)
    assert seeds(made)[1] == 12
    assert seeds(made)[0] != seeds(made)[2]
    assert (made.faults, made.sampling.seed) == ({}, 5)


def test_what_was_not_drawn_is_no_number():
    """The word itself never passes the check of a body."""
    assert [str(fault) for fault in BodyChecker(SEEDED).faults([OPEN])[0]] == ["seed: 'random' is not a number."]


def test_the_field_takes_a_number_or_the_word():
    """Random is its default; nothing typed leaves it out."""
    field, default = declared(SEEDED)[0]
    assert default == "random"
    assert (parse(field, " Random "), parse(field, "12"), typed(field, "random")) == ("random", 12, "random")
    assert "seed" not in with_defaults({"seed": "random"}, {"seed": parse(field, "")})
    other = declared({"seed": 7})[0][0]
    with pytest.raises(InvalidFieldValue):
        parse(other, "random")


def test_renewed_inputs_are_random_again():
    """Other than those that are to stay."""
    assert NUMBERS.renewed({"prompt": "a", "seed": 3, "style": "ink"}) == {
        "prompt": "a",
        "seed": "random",
        "style": "ink",
    }
    assert NUMBERS.renewed({"seed": 3}, {"seed"}) == {"seed": 3}
    assert NUMBERS.renewed({"prompt": "a"}) == {"prompt": "a"}
