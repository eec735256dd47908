"""Signed URLs and webhook keys are secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.safe_text import SafeText, safe
from cordage_tui.domain.secrets import redact, traceback_text, veil_link, without_keys


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://s.example/a.png?sig=1", "https://s.example/a.png?…"),
        ("https://s.example/a.png#frag", "https://s.example/a.png#…"),
        ("https://me:pw@s.example/a.png", "https://…@s.example/a.png"),
        ("see https://a.b/x?y=1, or http://c.d/z", "see https://a.b/x?… or http://c.d/z"),
        ("https://s.example/a?x='1'&y=<z>", "https://s.example/a?…"),
        ('{"u":"https://a.b/x?y=1"}', '{"u":"https://a.b/x?…"}'),
        ("why? because", "why? because"),
        ("POST /wh_abc123xyz/trigger", "POST /wh_a…xyz/trigger"),
    ],
)
def test_secret_parts_are_covered_and_nothing_else(text: str, shown: str) -> None:
    """Query, fragment, user part and webhook key give way to an ellipsis; prose stays."""
    assert redact(text, "wh_abc123xyz") == shown


@given(st.text(alphabet=st.characters(exclude_characters='" \t\n\r')))
def test_no_query_survives(inner: str) -> None:
    """A query is never shown, with any characters in it, up to the next white space."""
    assert "CANARY" not in redact(f"https://s.example/a.png?sig=CANARY{inner}CANARY")
    assert "CANARY" not in redact(safe(f"https://s.example/a.png?sig=CANARY{inner}CANARY"))


@given(st.text())
def test_an_output_shows_nothing_after_the_first_mark(inner: str) -> None:
    """An output is one URL, so white space and quotes in it end nothing."""
    assert "CANARY" not in veil_link(safe(f"https://s.example/a.png?{inner}CANARY"))


@pytest.mark.parametrize(("link", "shown"), [("a/b.png?sig=1", "a/b.png?…"), ("a/b.png", "a/b.png"), ("x#t", "x#…")])
def test_an_output_that_is_no_url_is_covered_as_well(link: str, shown: str) -> None:
    """A relative output has a query too."""
    assert veil_link(SafeText(link)) == shown


def test_a_long_text_costs_time_in_proportion() -> None:
    """A hundred thousand characters that nearly are URLs are read in one pass: the test's own end is the proof."""
    assert redact("a://" * 25_000).startswith("a://")
    assert redact("://" + "@" * 90_000).startswith("://")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("key=cordage_a, tried", "key=cordage_… tried"),
        ("There is no command 'cordage_live-Ab+/9=='", "There is no command 'cordage_…'"),
        ('Secret("cordage_tui-9f")', 'Secret("cordage_…")'),
        ("File cordage_tui/ui/app.py, cordage_tui.ui", "File cordage_tui/ui/app.py, cordage_tui.ui"),
        ("from cordage_tui import ui", "from cordage_tui import ui"),
    ],
)
def test_what_looks_like_an_api_key_is_removed(text: str, shown: str) -> None:
    """Text like an API key is removed, even a very short one, but the name of this package stays."""
    assert without_keys(text) == shown


def test_a_traceback_shows_local_variables_only_on_request() -> None:
    """A traceback has files, lines and the error; with local variables it has no API key and no environment either."""

    def fail(prompt: str, key: str, environ: dict[str, str]) -> None:
        raise ValueError(f"{len(prompt)} {len(key)} {len(environ)}")

    with pytest.raises(ValueError, match="8 9 1") as caught:
        fail("a" + " fox" + " he", "cordage_" + "k", {"CANARY": "1"})
    shown, detailed = traceback_text(caught.value), traceback_text(caught.value, with_locals=True)
    assert "in fail" in shown and "a fox he" not in shown
    assert (
        "prompt = 'a fox he'" in detailed
        and "key = 'cordage_…'" in detailed
        and "CANARY" not in detailed.partition("in fail")[2]
    )
