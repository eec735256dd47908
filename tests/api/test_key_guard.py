"""A refused API key stops every waiting call; nothing else does."""

import asyncio

import pytest

from cordage_tui.api.client import ApiKeyGuard
from cordage_tui.api.errors import AuthenticationFailed, Delivery, ServerError
from cordage_tui.domain.safe_text import SafeText

pytestmark = pytest.mark.looptime


async def test_one_refusal_ends_all_calls_that_wait() -> None:
    """A refusal ends all waiting calls, prevents later ones, and is reported once."""
    guard, messages, begun = ApiKeyGuard(), [], []
    guard.on_refused = messages.append

    async def call(seconds: float, refuse: bool = False) -> str:
        with guard.stop_if_refused():
            begun.append(seconds)
            await asyncio.sleep(seconds)
            if refuse:
                raise AuthenticationFailed(
                    "list runs", SafeText("refused (401)"), delivery=Delivery.ANSWERED, status=401
                )
            return "an answer"

    answers = await asyncio.gather(
        call(0.5),
        call(1, refuse=True),
        call(1_000),
        return_exceptions=True,
    )
    with pytest.raises(AuthenticationFailed) as raised:
        await call(7)
    assert answers[0] == "an answer"
    assert [type(answer) for answer in answers[1:]] == [AuthenticationFailed, AuthenticationFailed]
    assert raised.value.delivery is Delivery.NOT_SENT
    assert begun == [0.5, 1, 1_000]
    assert messages == ["refused (401)"]


async def test_other_errors_and_a_callers_own_cancellation_refuse_nothing() -> None:
    """A 500 or an impatient caller says nothing of the key."""
    guard = ApiKeyGuard()

    async def trouble() -> None:
        with guard.stop_if_refused():
            raise ServerError("list runs", SafeText("trouble"), delivery=Delivery.ANSWERED, status=500)

    with pytest.raises(ServerError):
        await trouble()

    async def wait() -> None:
        with guard.stop_if_refused():
            await asyncio.sleep(100)

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert guard.refused is None


async def test_a_caller_that_is_cancelled_in_the_moment_of_a_refusal_is_cancelled() -> None:
    """A refusal never hides that somebody ended the task."""
    guard = ApiKeyGuard()

    async def wait() -> None:
        with guard.stop_if_refused():
            await asyncio.sleep(100)

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(1)
    guard.refuse(AuthenticationFailed("list runs", SafeText("refused"), delivery=Delivery.ANSWERED, status=401))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
