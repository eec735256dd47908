"""Prompts written on the main screen: submitted, kept as drafts, and edited in the user's editor."""

from contextlib import suppress
from functools import cached_property
from typing import Final

from textual.message import Message
from textual.timer import Timer

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.webhook_address import is_same_server, read_webhook_address, server_name
from cordage_tui.domain.curl_line import InvalidCurlLine, parse_curl
from cordage_tui.domain.inputs import PROMPT, Inputs
from cordage_tui.domain.safe_text import SafeText, one_line, safe_unlimited
from cordage_tui.domain.submission import NO_LINEAGE, Lineage
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.batch.body_checks import BodyChecker
from cordage_tui.engine.batch.random_inputs import RandomInputs
from cordage_tui.engine.batch.word_lists import WordLists
from cordage_tui.engine.errors import REFUSALS
from cordage_tui.engine.input_fields import with_defaults
from cordage_tui.store.errors import StoreError
from cordage_tui.store.prompt_history import SentBodies
from cordage_tui.ui.keys.footer import main_key
from cordage_tui.ui.main.actions.outputs import ShownOutputs
from cordage_tui.ui.main.actions.runs import batch_previews
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.main.notices import AwaySummaryController
from cordage_tui.ui.main.presenter import REMOVED
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.prompt.completion import names_list
from cordage_tui.ui.prompt.editor import PromptEditor
from cordage_tui.ui.prompt.history_screen import LoadedBody, PromptHistoryScreen
from cordage_tui.ui.prompt.panel import PromptPanel

RETRY_S: Final = 1.0
"""Seconds between two tries to save a draft that the database did not take."""


def fitting(inputs: Inputs, old: Webhook, new: Webhook) -> Inputs:
    """Return the inputs for one webhook as they are taken to another.

    The prompt, values that fit a declared input there, and free fields are kept. Other inputs get the defaults there.
    """
    undrawn = RandomInputs(old.inputs).open_in(inputs)
    kept = {n: v for n, v in inputs.items() if n not in undrawn and (n in {PROMPT, *new.inputs} or n not in old.inputs)}
    faults = BodyChecker(new.inputs, free=kept).faults([kept]).get(0, ())
    faulty = {fault.name for fault in faults}
    return with_defaults(new.inputs, {name: value for name, value in kept.items() if name not in faulty})


