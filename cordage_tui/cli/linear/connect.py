"""Connection in linear mode: questions for API key and webhook, if a profile has none."""

from cordage_tui.cli.linear.questions import LEAVING, InputEnded, Questions
from cordage_tui.cli.linear.session import LinearSession
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.key_lookup import FoundKey, checked_key
from cordage_tui.config.profiles import (
    PUBLISHED_BASE_URL,
    checked_base_url,
    checked_new_name,
    checked_webhook_key,
    with_scheme,
)
from cordage_tui.config.webhook_address import is_same_server, read_webhook_address, server_name
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.connection_test import ConnectionField, ConnectionProblem
from cordage_tui.engine.workspace import CREDENTIALS


class Connect:
    """Questions until a profile is open. Methods raise InputEnded and KeyboardInterrupt."""

    def __init__(self, session: LinearSession, questions: Questions) -> None:
        self._session = session
        self._questions = questions
        self._last_server = PUBLISHED_BASE_URL

    def open_or_connect(self) -> bool:
        """Open the profile of the launch, connecting it first if need be; False: the user wants the demo."""
        launch = self._session.launch
        if launch.profile is not None and launch.key is not None:
            self._session.open(launch.profile, launch.key)
            return True
        say = self._session.speech.answer
        say(f"Cordage, linear mode. {launch.problem or 'No workspace is connected yet.'}")
        say("Type quit at any question to leave.")
        try:
            return self._choose_and_connect()
        except KeyboardInterrupt:
            say("\nSetting up is left. Nothing more was saved.")
            raise

    def _choose_and_connect(self) -> bool:
        """Ask whether to connect; False: the user wants the demo."""
        choices = ["Connect with an API key and a webhook", "Try the demo, without key and network"]
        chosen = self._questions.choose("What now?", choices)
        if chosen is None:
            self._session.speech.answer("Nothing is connected.")
            raise InputEnded
        if chosen == 1:
            return False
        self._connect()
        return True

    def replace_key(self) -> None:
        """Ask for another API key of the open profile, test and use it. Raises ConfigError."""
        text = self._questions.ask_secret("New API key, which is not shown; or an empty line to keep the old one:")
        engine = self._session.engine
        if not text or text.lower() in LEAVING or engine is None:
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
        """Ask until server, key and webhook work, then save and open them. After a failure only the failed part is
        asked again."""
        key, webhook = None, self._known_webhook()
        server: str | None = self._known_server()
        while True:
            try:
                server = server or self._ask_server()
                key = key or self._ask_key()
                if webhook is None:
                    webhook, server = self._ask_webhook(server)
                outcome = self._test(key, webhook, server)
            except ConfigError as error:
                self._session.speech.answer(f"{error.happened} {error.advice}")
                continue
            if isinstance(outcome, Profile):
                self._session.speech.answer(f"Connected. Saved as profile {one_line(outcome.name)}.")
                self._session.open(outcome, FoundKey(key, one_line(CREDENTIALS)))
                return
            self._session.speech.answer(outcome.words)
            match outcome.field:
                case ConnectionField.WEBHOOK:
                    webhook = None
                case ConnectionField.KEY:
                    key = None
                case ConnectionField.BASE_URL:
                    self._last_server, server = server, None

    def _test(self, key: Secret, webhook: Webhook, base_url: str) -> ConnectionProblem | Profile:
        """Test and save key and webhook. Raises ConfigError."""
        self._session.speech.answer(f"The connection to {server_name(base_url)} is tested.")
        return self._session.call(lambda workspace: workspace.connect(key, webhook, base_url))

    def _known_server(self) -> str | None:
        """Return the server that the settings, a flag or a variable name; None: it is asked for."""
        launch = self._session.launch
        base_url = (launch.profile or launch.settings.chosen or launch.settings).base_url
        return base_url if launch.profile is not None or base_url != PUBLISHED_BASE_URL else None

    def _ask_server(self) -> str:
        """Ask for the server; an empty line takes the last one, at first the published one. Raises ConfigError."""
        usual = server_name(self._last_server)
        text = self._answer(
            f"Server: an empty line for {usual}, or the address of your company's, such as cordage.example.com:"
        )
        return checked_base_url(with_scheme(text), "The server's address") if text else self._last_server

    def _ask_key(self) -> Secret:
        question = "API key, from the workspace settings under API Keys. It is not shown as you type:"
        return checked_key(_unless_leaving(self._questions.ask_secret(question)))

    def _ask_webhook(self, server: str) -> tuple[Webhook, str]:
        """Ask for a webhook, and return it with its server: that of its URL, if the user agrees to it. Raises ConfigError."""
        key_question = (
            "Webhook key, from the settings of the webhook node, or its URL. A key begins with w h underscore:"
        )
        address = read_webhook_address(self._answer(key_question))
        key = checked_webhook_key(address.key)
        if address.base_url is not None and not is_same_server(address.base_url, server):
            webhook_server = server_name(address.base_url)
            question = f"This webhook is on {webhook_server}. Your API key will be sent there. Answer yes if it is your server:"
            if self._answer(question).lower() not in ("y", "yes"):
                raise ConfigError("Nothing was sent.", f"A webhook of {server_name(server)} is needed.")
            server = address.base_url
        return Webhook(key, self._ask_name(key)), server

    def _ask_name(self, key: str) -> str:
        while True:
            try:
                return checked_new_name(self._answer("A name for this webhook, such as Sunset:"), key)
            except ConfigError as error:
                self._session.speech.answer(f"{error.happened} {error.advice}")

    def _answer(self, question: str) -> str:
        return _unless_leaving(self._questions.read_answer(question))

    def _known_webhook(self) -> Webhook | None:
        profile = self._session.launch.profile
        return next(iter(profile.webhooks), None) if profile is not None else None


def _unless_leaving(answer: str) -> str:
    """Return the answer. Raises InputEnded for a word that leaves: it cannot be a key, address or name."""
    if answer.lower() in LEAVING:
        raise InputEnded
    return answer
