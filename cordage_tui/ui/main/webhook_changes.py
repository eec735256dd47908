"""Changes of the profile's webhooks on the main screen: add, rename, remove and reload."""

from collections.abc import Callable
from functools import partial

from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.ui.dialogs.connect import WebhookDialog
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.widgets.text import literal


class WebhookChanges:
    """Changes of the webhooks of the profile."""

    def __init__(self, main: MainContext) -> None:
        self._host = main.screen
        self._registry = main.registry
        self._presenter = main.presenter

    def add(self) -> None:
        """Ask for a webhook and add it. It is tested before it is saved."""

        def answered(webhook: Webhook | None) -> None:
            if webhook is not None:
                self._save(partial(self._registry.add, webhook))

        profile = self._host.engine.profile
        dialog = WebhookDialog(profile.webhooks, base_url=profile.base_url, try_out=self._registry.test)
        self._host.app.push_screen(dialog, answered)

    def rename(self, key: str | None) -> None:
        """Ask for another name of a webhook, and save it."""
        current = self._host.engine.profile.webhook(key) if key else None

        def answered(webhook: Webhook | None) -> None:
            if webhook is not None:
                self._save(partial(self._registry.rename, webhook.key, webhook.name))

        if current is not None:
            self._host.app.push_screen(WebhookDialog(self._host.engine.profile.webhooks, current), answered)

    def remove(self, key: str | None) -> None:
        """Remove a webhook from the profile; asks first."""
        if key is None:
            return
        name = one_line(self._host.engine.profile.label(key), 40)
        body = [literal(one_line("Its runs keep running and stay in the history."))]
        remove = partial(self._save, partial(self._registry.remove, key))
        self._host.confirm(one_line(f"Remove {name}?"), body, one_line("Remove"), remove, danger=True)

    def reload(self) -> None:
        """Read the files again, which another program or the user may have changed."""
        self._host.run_worker(self._reload(), group="reload", exclusive=True)

    async def _reload(self) -> None:
        with self._host.report_errors():
            if await self._registry.reload():
                self._show()

    def _save(self, change: Callable[[], None]) -> None:
        with self._host.report_errors():
            change()
            self._show()

    def _show(self) -> None:
        self._presenter.show_all()
        self._presenter.show_current()
        self._presenter.show_times()
