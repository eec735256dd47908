"""API key guard: one refusal of the key stops every call of it, since each would only be refused again."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cordage_tui.api.errors import AuthenticationFailed, CordageError, Delivery
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import HealthStatus


class ApiKeyGuard:
    """Guards the reads and kills of one API key. A trigger is not guarded, because its outcome must be written down first;
    its sender calls `refuse`."""

    def __init__(self) -> None:
        self.on_refused: Callable[[SafeText], None] = lambda words: None
        """Called once, with the server's words."""
        self._refusal: CordageError | None = None
        self._guarded: set[asyncio.Task[object]] = set()

    @property
    def refused(self) -> SafeText | None:
        """Reason why the key is refused; None while it is not."""
        return self._refusal.what if self._refusal else None

    @contextmanager
    def stop_if_refused(self) -> Iterator[None]:
        """Run a call inside this block. Raises AuthenticationFailed once the key is refused: a call that waits for budget is
        then not sent, and the answer to one that was sent is not waited for."""
        self._raise_refusal()
        task = asyncio.current_task()
        assert task is not None
        cancels = task.cancelling()
        self._guarded.add(task)
        try:
            yield
        except CordageError as error:
            self._guarded.discard(task)
            if error.health is HealthStatus.REFUSED:
                self.refuse(error)
            raise
        except asyncio.CancelledError:
            if self._refusal is None or task.uncancel() > cancels:  # the caller's own cancellation
                raise
            self._raise_refusal()
        finally:
            self._guarded.discard(task)

    def refuse(self, error: CordageError) -> None:
        """Record that the server has refused the key, or that it cannot be sent at all."""
        if self._refusal is not None:
            return
        self._refusal = error
        for task in self._guarded:
            task.cancel()
        self.on_refused(error.what)

    def _raise_refusal(self) -> None:
        if (known := self._refusal) is not None:
            error = AuthenticationFailed(known.call, known.what, delivery=Delivery.NOT_SENT, status=known.status)
            raise error from None
