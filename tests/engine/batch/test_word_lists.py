"""Word lists: files of alternatives."""

import os

import pytest

from cordage_tui.engine.batch.draft import asks_for_batch, draft_of
from cordage_tui.engine.batch.expand import Combine
from cordage_tui.engine.batch.pattern import BatchError
from cordage_tui.engine.batch.word_lists import WordLists


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "styles.txt").write_text("# painters\r\n\nink, on paper\n  {oil|noir} \nplain\n", encoding="utf-8-sig")
    return tmp_path


def prompts(text, folder, **options):
    options = {"lines": False, "combine": Combine.PRODUCT, **options}
    return [body["prompt"] for body in draft_of({"prompt": text}, lists=WordLists(folder).words, **options).bodies]


def test_lines_are_alternatives(folder):
    """Literally; comments and blank lines are none, and braces around anything else are text."""
    lines = ["ink, on paper", "{oil|noir}", "plain"]
    assert prompts("{@styles} fox", folder) == [f"{line} fox" for line in lines]
    assert prompts("{@styles} {a|b}", folder) == [f"{line} {x}" for line in lines for x in "ab"]
    assert prompts("{@styles}\n{a|b}", folder, lines=True) == [*lines, "a", "b"]
    assert asks_for_batch({"prompt": "{@styles} fox"})
    for text in (r"\{@styles\}", "{@ styles}", "{@html x}", "@styles", "{@styles"):
        assert len(prompts(text, folder)) == 1
        assert not asks_for_batch({"prompt": text})


def test_lines_may_end_as_on_an_old_macintosh(folder):
    """Else all of them would be one alternative, and be paid for as one prompt."""
    (folder / "old.txt").write_bytes(b"ink\roil\r\nnoir\n")
    assert prompts("{@old}", folder) == ["ink", "oil", "noir"]


def test_some_of_the_lines_and_one_for_each_body(folder):
    """As of alternatives that are written out."""
    found = prompts("{2 of @styles}", folder)
    assert len(set(found)) == 2
    made = prompts("{~@styles} x\ntimes=60\ntake=all@3", folder)
    assert len(made) == 60
    assert len(set(made)) == 3
    with pytest.raises(BatchError, match=r"\{9 of @styles\}: the list has 3 lines"):
        prompts("{9 of @styles}", folder)


@pytest.mark.parametrize("name", ["../styles", "a/b", "/etc/passwd", "a..b"])
def test_a_name_leads_nowhere_else(folder, name):
    """It is refused, not sent as it is."""
    with pytest.raises(BatchError, match=r"cannot contain / or \.\."):
        prompts(f"{{@{name}}}", folder)


def test_a_list_that_cannot_be_used_is_named(folder):
    """With the path, and what there is instead; a file that is no list is not waited for."""
    with pytest.raises(
        BatchError, match=r"There is no word list \'style\'\. Create .*/style\.txt .*You have: styles\."
    ):
        prompts("{@style}", folder)
    (folder / "none.txt").write_text("# nothing\n\n")
    (folder / "large.txt").write_text("x\n" * 600_000)
    (folder / "bytes.txt").write_bytes(b"\xff\n")
    os.mkfifo(folder / "pipe.txt")
    for name, words in [
        ("none", "only blank lines and comments"),
        ("large", "larger than"),
        ("bytes", "bytes.txt"),
        ("pipe", "pipe.txt"),
    ]:
        with pytest.raises(BatchError, match=words):
            prompts(f"{{@{name}}}", folder)
    with pytest.raises(BatchError, match="You have no word lists yet"):
        prompts("{@style}", folder / "missing")


def test_without_a_folder_no_list_is_read():
    """It is said, and the braces are not sent."""
    with pytest.raises(BatchError, match="cannot be read here"):
        draft_of({"prompt": "{@styles}"}, lines=False, combine=Combine.PRODUCT)


def test_a_name_is_completed_by_the_first_that_begins_so(folder):
    """With the brace behind it; a file that no pattern could name is left out."""
    for name in ("stations", "two words"):
        (folder / f"{name}.txt").write_text("x\n")
    lists = WordLists(folder)
    assert lists.names() == ["stations", "styles", "two words"]
    assert lists.completed("a fox, {@st") == "a fox, {@stations}"
    assert lists.completed("{~a|b} {2 of @sty") == "{~a|b} {2 of @styles}"
    assert lists.completed("{@styles") == "{@styles}"
    assert lists.completed("{@two") is None
    assert WordLists(folder / "nowhere").completed("{@st") is None
