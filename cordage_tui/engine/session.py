"""What every part of one profile's engine works with."""

import random

from cordage_tui.api.client import CordageClient
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Hook, Settings
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.engine.access import ApiKeyGuard
from cordage_tui.engine.breaker import CircuitBreaker
from cordage_tui.engine.calls import TaskSupervisor
from cordage_tui.store.store import Store


@dataclass(frozen=True, slots=True)
class EngineContext:
    """One profile, one key, one store."""

    profile: str
    client: CordageClient
    pacer: RateLimiter
    store: Store
    clock: Clock
    read_share: float = 0.9
    """Of the read budget, for polling; the rest answers the user's own keys."""
    hook: Hook | None = None
    """What is run when a run has ended."""
    rng: random.Random = field(default_factory=random.Random)
    calls: TaskSupervisor = field(default_factory=TaskSupervisor)
    access: ApiKeyGuard = field(default_factory=ApiKeyGuard)
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    settings: Settings = field(default_factory=Settings)
    paths: Paths | None = None
    """None: nothing is kept on disk beside the database."""

    @property
    def reads_a_minute(self) -> float:
        """The polling's share of the read budget, by the limit the server told last."""
        return self.pacer.view(RateLimitClass.READ).limit * self.read_share
