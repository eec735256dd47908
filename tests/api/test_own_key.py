"""The API key goes into the header alone."""

import pytest

from cordage_tui.api.errors import Delivery, InvalidRequest
from cordage_tui.api.request import RequestBuilder
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.secrets import Secret

KEY = 'cordage_"quoted"_key'


@pytest.mark.parametrize("inputs", [{"prompt": f"a {KEY}"}, {"mask": [{"x": KEY}]}, {KEY: 1}])
def test_inputs_with_the_key_are_not_sent(inputs: dict[str, object]) -> None:
    """Inputs with the API key are not sent, from any source, and the error contains no part of the key."""
    requests = RequestBuilder("https://x.example", Secret(KEY), read_only=False)
    with pytest.raises(InvalidRequest) as refused:
        requests.build("trigger", RateLimitClass.TRIGGER, "wh_a", "trigger", inputs=inputs)
    assert refused.value.delivery is Delivery.NOT_SENT and "quoted" not in str(refused.value)


def test_a_short_word_is_no_key() -> None:
    """One of fewer than eight characters may be in a prompt by chance."""
    requests = RequestBuilder("https://x.example", Secret("none"), read_only=False)
    assert requests.build("trigger", RateLimitClass.TRIGGER, "wh_a", "trigger", inputs={"prompt": "none of it"}).body
