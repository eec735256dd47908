"""Everything the app is started with, gathered before the first frame."""

from collections.abc import Sequence
from pathlib import Path

from cordage_tui.config.key_lookup import FoundKey
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.batch import SeededBatch
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.run import RemoteRun
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import Profile


@dataclass(frozen=True, slots=True)
class DemoServer:
    """The simulator that runs inside this process."""

    base_url: str
    storage_url: str
    """Its second origin, which serves the outputs."""
    curl: SafeText
    """A command line that works against it."""
    seed: Sequence[tuple[str, RemoteRun, Inputs]] = field(default=(), repr=False)
    """Its past runs by webhook key, with their inputs: prompts that no call of the API returns."""
    batch: SeededBatch | None = field(default=None, repr=False)
    """Past batch whose pictures were judged."""
    queued_s: float = 2.0
    """How long each of these runs waited at the server before it ran."""


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """Options of `ui.app.run`. Without profile or key the app opens on the welcome screen."""

    paths: Paths
    settings: Settings
    profile: Profile | None
    """None: no profile has a webhook yet."""
    key: FoundKey | None
    demo: DemoServer | None = None
    read_only: bool = False
    mouse: bool = True
    config_file: Path | None = None
    """Given with `--config`, for a worker to read too; None: the user's own."""
    problem: SafeText | None = None
    """Why the welcome screen opens although something is configured."""