class WrittenPrompts:
    """Prompts that are written in the prompt panel, from the first key to the outbox."""

    def __init__(self, main: MainContext) -> None:
        self._main = main
        self._host = main.screen
        self._folder = main.registry.paths.config_dir
        """Folder of word lists."""
        self._engine = main.engine
        self._presenter = main.presenter
        self._foreground = main.foreground
        self._prompt = main.prompt
        self._drafts = main.prompt.unsaved_drafts
        self._retry: Timer | None = None
        """Timer of the next try to save; None: every draft is saved."""

    @cached_property
    def _sent_bodies(self) -> SentBodies:
        return SentBodies(self._host.store.database, self._engine.profile.stored_as)

    def handle_message(self, event: Message) -> None:
        """Handle a message of the prompt panel."""
        match event:
            case PromptPanel.Submitted():
                self.submit(event.webhook_key, event.inputs, event.draft, event.lineage)
                self._main.part(AwaySummaryController).last_seen.save_if_due()
            case PromptPanel.DraftChanged():
                self.save_draft(event.webhook_key, event.inputs, event.lineage)
                self._main.part(AwaySummaryController).last_seen.save_if_due()
            case PromptPanel.DraftReplaced():
                self.save_replaced(event.webhook_key, event.inputs)
            case PromptPanel.BatchRequested():
                batch_previews(self._main).preview_written(event.webhook_key, event.inputs, lines=event.lines)
            case PromptPanel.EditorRequested():
                self.open_editor(event.text)
            case PromptPanel.WebhookRequested():
                self.take_to_webhook(event.by) if event.key is None else self.follow(event.key)
            case PromptPanel.CompletionRequested():
                self.complete(event.webhook_key, event.text)
            case PromptEditor.CurlPasted():
                self.load_curl(event.text)

    def submit(self, webhook_key: str, inputs: Inputs, draft: Inputs, lineage: Lineage) -> None:
        """Submit a prompt, and leave `draft` in the panel. If the prompt is refused, it goes back there."""
        try:
            row = self._engine.queue.submit(webhook_key, inputs, draft, lineage=lineage)
        except REFUSALS as error:
            self._prompt.give_back(inputs, lineage)
            self._host.toast(error.what, error=True)
        else:
            self._drafts.drop(webhook_key)  # the submission has stored the draft that is left
            self._presenter.show_submitted(row)
            self._prompt.frame.confirm_submitted()

    def save_draft(self, webhook_key: str, inputs: Inputs, lineage: Lineage = NO_LINEAGE) -> None:
        """Save the draft of a webhook. Empty inputs delete it."""
        self._drafts.put(webhook_key, inputs, lineage)
        self._save_or_retry()

    def save_replaced(self, webhook_key: str, inputs: Inputs) -> None:
        """Put a draft into the history that was replaced before it was sent."""
        self._drafts.put_replaced(webhook_key, inputs)
        if self._save_or_retry():
            # After the focus has moved to the prompt, because the message names a key of the prompt.
            self._host.app.call_later(self._announce_replaced)

    def _save_or_retry(self) -> bool:
        """Store the unsaved drafts, and return whether that succeeded. If not, say why once, and try again later."""
        if self._retry is not None:
            self._retry.stop()
        try:
            self._write_drafts()
        except StoreError as error:
            if self._retry is None:
                self._host.toast(error.what, error=True)
            self._retry = self._host.set_timer(RETRY_S, self._save_or_retry)
            return False
        self._retry = None
        return True

    def _write_drafts(self) -> None:
        self._drafts.write(self._host.store.prompts, self._engine.profile.stored_as)

    def _announce_replaced(self) -> None:
        key = main_key(self._host, "prompt.history_older") or "The history"
        self._host.toast(one_line(f"Draft kept. {key} brings it back."))

    def load_found(self, found: LoadedBody) -> None:
        """Load an entry of the history into the prompt panel, where it waits for the user's Enter."""
        body, prompt = found.body, self._prompt
        known = self._engine.profile.webhook(body.webhook_key) is not None
        key = body.webhook_key if known else self._presenter.target
        if key is None:
            return
        if not known:
            name = one_line(self._engine.profile.label(key), 40)
            self._host.toast(one_line(f"Its webhook has been removed from this profile: loaded for {name}."))
        if found.only_fields:
            prompt.load_fields(body.inputs)
        elif body.batch is not None:
            batch_previews(self._main).load_source(key, body.batch)
        else:
            self._presenter.load_prompt(key, body.inputs)
        prompt.editor.ignore_held_enter(self._host.clock.monotonic())

    def open_history(self) -> None:
        """Let the user find an earlier prompt and load it. At first, prompts for the present webhook are listed."""
        webhook, outputs = self._prompt.webhook, self._main.part(ShownOutputs)
        if webhook is None:
            return

        def answered(found: LoadedBody | None) -> None:
            outputs.uncover(None)
            if found is not None:
                self.load_found(found)

        outputs.cover()
        screen = PromptHistoryScreen(self._engine, self._host.clock, self._main.renderer, webhook.key)
        self._host.app.push_screen(screen, answered)

    def take_to_webhook(self, by: int) -> None:
        """Take the written prompt to the webhook `by` places further in the sidebar, with the fields that fit there.

        It is one step of undo. The prompt that was written there goes into the history.
        """
        old, webhooks = self._prompt.webhook, self._engine.profile.webhooks
        keys = [webhook.key for webhook in webhooks]
        if old is None or old.key not in keys or len(webhooks) < 2:
            self._host.toast(one_line("There is no other webhook."))
            return
        new = webhooks[(keys.index(old.key) + by) % len(webhooks)]
        if (written := self._host.reads.last_good(self._presenter.read_prompts, None, new.key)) is not None:
            self._prompt.take_to(new, fitting(self._prompt.inputs(), old, new), *written)

    def follow(self, webhook_key: str) -> None:
        """Choose in the sidebar the webhook that the prompt was taken to. If it has been removed, go back to the target."""
        if self._engine.profile.webhook(webhook_key) is None:
            self._host.toast(REMOVED)
            self._presenter.show_target()
        elif self._presenter.target != webhook_key:
            self._host.query_one(Sidebar).select(webhook_key)
            self._presenter.show_webhook(webhook_key)

    def load_curl(self, text: str) -> None:
        """Load the prompt of a pasted curl command, or say why not. It never becomes text, because it may hold an API key."""
        try:
            line = parse_curl(text)
        except InvalidCurlLine as error:
            self._prompt.frame.show_message(error.words)
            return
        key = self._presenter.target if line.webhook_key is None else line.webhook_key
        if key is None or self._engine.profile.webhook(key) is None:
            self._prompt.frame.show_message(
                one_line("The webhook of this curl command is not in this profile. Add it first.")
            )
            return
        self._presenter.load_prompt(key, line.inputs)
        name = one_line(self._engine.profile.label(key), 40)
        self._host.toast(
            one_line(f"Read from the curl command for {name}.{self._other_server(text)} Nothing was sent.")
        )

    def _other_server(self, text: str) -> str:
        """Say that a curl command names another server than the profile's. Empty: it does not."""
        profile_url = self._engine.profile.base_url
        with suppress(ConfigError, ValueError):  # not a valid address of a server, or a variable of the shell
            command_url = read_webhook_address(text).base_url
            if command_url is not None and not is_same_server(command_url, profile_url):
                return f" It names {server_name(command_url)}; this profile sends to {server_name(profile_url)}."
        return ""

    def complete(self, webhook_key: str, text: str) -> None:
        """Complete the name of a word list that is being written, or an earlier prompt that begins with the text."""
        list_name = WordLists(self._folder).completed(text) if names_list(text) else None
        completion = list_name or self._host.reads.last_good(self._sent_bodies.beginning_with, None, webhook_key, text)
        self._prompt.complete(webhook_key, text, completion)

    def open_editor(self, text: str) -> None:
        """Run `$EDITOR` on the prompt, in the foreground of the terminal."""
        self._host.run_worker(self._edit(text), group="editor", exclusive=False)

    async def _edit(self, text: str) -> None:
        prompt, webhook = self._prompt, self._prompt.webhook
        result = await self._foreground.edit(text)
        if result is None:
            return
        if webhook is not None and prompt.webhook is not None and prompt.webhook.key != webhook.key:
            self.save_draft(webhook.key, {PROMPT: result.text})
        else:
            prompt.set_text(result.text)
        if result.words:
            self._host.toast(result.words, error=True)

    def save_all(self) -> None:
        """Save the written prompt before the program ends, also the text of an editor that is still open.

        Raises StoreError; then it may be called again.
        """
        if (text := self._foreground.end()) is not None:
            self._prompt.set_text(text)
        webhook, inputs = self._prompt.webhook, self._prompt.unsaved()
        if webhook is not None and inputs is not None:
            self._drafts.put(webhook.key, inputs, self._prompt.lineage)
        self._write_drafts()

    def unsaved_texts(self) -> list[SafeText]:
        """Return each text that could not be saved, after a line that names its webhook."""
        return [
            SafeText(f"{one_line(f'Your draft for {self._engine.profile.label(key)}:')}\n{safe_unlimited(text)}")
            for key, text in self._drafts.texts()
        ]
