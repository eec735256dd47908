"""Differences between the inputs of two runs."""

from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.input_diff import Change, DiffField, edits, fields


def pieces(left, right):
    """Pieces of either text."""
    field = DiffField("prompt", Change.CHANGED, edits(left, right))
    return field.left, field.right


def differing(text):
    return [piece.text for piece in text if piece.differs]


def test_words_that_differ_are_told_from_those_that_do_not():
    """Words that differ are marked in both texts, and equal words are not."""
    left, right = pieces("a red fox in snow at dawn", "a grey fox in snow at dusk, film")
    assert differing(left) == ["red", "dawn"]
    assert differing(right) == ["grey", "dusk, film"]


def test_a_change_is_told_with_what_it_was():
    """A changed word is paired with the word in its place; added and removed words are paired with nothing."""
    parts = edits("a red fox in snow", "a grey fox in deep snow")
    assert [(edit.left, edit.right) for edit in parts if edit.differs] == [("red", "grey"), ("", "deep ")]
    assert "".join(edit.left for edit in parts) == "a red fox in snow"


def test_texts_that_have_little_in_common_differ_as_a_whole():
    """A comma that both have says nothing."""
    left, right = pieces("Stoneware vase on linen, north light", "Young violinist before the concert, backlit")
    assert len(left) == len(right) == 1 and left[0].differs and right[0].differs


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_of_either_text_is_lost(left, right):
    """The pieces of any two texts add up to these texts, and equal texts have no differences."""
    left_pieces, right_pieces = pieces(left, right)
    assert (
        "".join(piece.text for piece in left_pieces) == left and "".join(piece.text for piece in right_pieces) == right
    )
    assert not differing(pieces(left, left)[0]) or not left


def test_fields_are_told_by_who_has_them_and_what_differs_comes_first():
    """The prompt before all; a number is not the text of it."""
    diff_fields = fields(
        {"style": "noir", "prompt": "fox", "seed": 1, "old": True},
        {"prompt": "fox", "style": "noir", "seed": "1", "n": 2},
    )
    assert [(field.name, field.change) for field in diff_fields] == [
        ("prompt", Change.SAME),
        ("seed", Change.CHANGED),
        ("old", Change.REMOVED),
        ("n", Change.ADDED),
        ("style", Change.SAME),
    ]
    by_name = {field.name: field for field in diff_fields}
    assert by_name["old"].right == () and by_name["n"].left == ()


def test_what_stands_in_inputs_is_inert_and_bounded():
    """Escape sequences in inputs become visible, and a megabyte is not compared word by word."""
    (field,) = fields({"\x1b[2Jx": "\x1b]0;t\x07 " + "a " * 500_000}, {"\x1b[2Jx": "b"})
    assert "\x1b" not in field.name + "".join(piece.text for piece in (*field.left, *field.right))
    assert sum(len(piece.text) for piece in field.left) <= 4_000
