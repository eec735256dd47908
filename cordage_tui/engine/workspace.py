"""Workspace of a profile: open, connect, change the key, list webhooks."""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from cordage_tui.api.client import CordageClient, short_switch_interval
from cordage_tui.api.errors import NotFound
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.config.key_lookup import FoundKey, find_key, save_key
from cordage_tui.config.paths import Paths
from cordage_tui.config.profiles import FIRST_PROFILE
from cordage_tui.config.settings import LOG_VARIABLE, Settings, load
from cordage_tui.config.webhooks_file import add_webhook, create_profile, remove_webhook, rename_webhook
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.environment import child_environment
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.connection_test import ConnectionProblem, ConnectionTest, problem_of
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.engine import GRACE_S, Engine, load_services
from cordage_tui.engine.processes.leadership import ProcessLocks, UnstoredRun
from cordage_tui.engine.processes.process_locks import (
    digest,
    downloading_lock,
    polling_lock,
    sending_lock,
    working_lock,
)
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store

if TYPE_CHECKING:
    from cordage_tui.engine.log.process_log import ProcessLog

# Builds the engine of one profile.


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
    rate_limiter = RateLimiter(clock, read_share=settings.read_share, file=pacing(profile, key, paths))
    client = CordageClient(
        profile.base_url,
        key,
        rate_limiter=rate_limiter,
        clock=clock,
        read_only=profile.read_only,
        ca_file=settings.ca_file,
    )

    def answered(refused: SafeText | None) -> None:
        from cordage_tui.engine.key_answer import record_answer  # the first screen has no answer yet

        record_answer(store, profile.stored_as, key, clock, refused)

    def is_accepted() -> bool:
        from cordage_tui.engine.key_answer import last_answer

        answer = last_answer(store, profile.stored_as, key, clock)
        return answer is not None and answer.accepted

    client.key_guard.on_answer = answered
    context = EngineContext(profile, client, rate_limiter, store, clock, settings=settings, paths=paths)
    context.is_key_accepted = is_accepted
    return Engine(context, locks(profile, key, paths))


def locks(profile: Profile, key: Secret, paths: Paths) -> ProcessLocks:
    """Locks between processes. Polling is per profile and key; all else per profile."""
    return ProcessLocks(
        polling=polling_lock(profile, key, paths),
        sending=sending_lock(profile, paths),
        working=working_lock(profile, paths),
        downloading=downloading_lock(profile, paths),
    )


def pacing(profile: Profile, key: Secret, paths: Paths) -> Callable[[RateLimitClass], Path]:
    """Store of the key's rate budgets, shared by all processes of this machine whatever their profile."""
    name = digest(profile.server, key.reveal())
    return lambda kind: paths.pacing(f"{name}-{kind}")


# The webhooks of a profile, as the user keeps them: in the files, and in the running engine.


class WebhookRegistry:
    """Webhooks of a profile. Changes are on disk before the engine and the screen get them. All methods but `test`
    raise `ConfigError`."""

    def __init__(
        self,
        engine: Engine,
        paths: Paths,
        read: Callable[[], Settings] | None = None,
        changed: Callable[[Profile], None] = lambda profile: None,
    ) -> None:
        """`read` reads the files; None: the profile is in none, as that of the demo. `changed` gets the profile after each
        change."""
        self._engine = engine
        self.paths = paths
        self._read = read
        self._changed = changed

    async def test(self, webhook: Webhook) -> Webhook | ConnectionProblem:
        """Read a webhook that is to be added once, with the open profile's key; itself, when that works."""
        error = await self._engine.fetcher.try_list(webhook.key)
        return webhook if error is None else problem_of(error)

    def add(self, webhook: Webhook) -> None:
        profile = self._engine.profile
        add_webhook(self.paths, profile.name, webhook, profile.base_url)
        self._change((*profile.webhooks, webhook))

    def rename(self, key: str, name: str) -> None:
        profile = self._engine.profile
        rename_webhook(self.paths, profile.name, key, name)
        self._change(tuple(replace(w, name=name) if w.key == key else w for w in profile.webhooks))

    def remove(self, key: str) -> None:
        """Remove a webhook; its runs stay in the history."""
        profile = self._engine.profile
        remove_webhook(self.paths, profile.name, key)
        self._change(tuple(w for w in profile.webhooks if w.key != key))

    async def reload(self) -> bool:
        """Read the files again, in a thread; True if another program, or the user, has changed the webhooks there."""
        before = self._engine.profile
        found = None if self._read is None else (await asyncio.to_thread(self._read)).profile(before.name)
        if found is None or found.webhooks == before.webhooks or self._engine.profile is not before:
            return False
        self._change(found.webhooks)
        return True

    def _change(self, webhooks: tuple[Webhook, ...]) -> None:
        self._engine.change_profile(replace(self._engine.profile, webhooks=webhooks))
        self._changed(self._engine.profile)


# Which profile is open: opens one at a time, connects new ones, and takes a new key after the old one was refused.

CREDENTIALS = "credentials.toml"
"""The `FoundKey.source` of our own file."""


