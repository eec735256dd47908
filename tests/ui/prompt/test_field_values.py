"""Conversion between texts of fields and values."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.engine.input_fields import UNSET, FieldKind, InputField, InvalidFieldValue, declared, parse
from cordage_tui.ui.prompt.field_values import as_free, free_field, holding, parse_free, text_of
from cordage_tui.ui.widgets.text_area import editable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def value_in(field, value):
    """Return the value that the field has after showing this value."""
    return value if field.picked else parse(field, text_of(field, value))


@given(JSON, JSON)
def test_any_value_survives_any_field(default, value):
    """A value that is shown in any field and read back is the same value."""
    for field in (free_field("x", value), *(holding(f, value) for f, _ in declared({"x": default}))):
        assert json.dumps(value_in(field, value)) == json.dumps(value)
        if field.picked:
            assert any(json.dumps(option) == json.dumps(value) for option in field.options)


@given(JSON)
def test_what_a_field_shows_is_inert(value):
    """The text of a field has no control characters and no line end."""
    field = free_field("x", value)
    text = text_of(field, value)
    if not field.picked:
        assert editable(text) == text
        assert "\n" not in text


@given(JSON)
def test_a_free_field_can_be_typed_as_it_is_named(value):
    """`parse_free` reads the text of `as_free` back, except for blanks around it."""
    name, again = parse_free(as_free("x", value))
    expected = value.strip() if isinstance(value, str) and editable(value) == value else value
    assert (name, json.dumps(again)) == ("x", json.dumps(expected))


@pytest.mark.parametrize(
    ("text", "value"), [("7", 7), (" -7 ", -7), ("1.5", 1.5), ("1e3", 1000.0), ("", UNSET), ("  ", UNSET)]
)
def test_a_number_keeps_its_kind_and_an_empty_text_is_unset(text, value):
    """Whole numbers stay whole, and an empty text leaves the field out."""
    parsed = parse(InputField("n", FieldKind.NUMBER), text)
    assert (parsed, type(parsed)) == (value, type(value))


@pytest.mark.parametrize("text", ["x", "nan", "inf", "1e999", "1_0", "١٢", "0x10", "9" * 5000])
def test_what_is_no_number_says_so(text):
    """A text that JSON cannot carry as a number is refused."""
    with pytest.raises(InvalidFieldValue, match="Must be a number"):
        parse(InputField("n", FieldKind.NUMBER), text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "character 2"),
        ("NaN", "NaN is not a JSON value"),
        ("1e999", "too large"),
        ("[" * 100_000, "nested"),
        ('"\\ud800"', "not Unicode"),
        ("9" * 5000, "too large"),
        ("[1,\n2", "line 2"),
    ],
)
def test_what_is_no_json_says_where_and_why(text, message):
    """Invalid JSON gives an error with place and reason."""
    with pytest.raises(InvalidFieldValue, match=message):
        parse(InputField("j", FieldKind.JSON), text)


@pytest.mark.parametrize("text", ["", "novalue", "=x", " =x", "prompt=x", "a:=", "a:={"])
def test_bad_free_rows_are_refused(text):
    """A free field without a name or a sign, with the name `prompt`, or with invalid JSON is refused."""
    with pytest.raises(InvalidFieldValue):
        parse_free(text)
