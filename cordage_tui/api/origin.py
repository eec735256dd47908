"""The base URL of the calls, or the error that makes each of them fail before anything is sent."""

from cordage_tui.api.errors import Delivery, InvalidRequest
from cordage_tui.domain.text import one_line
from cordage_tui.domain.urls import BaseUrl, parse_base_url


def checked_base_url(text: str, call: str = "connect") -> BaseUrl:
    """`text` by the rule of `domain.urls`. Raises InvalidRequest, worded for a person."""
    try:
        return parse_base_url(text)
    except ValueError as wrong:
        problem = str(wrong)
    raise InvalidRequest(call, one_line(f"the base URL cannot be used: it {problem}"), delivery=Delivery.NOT_SENT)
