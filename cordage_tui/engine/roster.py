"""The webhooks of a profile, as the user keeps them: in the files, and in the running engine."""

from cordage_tui.config.paths import Paths
from cordage_tui.config.webhooks_file import add_webhook, remove_webhook, rename_webhook
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.connect import ConnectionProblem, problem_of
from cordage_tui.engine.engine import Engine


class WebhookRegistry:
    """Changes are on disk before the engine, and so the screen, knows of them. All but `tested` raise `ConfigError`."""

    def __init__(self, engine: Engine, paths: Paths) -> None:
        self._engine = engine
        self._paths = paths

    async def tested(self, webhook: Webhook) -> Webhook | ConnectionProblem:
        """Read a webhook that is to be added once, with the open profile's key; itself, when that works."""
        error = await self._engine.try_webhook(webhook.key)
        return webhook if error is None else problem_of(error)

    def add(self, webhook: Webhook) -> None:
        profile = self._engine.profile
        add_webhook(self._paths, profile.name, webhook, profile.base_url)
        self._engine.change_profile(replace(profile, webhooks=(*profile.webhooks, webhook)))

    def rename(self, key: str, name: str) -> None:
        profile = self._engine.profile
        rename_webhook(self._paths, profile.name, key, name)
        renamed = tuple(replace(w, name=name) if w.key == key else w for w in profile.webhooks)
        self._engine.change_profile(replace(profile, webhooks=renamed))

    def remove(self, key: str) -> None:
        """Its runs stay in the history."""
        profile = self._engine.profile
        remove_webhook(self._paths, profile.name, key)
        self._engine.change_profile(replace(profile, webhooks=tuple(w for w in profile.webhooks if w.key != key)))
