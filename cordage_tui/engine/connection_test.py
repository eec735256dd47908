"""Test of a key and a webhook before they are saved."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import AuthenticationFailed, CordageError, NotFound, UnexpectedResponse
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.config.profiles import with_published_path
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.rate_limit import Priority
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.errors import join_sentences

if TYPE_CHECKING:
    from cordage_tui.engine.log.process_log import ProcessLog


class ConnectionField(StrEnum):
    """Field that the user should check."""

    KEY = "key"
    WEBHOOK = "webhook"
    BASE_URL = "base url"


@dataclass(frozen=True, slots=True)
class ConnectionProblem:
    """Problem that prevents a connection."""

    field: ConnectionField
    words: SafeText


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    """Test of a key and a webhook before they are saved. It starts nothing."""

    clock: Clock
    ca_file: Path | None = None
    """Certificate authorities that are trusted beside the usual ones."""
    log: "ProcessLog | None" = None
    """Where the reads are recorded."""

    async def read(self, base_url: str, key: Secret, webhook_key: str) -> CordageError | None:
        """Read the webhook once with that key; return the error, also InvalidRequest: an address or a key that cannot be
        used."""
        client = CordageClient(
            base_url,
            key,
            rate_limiter=RateLimiter(self.clock),
            clock=self.clock,
            read_only=True,
            ca_file=self.ca_file,
        )
        if self.log is not None:
            from cordage_tui.engine.log.engine_recorder import CallRecorder  # late: the first frame does without

            client.on_ended = CallRecorder(self.log).record
        try:
            await client.list_runs(webhook_key, Priority.USER)
        except CordageError as error:
            return error
        finally:
            await client.aclose()
        return None

    async def find_base_url(self, base_url: str, key: Secret, webhook_key: str) -> ConnectionProblem | str:
        """Read the webhook, and return the base URL that works.

        If `base_url` names a server only, and that has no webhook there, the published path is tried on it: one more
        read.
        """
        error = await self.read(base_url, key, webhook_key)
        if isinstance(error, NotFound | UnexpectedResponse) and (longer := with_published_path(base_url)):
            on_path = await self.read(longer, key, webhook_key)
            if not isinstance(on_path, UnexpectedResponse):
                base_url, error = longer, on_path
        return base_url if error is None else problem_of(error)


def problem_of(error: CordageError) -> ConnectionProblem:
    """Connection problem shown by a failed read."""
    if isinstance(error, AuthenticationFailed):
        way_on = "Make one under API Keys in the workspace's settings" if error.status == 401 else ""
        return ConnectionProblem(ConnectionField.KEY, join_sentences(error.what, way_on))
    if isinstance(error, NotFound):
        return ConnectionProblem(
            ConnectionField.WEBHOOK,
            one_line("Webhook not found. Copy its key from the webhook node's settings on this server."),
        )
    return ConnectionProblem(
        ConnectionField.KEY if error.health is HealthStatus.REFUSED else ConnectionField.BASE_URL,
        join_sentences(error.what),
    )