class Workspace:
    """The open profile's engine, and what it takes to open another."""

    def __init__(
        self,
        paths: Paths,
        settings: Settings,
        store: Store,
        clock: Clock,
        *,
        read_only: bool = False,
        config_file: Path | None = None,
        environ: Mapping[str, str] = os.environ,
        linear: bool = False,
    ) -> None:
        """`config_file`: the one given with `--config`; `linear`: there are lines in place of a screen."""
        self.settings = settings
        self.store = store
        self.clock = clock
        self.engine: Engine | None = None
        self.last_profile: Profile | None = None
        """The profile that was closed last."""
        self.unstored: list[UnstoredRun] = []
        """Runs of closed profiles that were started, and whose ids the database did not take."""
        self._paths = paths
        self._read_only = read_only
        self._config_file = config_file
        self._environ = environ
        self._key: FoundKey | None = None
        self._linear = linear
        if environ.get(LOG_VARIABLE):
            _ = self.log  # from the beginning

    @cached_property
    def log(self) -> "ProcessLog":
        """Log of this process."""
        from cordage_tui.engine.log.process_log import ProcessLog  # late: the first frame does without
        from cordage_tui.engine.log.record_kinds import ProcessKind

        return ProcessLog(self._paths, ProcessKind.LINEAR if self._linear else ProcessKind.APP, self._environ)

    def record_end(self, code: int, bug: BaseException | None = None) -> None:
        """Record how the process ends: with an exit code, or by a bug."""
        if bug is not None:
            self.log.record_bug(bug)
            self.store.suspect_damage()
        if "log" in self.__dict__:
            self.log.record_end(code)

    async def open(self, profile: Profile, key: FoundKey) -> Engine:
        """The engine of `profile`, not started yet; the one that was open is stopped."""
        await self.close()
        profile = replace(profile, read_only=profile.read_only or self._read_only)
        self._key = key
        self.engine = build_engine(profile, key.key, self._paths, self.store, self.clock, self.settings)
        return self.engine

    async def start(self, engine: Engine) -> None:
        """Start `engine`, if it is still the open one. What it needs is imported in a thread first."""
        with short_switch_interval:
            await asyncio.to_thread(load_services)
        if engine is self.engine:
            engine.start_recording(self.log)
            await engine.start()

    async def close(self, grace_s: float = GRACE_S) -> None:
        """Stop polling and sending; calls under way get `grace_s`. What is queued stays queued on disk."""
        engine, self.engine = self.engine, None
        if engine is not None:
            self.last_profile = engine.profile
            await engine.stop(grace_s)
            self.unstored += engine.leadership.unstored().values()

    async def hand_over(self) -> None:
        """Start a worker, which continues the open profile's queue after this process ends. Raises WorkerStartError."""
        from cordage_tui.engine.processes.detached_worker import WorkerOptions, hand_over

        if self.engine is not None and self._key is not None:
            environ = child_environment(self._environ, self.settings.secret_env_vars)
            start = WorkerOptions(self.engine.profile, self._key.key, self._paths, self._config_file, environ)
            await asyncio.to_thread(hand_over, start, self.engine.worker_lock)

    @property
    def keeps_keys(self) -> bool:
        """Return whether a new key for the open profile is saved; otherwise it holds until the program ends."""
        return self._key is not None and self._key.source == CREDENTIALS

    def webhook_registry(self, engine: Engine) -> WebhookRegistry:
        """Registry for adding, renaming and removing webhooks of the open profile."""
        in_files = engine.profile.name in self.settings.key_sources
        read = partial(load, self._paths, self._config_file) if in_files else None
        return WebhookRegistry(engine, self._paths, read, self._profile_changed)

    def _profile_changed(self, changed: Profile) -> None:
        """Keep the settings up to date, from which a profile is opened again."""
        profiles = (
            replace(p, webhooks=changed.webhooks) if p.name == changed.name else p for p in self.settings.profiles
        )
        self.settings = replace(self.settings, profiles=tuple(profiles))

    async def find_key(self, profile: str) -> FoundKey | None:
        """Find the key of a profile in a thread: a command or a keyring may take seconds. Raises ConfigError."""
        return await asyncio.to_thread(find_key, self._paths, self.settings, profile, self._environ)

    async def connect(self, key: Secret, webhook: Webhook, base_url: str) -> ConnectionProblem | Profile:
        """Test key and webhook, then save them with the base URL that works. Raises ConfigError when they cannot be saved."""
        found = await self._test.find_base_url(base_url, key, webhook.key)
        if isinstance(found, ConnectionProblem):
            return found
        name = self._name_for(found)
        create_profile(self._paths, name, found, key, [webhook])
        self.settings = replace(load(self._paths, self._config_file), author=self.settings.author)
        saved = self.settings.profile(name)
        return saved or Profile(name, found, (webhook,))

    async def replace_key(self, engine: Engine, key: Secret) -> ConnectionProblem | FoundKey:
        """Test a new key for the open profile; if it works, prompts held for the old one are queued again.

        It is saved where the old one was, if that is our own file; a key from a variable or a command is the user's to
        change there, so the new one holds until the program ends. Raises ConfigError when it cannot be saved.
        """
        profile = engine.profile
        error = None
        if profile.webhooks:
            error = await self._test.read(profile.base_url, key, profile.webhooks[0].key)
        if error is not None and not isinstance(error, NotFound):  # that is the webhook's, and says little of the key
            return problem_of(error)
        if self.keeps_keys:
            save_key(self._paths, profile.name, key)
        self.store.outbox.release_held(profile.stored_as)
        source = self._key.source if self._key else one_line("typed in")
        return FoundKey(key, source)

    @property
    def _test(self) -> ConnectionTest:
        return ConnectionTest(self.clock, self.settings.ca_file, self.log)

    def _name_for(self, base_url: str) -> str:
        """Name of the profile with that base URL, else the first free name."""
        for profile in self.settings.profiles:
            if profile.base_url == base_url:
                return profile.name
        taken = {profile.name for profile in self.settings.profiles}
        names = (FIRST_PROFILE, *(f"{FIRST_PROFILE}-{n}" for n in range(2, len(taken) + 3)))
        return next(name for name in names if name not in taken)
