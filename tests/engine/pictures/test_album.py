"""Memory for drawn pictures is bounded, and those in half blocks, which are drawn again at once, take little of it."""

import pytest

from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.picture import Box, Form, Image, Wanted
from cordage_tui.domain.run import RowId
from cordage_tui.engine.pictures.album import MOST, MOST_BLOCKS, Album

PIECE = 100_000


def filled(form: Form, weight: int) -> tuple[Album, list[Wanted]]:
    """An album that more was put into than `weight` bytes, and what was put there, in that order."""
    album = Album()
    put = [
        Wanted(OutputRef(RowId(number), 1, f"https://x/{number}.png"), Box(40, 40), form)
        for number in range(weight // PIECE + 20)
    ]
    for wanted in put:
        album.add(wanted, Image(form, 1, 1, (bytes(PIECE),)))
    return album, put


@pytest.mark.parametrize(("form", "most"), [(Form.RGB, MOST_BLOCKS), (Form.PNG, MOST), (Form.SIXEL, MOST)])
def test_the_oldest_go_first_and_no_more_than_must(form: Form, most: int) -> None:
    album, put = filled(form, most)
    assert most - PIECE < album.weight <= most
    assert album.get(put[0]) is None
    assert album.get(put[-1]) is not None


def test_one_that_is_larger_than_all_that_may_be_kept_is_kept_alone() -> None:
    album, put = filled(Form.RGB, 0)
    album.add(put[3], Image(Form.RGB, 1, 1, (bytes(MOST_BLOCKS + 1),)))
    assert album.weight == MOST_BLOCKS + 1
    assert album.get(put[3]) is not None
