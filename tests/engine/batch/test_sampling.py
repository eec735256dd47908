"""Batches that are a part of their combinations, or several times those."""

from collections import Counter
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.engine.batch.draft import asks_for_batch, draft_of
from cordage_tui.engine.batch.expand import BatchMatrix, Combine
from cordage_tui.engine.batch.parsed_prompt import ParsedPrompt
from cordage_tui.engine.batch.pattern import BatchError
from cordage_tui.engine.batch.sampling import SeededDraw
from tests.engine.batch.literal_text import escaped

WORDS = st.lists(st.text(alphabet="ab {}|\\~@:3of \n", max_size=6), min_size=2, max_size=3)


def draft(text, *, lines=False, combine=Combine.PRODUCT, **options):
    inputs = text if isinstance(text, dict) else {"prompt": text}
    return draft_of(inputs, lines=lines, combine=combine, **options)


def prompts(text, **options):
    return [body["prompt"] for body in draft(text, **options).bodies]


def test_times_makes_each_body_so_often():
    """Side by side; being alike is what was asked for, so it is not warned of, other repetitions are."""
    assert prompts("{a|b}\ntimes=3") == ["a", "a", "a", "b", "b", "b"]
    assert prompts("{a|b}\ntimes=1") == ["a", "b"]
    assert not draft("{a|b}\ntimes=3").repeated()
    assert draft("{a|a}\ntimes=2").repeated() == {2, 3}
    assert draft("{a|b}\ntimes=3").sampled == "3 times each"
    assert [len(values) for _, values in draft("{a|b}\ntimes=3").source.axes] == [2, 3]


def test_take_chooses_among_all_combinations():
    """Each at most once, in their order, as many as there are where that is less."""
    text = "{a|b|c}{1|2|3}\nseed=1..10"
    every = [str(body) for body in draft(text).bodies]
    taken = [str(body) for body in draft(f"{text}\ntake=20").bodies]
    assert len(set(taken)) == 20
    assert taken == [body for body in every if body in taken]
    assert [str(body) for body in draft(f"{text}\ntake=999").bodies] == every


@given(st.integers(1, 60), st.integers(0, 99))
def test_a_sample_is_of_different_numbers(total, seed):
    """Ascending, below the total, whatever part of it."""
    for count in {1, total // 2, total}:
        found = SeededDraw(seed, "take").sample(count, total)
        assert list(found) == sorted(set(found))
        assert len(found) == count
        assert set(found) <= set(range(total))


def test_every_combination_has_the_same_chance():
    """Over many seeds; the bound is seven standard deviations from the mean."""
    counts = Counter(place for seed in range(2_000) for place in SeededDraw(seed, "take").sample(2, 5))
    assert all(abs(counts[place] - 800) < 7 * 22 for place in range(5))


def test_the_seed_decides():
    """The same one makes the same bodies, in any run and version; another makes others."""
    text = "{a|b|c|d|e|f} {2 of red|blue|green}\nseed=1..99\ntake=3"
    assert draft(f"{text}@7").bodies == draft(text, seed=7).bodies != draft(text, seed=8).bodies
    assert prompts("{a|b|c|d|e|f}{a|b|c|d|e|f}\ntake=4@7") == ["ac", "bb", "df", "ee"]


@pytest.mark.parametrize(
    "text",
    [
        "{a|b|c|d}\nn=1..9\ntake=3",
        "{2 of a|b|c|d|e}\nn=1..2",
        "{2 of a|b|c}\ntake=2\nn=1..3\n",
        "{1 of a|b|c}",
        "{~a|b|c} x\ntimes=9",
    ],
)
def test_a_batch_is_made_again_from_its_source(text):
    """The seed is in its text and its title, also where nobody wrote one."""
    first = draft(text)
    again = draft(dict(first.source.inputs))
    assert again.bodies == first.bodies
    assert again.source == first.source
    assert f"@{first.sampling.seed}" in first.source.title
    assert f"random seed {first.sampling.seed}" in first.sampled


def test_a_field_without_a_prompt_records_its_seed():
    """In the prompt's text, which is empty else."""
    first = draft({"style": "{2 of ink|oil|noir}"})
    assert len(first.bodies) == 2
    assert draft(dict(first.source.inputs)).bodies == first.bodies


@pytest.mark.parametrize("text", ["{a|b}\ntimes=2", "{a|b}\ntake=2", "a fox\nn=1..3"])
def test_where_nothing_is_left_to_chance_no_seed_is_recorded(text):
    """The text stays as it was written."""
    assert draft(text).source.inputs == {"prompt": text}
    assert "seed" not in draft(text).sampled


def test_the_limit_is_of_what_is_taken():
    """Of a thousand million combinations a few are made at once; too many taken are refused, with their number."""
    many = "{0|1|2|3|4|5|6|7|8|9}" * 9
    assert len(set(prompts(f"{many}\ntake=20"))) == 20
    assert len(prompts(f"x {many}\ny {many * 2}\ntake=20", lines=True)) == 20
    assert len(draft("x\nseed=1..999999999\ntake=10000").bodies) == 10_000
    for text, count in [(many, "1,000,000,000"), (f"{many}\ntake=10001", "10,001"), ("{a|b}\ntimes=5001", "10,002")]:
        with pytest.raises(BatchError, match=f"makes {count} prompts"):
            draft(text)
    with pytest.raises(BatchError, match="prompts"):
        draft(f"x\n{many * 3}\ntake=2", lines=True)


def test_pairs_are_taken_too():
    """One of each at a time, as without it."""
    found = draft("{a|b|c}\nn=1..3\ntake=2@1", combine=Combine.ZIP).bodies
    assert len(found) == 2
    assert all({"a": 1, "b": 2, "c": 3}[body["prompt"]] == body["n"] for body in found)


def test_some_of_a_group_are_the_same_in_all_of_the_batch():
    """An axis of so many, in the order they are written in."""
    found = prompts("{2 of red|blue|green} {x|y}")
    colours = [text.split(" ")[0] for text in found]
    assert colours[0] == colours[1] != colours[2] == colours[3]
    assert ["red", "blue", "green"].index(colours[0]) < ["red", "blue", "green"].index(colours[2])
    assert prompts("{ 2 of red|blue}") == [" 2 of red", "blue"]


def test_each_body_draws_for_itself():
    """Beside the combinations of the other groups, and again for each of the times; it is no axis."""
    found = draft("{~red|blue} {fox|owl}\ntimes=50")
    assert len(found.bodies) == 100
    assert [axis.values for axis in found.axes] == [("fox", "owl")]
    made = Counter(body["prompt"] for body in found.bodies)
    assert set(made) == {"red fox", "blue fox", "red owl", "blue owl"}
    assert prompts("{ ~red|blue}") == [" ~red", "blue"]
    assert asks_for_batch({"prompt": "{~red|blue} fox"})


def test_lines_and_fields_draw_too():
    """The axis of lines shows what is drawn from as it is written."""
    found = draft("{~a|b} one\n{c|d} two\ntimes=40", lines=True)
    assert list(found.axes[0].values) == ["{~a|b} one", "c two", "d two"]
    assert {body["prompt"] for body in found.bodies} == {"a one", "b one", "c two", "d two"}
    styles = draft({"prompt": "x\ntimes=60\ntake=all@1", "style": "{~ink|oil}"}).bodies
    assert {body["style"] for body in styles} == {"ink", "oil"}


def test_weights_are_chances():
    """Of alternatives without one it is 1; what has 0 is never drawn; the bound is seven standard deviations."""
    made = Counter(prompts("{3::noir|ink|0::oil}\ntimes=4000\ntake=all@5"))
    assert set(made) == {"noir", "ink"}
    assert abs(made["noir"] - 3_000) < 7 * 28
    assert Counter(prompts("{~0.5::a|1.5::b}\ntimes=4000\ntake=all@5"))["b"] > 2_800
    first = Counter(draft("{1 of 9::a|b}", seed=seed).bodies[0]["prompt"] for seed in range(500))
    assert first["a"] > 400
    assert sorted(prompts("{2 of 9::a|b|0::c}")) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a {0::b|0::c}", "at character 3: each alternative has the weight 0"),
        ("{2 of 0::b|c}", "at character 1: the group has 1 to choose from"),
        ("ab {3 of red|blue}", "at character 4: the group has 2 to choose from, so write a number from 1 to 2"),
        ("{0 of red|blue}", "at character 1: .* from 1 to 2"),
        ("a fox\ntimes=0", "times=0"),
        ("a fox\ntake=0", "take=0"),
    ],
)
def test_what_makes_no_sense_is_said_with_its_place(text, words):
    """It opens the preview, which says it, and is never sent as it is by the key that sends."""
    with pytest.raises(BatchError, match=words):
        draft(text)
    assert asks_for_batch({"prompt": text})


