"""Builds the engine of one profile, and tests a key and a webhook before anything is saved."""

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import AuthenticationFailed, CordageError, NotFound
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.api.shared_budget import BudgetStore, FileBudgetStore
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import dataclass, replace
from cordage_tui.domain.rate_limit import Priority, RateLimitClass
from cordage_tui.domain.secret import Secret
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import HealthStatus, Profile
from cordage_tui.engine.duties import ProcessLocks
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.seat import digest, downloading_lock, polling_lock, sending_lock, working_lock
from cordage_tui.engine.session import EngineContext
from cordage_tui.engine.words import join_sentences
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store


class ConnectionField(StrEnum):
    """What the user should look at again."""

    KEY = "key"
    WEBHOOK = "webhook"
    BASE_URL = "base url"


@dataclass(frozen=True, slots=True)
class ConnectionProblem:
    """Why a connection cannot be made."""

    field: ConnectionField
    words: SafeText


def build_engine(
    profile: Profile,
    key: Secret,
    paths: Paths,
    store: Store,
    clock: Clock,
    settings: Settings,
) -> Engine:
    """The engine of `profile`. A base URL or key that cannot be used shows in the health of its webhooks."""
    with suppress(StoreError):  # a disk that takes nothing: nothing can be queued or sent either
        profile = replace(profile, kept_as=store.servers.claim(profile))
    pacer = RateLimiter(clock, read_share=settings.read_share, ledger=pacing(profile, key, paths))
    client = CordageClient(profile.base_url, key, pacer=pacer, clock=clock, read_only=profile.read_only)
    session = EngineContext(
        *(profile.stored_as, client, pacer, store, clock, settings.read_share, settings.hook),
        settings=settings,
        paths=paths,
    )
    return Engine(profile, session, locks(profile, key, paths))


def locks(profile: Profile, key: Secret, paths: Paths) -> ProcessLocks:
    """What processes agree by. Polling is a matter of profile and key; all else is one of the profile alone."""
    return ProcessLocks(
        polling=polling_lock(profile, key, paths),
        sending=sending_lock(profile, paths),
        working=working_lock(profile, paths),
        downloading=downloading_lock(profile, paths),
    )


def pacing(profile: Profile, key: Secret, paths: Paths) -> Callable[[RateLimitClass], BudgetStore]:
    """Where the rate budgets of that key are kept: all processes of this machine share them, whatever their profile."""
    name = digest(profile.server, key.reveal())
    return lambda kind: FileBudgetStore(paths.pacing(f"{name}-{kind}"))


async def test_connection(base_url: str, key: Secret, webhook_key: str, clock: Clock) -> ConnectionProblem | None:
    """One read of the webhook; None when it works. Costs one call of the read budget and starts nothing."""
    client = CordageClient(base_url, key, pacer=RateLimiter(clock), clock=clock, read_only=True)
    try:
        await client.list_runs(webhook_key, Priority.USER)
    except CordageError as error:  # InvalidRequest too: an address or a key that cannot be used
        return problem_of(error)
    finally:
        await client.aclose()
    return None


def problem_of(error: CordageError) -> ConnectionProblem:
    """What a read that failed says of a connection."""
    if isinstance(error, AuthenticationFailed):
        way_on = "Make one under API Keys in the workspace's settings" if error.status == 401 else ""
        return ConnectionProblem(ConnectionField.KEY, join_sentences(error.what, way_on))
    if isinstance(error, NotFound):
        return ConnectionProblem(
            ConnectionField.WEBHOOK,
            one_line("The server knows no such webhook. Its key stands in the webhook node's settings."),
        )
    return ConnectionProblem(
        ConnectionField.KEY if error.health is HealthStatus.REFUSED else ConnectionField.BASE_URL,
        join_sentences(error.what),
    )
