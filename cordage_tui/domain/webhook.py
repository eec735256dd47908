"""A webhook and the profile it belongs to."""

from collections.abc import Mapping

from cordage_tui.domain.address import parse_base_url
from cordage_tui.domain.inputs import Json
from cordage_tui.domain.secret import masked
from cordage_tui.domain.value import dataclass, field


@dataclass(frozen=True, slots=True)
class Webhook:
    """One callable workflow. `name` is the user's own: the API has no call that lists or names webhooks."""

    key: str = field(repr=False)
    """The `wh_…` key. A secret too: show `masked_key`."""
    name: str
    inputs: Mapping[str, Json] = field(default_factory=dict)
    """Fields offered beside the prompt: name → default value; a list means a choice of its elements."""
    download: bool = False
    """Outputs are downloaded by themselves when a run completes."""

    @property
    def masked_key(self) -> str:
        return masked(self.key)

    def __repr__(self) -> str:
        return f"Webhook({self.name!r}, {self.masked_key})"


@dataclass(frozen=True, slots=True)
class Profile:
    """One Cordage workspace as the user set it up."""

    name: str
    base_url: str
    webhooks: tuple[Webhook, ...] = ()
    read_only: bool = False
    """Refuse every POST, in the client itself."""
    client_ref: bool = False
    """Send a reference of our own along with each prompt, so that one whose answer was lost is surely known again if the
    server echoes it."""
    protected: bool = False
    """Ask for a typed confirmation before kills and batches."""
    is_redirected: bool = False
    """A flag or a variable names another server than the settings do."""
    kept_as: str | None = None
    """The name that the database has for this profile with this server; None: the profile's own."""

    @property
    def stored_as(self) -> str:
        """What everything of this profile is kept under in the database (see `store.servers`)."""
        return self.kept_as or self.name

    @property
    def server(self) -> str:
        """The base URL as it is compared: two that lead to the same server are the same text."""
        try:
            return str(parse_base_url(self.base_url))
        except ValueError:  # leads nowhere
            return self.base_url

    def webhook(self, key: str) -> Webhook | None:
        """The webhook with that key, or None when it has been removed from the profile."""
        return next((w for w in self.webhooks if w.key == key), None)

    def label(self, key: str) -> str:
        """The name to show for a webhook key: its own name, else the masked key."""
        found = self.webhook(key)
        return found.name if found else masked(key)
