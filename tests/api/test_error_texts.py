"""The server's own words out of an error body."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.api.errors import Redactor
from cordage_tui.api.responses import error_message, retry_after_in
from cordage_tui.domain.secrets import Secret


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": "Webhook not found"}', "Webhook not found"),
        (b'{"message": "no"}', "no"),
        (b'{"error": {"message": "deep", "code": 7}}', "deep"),
        (b'{"error": "", "message": "second"}', "second"),
        (b'{"errors": ["a", {"message": "b"}]}', "a; b"),
        (b'{"errors": {"prompt": ["too long"], "style": "unknown"}}', "prompt: too long; style: unknown"),
        (b'{"detail": [{"loc": ["body", "prompt"], "msg": "required"}]}', "body.prompt: required"),
        (b"<html><head><title>502 Bad Gateway</title></head><body>x</body></html>", "502 Bad Gateway"),
        (b"plain words", "plain words"),
        (b"", ""),
        (b"{}", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_the_words_are_found(body: bytes, message: str) -> None:
    """The message is `error`, then other common names, then the title of a page, then the text."""
    assert error_message(body) == message


def test_a_page_without_title_is_its_text() -> None:
    """Tags and scripts go, words stay."""
    line = Redactor(Secret(""), "").line(error_message(b"<body><script>var x=1</script><p>Back  <b>soon</b>\n</p>"))
    assert line == "Back soon"


def test_a_large_page_costs_little_and_ends_on_one_short_line() -> None:
    """A large or hostile error page costs little time and becomes one short line (docs/dev/faults.md 54)."""
    started = time.process_time()
    for body in (b"<p>word</p>\n" * 5_000, b"<" * 60_000, b"<script>" * 8_000, b"<title " * 9_000, b"<!--" * 15_000):
        line = Redactor(Secret(""), "").line(error_message(body))
        assert len(line) <= 300
        assert "\n" not in line
    assert time.process_time() - started < 2


def test_keys_are_taken_out_of_words_in_every_form() -> None:
    """Keys are removed from messages in plain and percent-encoded form, and the text around them stays."""
    redactor = Redactor(Secret("cordage_a/b c+d"), "wh_abc/123xyz")
    line = redactor.line("x cordage_a/b c+d y cordage_a%2Fb%20c%2Bd z /wh_abc%2F123xyz/ wh_abc/123xyz")
    assert line == "x *** y *** z /wh_a…xyz/ wh_a…xyz"
    assert "abc" not in repr(redactor)


@given(st.binary(max_size=300))
def test_no_body_is_a_crash(body: bytes) -> None:
    """No content of an error page raises an exception."""
    Redactor(Secret("secret"), "wh_abc").line(error_message(body))
    retry_after_in(body)
