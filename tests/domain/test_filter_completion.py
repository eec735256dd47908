"""Completion of a filter: every field and value can be completed with a key, without changes elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.filter.completion import FilterCompletion, complete
from cordage_tui.domain.filter.expression import HAS_VALUES, IS_VALUES, STATUS_VALUES, FilterField
from cordage_tui.domain.filter.parser import FilterVocabulary, parse_filter

KNOWN = FilterVocabulary(webhooks=("Sunset over (you)", "Portrait"), inputs=("seed", "style", "age", "lora strength"))


def at_end(text: str, counts: dict[str, int] | None = None) -> FilterCompletion:
    return complete(text, len(text), parse_filter(text, KNOWN), KNOWN, counts)


@pytest.mark.parametrize("field", [field for field in FilterField if field is not FilterField.INPUT])
def test_each_field_is_completed_from_what_tells_it_from_the_others(field: FilterField) -> None:
    """Each field is completed from its shortest unique beginning, also after other words, after a minus sign and in a
    group."""
    names = [f"{field_name.value}:" for field_name in FilterField if field_name is not FilterField.INPUT] + [
        "seed:",
        "style:",
    ]
    least = next(n for n in range(1, 9) if sum(name.startswith(field.value[:n]) for name in names) == 1)
    for before in ("", "fox ", "fox -", "(a | "):
        typed = before + field.value[:least]
        completion = at_end(typed)
        assert (completion.ghost, completion.taken) == (f"{field.value[least:]}:", f"{before}{field.value}:")


VALUES = {
    FilterField.STATUS: STATUS_VALUES,
    FilterField.IS: IS_VALUES,
    FilterField.HAS: (*HAS_VALUES, *KNOWN.inputs),
    FilterField.WEBHOOK: KNOWN.webhooks,
    FilterField.STARS: ("1", "2", "3", "4", "5"),
    FilterField.SINCE: ("today", "yesterday", "monday", "sunday"),
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in VALUES.items() for value in values])
def test_each_value_of_each_field_is_completed(field: FilterField, value: str) -> None:
    """Each value without its last letter, in any case, is completed, quoted if necessary, and then has that meaning."""
    typed = f"fox {field}:{value[:-1].upper()}" if " " not in value else f'fox {field}:"{value[:-1].upper()}'
    completion = at_end(typed, {value: 1})
    assert value in completion.candidates and (completion.ghost or completion.candidates == (value,))
    again = complete(completion.taken, len(completion.taken), parse_filter(completion.taken, KNOWN), KNOWN)
    assert parse_filter(completion.taken, KNOWN).unknown == () and again.ghost == ""


@pytest.mark.parametrize(
    ("text", "ghost", "completed"),
    [
        ("s", "tatus:", "status:"),
        ("see", "d:", "seed:"),
        ("lora", None, None),
        ("input.l", None, None),
        ('input."l', None, None),
        ("input.a", "ge:", "input.age:"),
        ("status:f", "ailed", "status:failed"),
        ("status:failed,c", "ompleted", "status:failed,completed"),
        ("webhook:su", "nset over (you)", 'webhook:"Sunset over (you)"'),
        ('webhook:"su', "nset over (you)", 'webhook:"Sunset over (you)"'),
        ("-is:k", "ept", "-is:kept"),
        ("IS:K", "ept", "IS:kept"),
        ("took:2", "", ""),
        ("error:ti", "", ""),
        ("zebra", "", ""),
        ('"sta', "", ""),
        ("status:failed ", "", ""),
        ("", "", ""),
    ],
)
def test_the_ghost_is_the_rest_of_the_best(text: str, ghost: str | None, completed: str | None) -> None:
    """Without a candidate there is no ghost; a name with a blank is found by its beginning in quotation marks."""
    completion = at_end(text)
    if ghost is None:
        assert completion.taken in ("", 'input."lora strength":')
    else:
        assert (completion.ghost, completion.taken) == (ghost, completed)


def test_counts_decide_which_is_best() -> None:
    """Counts order statuses and values of inputs; words for several statuses come after single statuses."""
    assert at_end("status:", {"failed": 3, "cancelled": 9, "ended": 12}).candidates[:2] == ("cancelled", "failed")
    assert at_end("status:c", {"cancelled": 1}).ghost == "ancelled"
    completion = at_end("style:n", {"ink": 9, "noir": 2, "neon": 5})
    assert (completion.field, completion.name, completion.candidates, completion.ghost) == (
        FilterField.INPUT,
        "style",
        ("neon", "noir"),
        "eon",
    )
    assert at_end("style:noir,n", {"noir": 2, "neon": 1}).candidates == ("neon",)


def test_within_the_text_there_are_values_but_no_ghost() -> None:
    """Within a text candidates are listed without a ghost, because it would cover the text after the cursor."""
    text = "status:fa fox"
    completion = complete(text, 9, parse_filter(text, KNOWN), KNOWN)
    assert (completion.field, completion.candidates, completion.ghost) == (FilterField.STATUS, ("failed",), "")


def test_what_is_not_understood_is_named_under_the_cursor_and_behind_a_blank() -> None:
    """An unknown word is marked under the cursor and after a blank, but not while another word is typed."""
    text = "statsu:failed fox"
    marks = [complete(text, cursor, parse_filter(text, KNOWN), KNOWN).unknown for cursor in (13, 17)]
    assert [mark and mark.nearest for mark in marks] == ["status:failed", None]
    assert (completion := at_end(f"{text} ")).unknown is not None and completion.unknown.end == 13


@given(st.text(alphabet='fox stau:il"(|)-,.>\\', max_size=20), st.integers(0, 20))
def test_at_any_place_of_any_text_there_is_an_answer(text: str, cursor: int) -> None:
    """Every place of every text has an answer, and a completed text begins like the typed one."""
    completion = complete(text, min(cursor, len(text)), parse_filter(text, KNOWN), KNOWN, {"fo": 1})
    assert bool(completion.ghost) == bool(completion.taken)
    if completion.taken:
        assert (
            completion.taken.casefold()
            .replace('"', "")
            .startswith(text[: text.rfind(":") + 1].casefold().replace('"', ""))
        )
