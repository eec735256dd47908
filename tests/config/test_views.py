"""Views in a file that people edit; the app changes only the requested entry."""

import tomllib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.config.views_file import (
    hide_view,
    read_views,
    remove_view,
    rename_view,
    save_view,
    show_hidden_views,
)
from cordage_tui.domain.filter.view import BUILT_IN, View

HAND_MADE = """\
# what I look at
theme = "unknown"       # kept although nothing knows it

[[views]]
# mornings
name = "posters"  # "quoted" # twice
filter = 'style:poster "red # fox"'    # why
colour = "red"
# end of posters

# the next one
[[views]]
filter = "status:failed"
name = 'Failures'

[other]
views = 3
"""


def names(paths: Paths) -> list[str]:
    """Names of the user's own views."""
    return [view.name for view in read_views(paths).all if not view.is_built_in]


def test_without_a_file_there_are_the_built_in_ones(paths: Paths) -> None:
    views = read_views(paths)
    assert (views.all, views.problems) == (BUILT_IN, ())
    assert [view.name for view in views.shown] == ["failed today", "uncertain", "kept", "unrated", "slow now"]


def test_what_is_saved_is_read_again(paths: Paths) -> None:
    """A saved view is read back, also with characters that TOML escapes, and the file is private."""
    text = 'prompt:"a \\"red\\" fox" | webhook:=Söñset -seed:12'
    save_view(paths, " red  foxes ", text)
    save_view(paths, "Again", "fox")
    assert read_views(paths).all[len(BUILT_IN) :] == (View("red foxes", text), View("Again", "fox"))
    assert paths.views_file.stat().st_mode & 0o777 == 0o600
    save_view(paths, "again", "owl")
    assert read_views(paths).named("AGAIN") == View("Again", "owl")


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (lambda paths: save_view(paths, "n", "a 'b' \"c\""), "views = 3\n", 'views = 3\n\n[[views]]\nname = "n"\nfilter = "a \'b\' \\"c\\""\n'),
        (lambda paths: save_view(paths, "POSTERS", "fox"), "filter = 'style:poster \"red # fox\"' ", 'filter = "fox" '),
        (lambda paths: rename_view(paths, "posters", "Bills"), '"posters"', '"Bills"'),
        (lambda paths: rename_view(paths, "Failures", "failures"), "'Failures'", '"failures"'),
        (lambda paths: hide_view(paths, "Failures"), "one\n[[views]]\n", "one\n[[views]]\nhidden = true\n"),
        (lambda paths: remove_view(paths, "posters"), "[[views]]\n# mornings\nname = \"posters\"  # \"quoted\" # twice\nfilter = 'style:poster \"red # fox\"'    # why\ncolour = \"red\"\n", "# mornings\n"),
        (lambda paths: remove_view(paths, "failures"), "[[views]]\nfilter = \"status:failed\"\nname = 'Failures'\n", ""),
    ],
)  # fmt: skip
def test_a_change_leaves_all_other_lines(paths: Paths, change: Callable[[Paths], None], old: str, new: str) -> None:
    """A change leaves comments, unknown keys and tables in their places."""
    paths.views_file.write_text(HAND_MADE)
    change(paths)
    assert HAND_MADE.count(old) == 1
    assert paths.views_file.read_text() == HAND_MADE.replace(old, new)


def test_names_are_one_of_a_kind(paths: Paths) -> None:
    paths.views_file.write_text(HAND_MADE)
    for name in ("failures", "KEPT"):
        with pytest.raises(ConfigError, match="another view named"):
            rename_view(paths, "posters", name)
    with pytest.raises(ConfigError, match="1 to 60 characters"):
        save_view(paths, "x" * 61, "fox")
    with pytest.raises(ConfigError, match="no view named 'gone'"):
        remove_view(paths, "gone")
    assert paths.views_file.read_text() == HAND_MADE


