"""Whether the server takes the key. One refusal stops every call of it: asking again would only be refused again."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from cordage_tui.api.errors import AuthenticationFailed, CordageError, Delivery
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import HealthStatus

T = TypeVar("T")


class ApiKeyGuard:
    """All reads and kills of one engine pass here. A trigger does not, because its outcome must be written down first;
    its sender tells `refuse`."""

    def __init__(self) -> None:
        self.on_refused: Callable[[SafeText], None] = lambda words: None
        """Called once, with the server's words."""
        self._refusal: CordageError | None = None
        self._under_way: set[asyncio.Task[Any]] = set()

    @property
    def refused(self) -> SafeText | None:
        """Why the key is refused; None while it is not."""
        return self._refusal.what if self._refusal else None

    async def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Awaits `work`, a call of the client. Raises what it raises, and `AuthenticationFailed` once the key is refused: then what
        waits for budget is not sent, and what is under way goes on unheard."""
        if (refusal := self._again()) is not None:
            work.close()
            raise refusal
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        try:
            return await task
        except CordageError as error:
            if error.health is HealthStatus.REFUSED:
                self.refuse(error)
            raise
        except asyncio.CancelledError:
            refusal, caller = self._again(), asyncio.current_task()
            if refusal is None or (caller is not None and caller.cancelling()):
                raise
            raise refusal from None
        finally:
            self._under_way.discard(task)

    def refuse(self, error: CordageError) -> None:
        """The server has refused the key, or it cannot be sent at all."""
        if self._refusal is not None:
            return
        self._refusal = error
        for task in self._under_way:
            task.cancel()
        self.on_refused(error.what)

    def _again(self) -> AuthenticationFailed | None:
        """The same refusal for one more call, which is not sent."""
        if (known := self._refusal) is None:
            return None
        return AuthenticationFailed(known.call, known.what, delivery=Delivery.NOT_SENT, status=known.status)