def test_only_last_lines_are_settings_of_the_sample():
    """The lowest counts; above the prompt's end they are text, and so is what merely looks so."""
    parsed = ParsedPrompt.of("take=5\na fox\n times = 2 \nn=1..2\ntake=3\ntake=4@9\n\n")
    assert (parsed.prompt, dict(parsed.settings)) == ("take=5\na fox", {"n": "1..2"})
    assert (parsed.sampling.times, parsed.sampling.take, parsed.sampling.seed) == (2, 4, 9)
    for text in ("a fox\ntimes=many", "a fox\ntake=-1", "a fox\ntake=3@x"):
        assert ParsedPrompt.of(text).prompt == text
    assert dict(ParsedPrompt.of("a fox\ntimes=1..2").settings) == {"times": "1..2"}


@given(st.lists(st.one_of(WORDS, st.text(alphabet="ab {}|\\~@:3of \n", max_size=8)), max_size=3))
def test_older_patterns_mean_what_they_meant(parts):
    """Text and alternatives written by the older rules come out as they went in, in the same order."""
    text, picks = "", [""]
    for part in parts:
        if isinstance(part, str):
            text, picks = text + escaped(part) + ".", [f"{pick}{part}." for pick in picks]
        else:
            alternatives = [f" {word}." for word in part]  # a blank first: the newer forms have none
            text += "{" + "|".join(map(escaped, alternatives)) + "}"
            picks = [pick + word for pick in picks for word in alternatives]
    matrix = BatchMatrix.of({"prompt": text})
    assert [body["prompt"] for body in matrix.bodies(Combine.PRODUCT)] == picks
    assert len(picks) == prod(len(part) for part in parts if not isinstance(part, str))


@given(st.text(alphabet="ab {}|\\~@:123of \n=.,takeims", max_size=40), st.booleans(), st.sampled_from(Combine))
def test_any_text_makes_a_batch_or_says_why_not(text, lines, combine):
    """The same one for the same seed, and again from its source."""
    try:
        first = draft(text, lines=lines, combine=combine, seed=3)
    except BatchError as error:
        assert error.what
        return
    same = draft(text, lines=lines, combine=combine, seed=3)
    again = draft(dict(first.source.inputs), lines=lines, combine=combine)
    assert same.bodies == again.bodies == first.bodies
    assert same.source == first.source
    assert again.sampled == first.sampled
