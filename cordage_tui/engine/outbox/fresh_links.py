"""Fresh URLs for queued prompts whose inputs are outputs of other runs: read again before the intent to send is committed."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from cordage_tui.api.errors import AuthenticationFailed, CordageError, Delivery, NotFound, RateLimited
from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.submission import NextSubmission
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.nonblocking_waits import BACKOFF_CAP_S, WakeEvent, backoff_s
from cordage_tui.engine.polling.url_refresher import REUSE_S, UrlRefresher
from cordage_tui.store.errors import StoreError

PATIENCE_S: Final = 10.0
"""Seconds that later prompts of the same webhook wait while a prompt's links are read; then they go first."""
TRIES: Final = 6
"""Reads in a row that fail before a prompt is held: some two minutes."""
HELD: Final = "Not sent"
"""Beginning of the note of a prompt that is held for its link."""
_WAY_ON: Final = "Choose another output for it, or drop the prompt"
_AGAIN: Final = "It is tried again automatically"


@dataclass(frozen=True, slots=True)
class _Delay:
    """Failed reads of a prompt's links."""

    failures: int
    until: float
    """When they are read again, monotonic seconds."""


class FreshLinks:
    """Links of the prompts that are sent next. Other prompts wait at most `PATIENCE_S` seconds for the read of a link."""

    def __init__(
        self, context: EngineContext, urls: UrlRefresher, wake: WakeEvent, on_failed: Callable[[CordageError], None]
    ) -> None:
        """`wake` is set when a read has ended; `on_failed` gets each error of one."""
        self._context = context
        self._urls = urls
        self._wake = wake
        self._on_failed = on_failed
        self._reading: dict[RowId, tuple[str, float]] = {}
        """Webhook of each prompt whose links are being read, and when the read began."""
        self._read: dict[RowId, tuple[Mapping[str, OutputRef], float]] = {}
        """Links as last read, and when: the server's newest, even if they look expired."""
        self._delayed: dict[RowId, _Delay] = {}

    def busy(self) -> set[str]:
        """Return the webhooks to which nothing is sent while the links of their next prompt are being read."""
        return {webhook for webhook, since in self._reading.values() if self._now() - since < PATIENCE_S}

    def passed(self) -> set[RowId]:
        """Return the prompts that others may pass, because their links are being read or could not be read."""
        now = self._now()
        return {*self._reading, *(row for row, delay in self._delayed.items() if delay.until > now)}

    def wait_s(self) -> float | None:
        """Return the seconds until `busy` or `passed` change on their own; None: they do not."""
        now = self._now()
        ends = [since + PATIENCE_S for _, since in self._reading.values()] + [d.until for d in self._delayed.values()]
        return min((end - now for end in ends if end > now), default=None)

    def of(self, submission: NextSubmission) -> Mapping[str, OutputRef] | None:
        """Return the links of a prompt as they may be sent, or begin to read them and return None. Raises StoreError."""
        read, at = self._read.get(submission.row, ({}, 0.0))
        same = {n: (o.row, o.number) for n, o in read.items()} == {
            n: (o.row, o.number) for n, o in submission.links.items()
        }
        if submission.links and same and self._now() - at < REUSE_S:
            return read
        fresh = {name: self._urls.lasting(output) for name, output in submission.links.items()}
        lasting = {name: output for name, output in fresh.items() if output is not None}
        if len(lasting) == len(fresh):
            return lasting
        self._reading[submission.row] = submission.webhook_key, self._now()
        self._context.calls.spawn(self._refresh(submission))
        return None

    def forget(self, row: RowId) -> None:
        """Forget a prompt that has been sent."""
        self._read.pop(row, None)
        self._delayed.pop(row, None)

    async def _refresh(self, submission: NextSubmission) -> None:
        """Read the links of a prompt again; one that cannot be sent with them is held, or waits, with the reason."""
        row = submission.row
        try:
            fresh = {}
            for name, output in submission.links.items():
                lasting = self._urls.lasting(output) or await self._urls.read_again(output)
                if lasting is None:
                    self._hold(row, name, output, "is no longer listed")
                    return
                fresh[name] = lasting
            self._read[row] = fresh, self._now()
            self._delayed.pop(row, None)
        except NotFound as error:
            self._hold(row, name, output, "is gone from the server", error)
        except (CordageError, StoreError) as error:
            self._delay(row, name, output, error)
        finally:
            self._reading.pop(row, None)
            self._wake.set()

    def _delay(self, row: RowId, name: str, output: OutputRef, error: CordageError | StoreError) -> None:
        """Have a prompt wait for another read, or hold it after `TRIES`. A server that is out of reach is waited for."""
        if isinstance(error, CordageError):
            self._on_failed(error)
        if not isinstance(error, CordageError) or not _says_nothing_of_link(error):
            before = self._delayed.get(row)
            failures = (before.failures if before else 0) + (not isinstance(error, RateLimited))
            if failures >= TRIES:
                self._delayed.pop(row, None)
                self._hold(row, name, output, "cannot be read", error)
                return
            least = error.retry_after_s if isinstance(error, RateLimited) else 1.0
            wait = backoff_s(failures + 1, BACKOFF_CAP_S, self._context.rng)
            self._delayed[row] = _Delay(failures, self._now() + max(least, wait))
        with suppress(StoreError):
            why = f"Waiting for a new link to {self._words(output)}, its {one_line(name, 40)}: {error.what}"
            self._context.store.outbox.annotate(row, join_sentences(why, _AGAIN))

    def _hold(
        self, row: RowId, name: str, output: OutputRef, why: str, error: CordageError | StoreError | None = None
    ) -> None:
        """Hold a prompt, unless it was dropped or sent in the meantime."""
        problem = f"{HELD}: {self._words(output)}, its {one_line(name, 40)}, {why}{f' ({error.what})' if error else ''}"
        with suppress(StoreError):
            note = advised(join_sentences(problem, _WAY_ON), "queue.edit")
            self._context.store.queue.hold(self._context.profile, note, row)

    def _words(self, output: OutputRef) -> SafeText:
        run = None
        with suppress(StoreError):
            run = self._context.store.rows.get(output.row)
        return one_line(f"output {output.number} of run {run.short_id if run and run.run_id else f'@{output.row}'}")

    def _now(self) -> float:
        return self._context.clock.monotonic()


def _says_nothing_of_link(error: CordageError) -> bool:
    """Return whether the server is out of reach, or refuses the key: the whole queue waits then, in its order."""
    return error.delivery is Delivery.NOT_SENT or isinstance(error, AuthenticationFailed)
