"""Connection in linear mode: questions for API key and webhook, where a profile has none."""

from cordage_tui.cli.linear.questions import InputEnded, Questions
from cordage_tui.cli.linear.session import LinearSession
from cordage_tui.config.credentials import FoundKey, checked_key
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.profiles import checked_new_name, checked_webhook_key
from cordage_tui.domain.text import Secret, one_line
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.workspace import CREDENTIALS, ConnectionField, ConnectionProblem


class Connect:
    """Questions until a profile is open. Methods raise InputEnded and KeyboardInterrupt."""

    def __init__(self, session: LinearSession, questions: Questions) -> None:
        self._session = session
        self._questions = questions

    def open_or_connect(self) -> bool:
        """Open the profile of the launch, connecting it first if need be; False: the user wants the demo."""
        launch = self._session.launch
        if launch.profile is not None and launch.key is not None:
            self._session.open(launch.profile, launch.key)
            return True
        say = self._session.speech.answer
        say(f"Cordage, linear mode. {launch.problem or 'No workspace is connected yet.'}")
        choices = ["Connect with an API key and a webhook", "Try the demo, without key and network"]
        chosen = self._questions.choose("What now?", choices)
        if chosen is None:
            say("Nothing is connected.")
            raise InputEnded
        if chosen == 1:
            return False
        self._connect()
        return True

    def replace_key(self) -> None:
        """Ask for another API key of the open profile, test and use it. Raises ConfigError."""
        text = self._questions.ask_secret("New API key, which is not shown; or an empty line to keep the old one:")
        engine = self._session.engine
        if not text or engine is None:
            self._session.speech.answer("The API key is kept.")
            return
        key = checked_key(text)
        outcome = self._session.call(lambda workspace: workspace.replace_key(engine, key))
        if isinstance(outcome, ConnectionProblem):
            self._session.speech.answer(outcome.words)
            return
        self._session.open(engine.profile, outcome)
        self._session.speech.answer("The new API key works.")

    def _connect(self) -> None:
        """Ask until key and webhook work, then save and open them."""
        key, webhook = None, self._known_webhook()
        while True:
            try:
                key = key or self._ask_key()
                webhook = webhook or self._ask_webhook()
                outcome = self._test(key, webhook)
            except ConfigError as error:
                self._session.speech.answer(f"{error.happened} {error.advice}")
                continue
            if isinstance(outcome, Profile):
                self._session.speech.answer(f"Connected. Saved as profile {one_line(outcome.name)}.")
                self._session.open(outcome, FoundKey(key, one_line(CREDENTIALS)))
                return
            self._session.speech.answer(outcome.words)
            if outcome.field is ConnectionField.WEBHOOK:
                webhook = None
            else:
                key = None

    def _test(self, key: Secret, webhook: Webhook) -> ConnectionProblem | Profile:
        """Test and save key and webhook. Raises ConfigError."""
        launch = self._session.launch
        base_url = (launch.profile or launch.settings.chosen or launch.settings).base_url
        self._session.speech.answer("The connection is tested.")
        return self._session.call(lambda workspace: workspace.connect(key, webhook, base_url))

    def _ask_key(self) -> Secret:
        where = "API key, from the workspace settings under API Keys. It is not shown as you type:"
        return checked_key(self._questions.ask_secret(where))

    def _ask_webhook(self) -> Webhook:
        asked = "Webhook key, from the settings of the webhook node. It begins with w h underscore:"
        key = checked_webhook_key(self._questions.read_answer(asked))
        return Webhook(
            key, checked_new_name(self._questions.read_answer("A name for this webhook, such as Sunset:"), key)
        )

    def _known_webhook(self) -> Webhook | None:
        profile = self._session.launch.profile
        return next(iter(profile.webhooks), None) if profile is not None else None