def test_built_in_ones_are_hidden_shown_again_and_replaced(paths: Paths) -> None:
    """A view of the user's with such a name is in its place, and that comes back when it is removed."""
    hide_view(paths, "kept")
    hide_view(paths, "unrated")
    save_view(paths, "Unrated", "is:undecided")
    views = read_views(paths)
    assert [view.name for view in views.shown] == ["failed today", "uncertain", "unrated", "slow now"]
    assert views.shown[2].filter == "is:undecided"
    hide_view(paths, "unrated")
    show_hidden_views(paths)
    assert [view.filter for view in read_views(paths).shown][2:4] == ["is:kept", "is:undecided"]
    remove_view(paths, "unrated")
    assert read_views(paths).all == BUILT_IN


@pytest.mark.parametrize(
    ("text", "problem", "left"),
    [
        ("[[views]]\nname = 'a'\nfilter = 'x'\n\n[[views]]\nfilter = 'y'\n", ":5: views[2].name must have 1 to 60", ["a"]),
        ("[[views]]\nname = 'a'\n", ":1: views[1].filter is missing", []),
        ("[[views]]\nname = 'a'\nfilter = 3\n[[views]]\nname = 'b'\nfilter = 'x'", ":3: views[1].filter should be text", ["b"]),
        ("[[views]]\nname = 'a'\nfilter = 'x'\n[[views]]\nname = 'A'\nfilter = 'y'", ":4: views[2]: another view", ["a"]),
        ("[[views]]\nname = 'a'\nfilter = 'x'\nfliter = 'y'", ":4: views[1].fliter is not a setting", ["a"]),
        ("views = 3", "views.toml:1: views should be a list of tables", []),
        ("[[views]\n", "views.toml:1:", []),
        ("\n\nname = \n", "views.toml:3:", []),
    ],
)  # fmt: skip
def test_a_bad_entry_is_told_of_by_its_line_and_the_others_hold(
    paths: Paths, text: str, problem: str, left: list[str]
) -> None:
    paths.views_file.write_text(text)
    views = read_views(paths)
    assert [view.name for view in views.all[len(BUILT_IN) :]] == left and views.all[: len(BUILT_IN)] == BUILT_IN
    assert len(views.problems) == 1 and problem in views.problems[0]


@pytest.mark.parametrize("text", ["views = 3\n", "[[views]\n", "name = \n"])
def test_a_file_that_cannot_be_read_is_not_written(paths: Paths, text: str) -> None:
    paths.views_file.write_text(text)
    for change in (lambda: save_view(paths, "a", "x"), lambda: hide_view(paths, "kept")):
        with pytest.raises(ConfigError, match=r"views\.toml:1"):
            change()
    assert paths.views_file.read_text() == text


@pytest.mark.parametrize(
    "text",
    [
        "views = [{name = 'a', filter = 'x'}]\n",
        "[[views]]\nname = 'a'\nfilter = '''\nx'''\n",
        '[[views]]\nname = \'a\'\n"filter" = """x\n"""\n[[views]]\nname = \'b\'\nfilter = \'x\'',
    ],
)
def test_what_is_written_in_another_way_is_changed_by_hand_only(paths: Paths, text: str) -> None:
    """An entry in an unusual form is refused for changes, and the file stays unchanged."""
    paths.views_file.write_text(text)
    assert "a" in names(paths)
    with pytest.raises(ConfigError, match="the app does not change"):
        save_view(paths, "a", "y")
    assert paths.views_file.read_text() == text


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)


@given(st.lists(st.tuples(st.sampled_from(["save", "rename", "remove", "hide"]), TEXTS, TEXTS), max_size=8))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_or_filter_breaks_the_file(paths: Paths, steps: list[tuple[str, str, str]]) -> None:
    """Any name and filter give valid TOML, with all earlier comments and tables."""
    paths.views_file.write_text(HAND_MADE)
    for step, first, second in steps:
        try:
            if step == "save":
                save_view(paths, first, second)
            elif step == "rename":
                rename_view(paths, "posters", first)
            elif step == "remove":
                remove_view(paths, first)
            else:
                hide_view(paths, first)
        except ConfigError:
            continue
    text = paths.views_file.read_text()
    assert tomllib.loads(text)["other"] == {"views": 3}
    assert [line for line in text.split("\n") if line.startswith("#")] == [
        "# what I look at",
        "# mornings",
        "# end of posters",
        "# the next one",
    ]
