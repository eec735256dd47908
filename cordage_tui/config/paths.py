"""Paths of our files on this machine."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cordage_tui.config.errors import ConfigError
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.base.file_system import is_folder

if TYPE_CHECKING:
    from platformdirs import PlatformDirs

_APP = "cordage-tui"
_XDG = {"XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".local/share", "XDG_STATE_HOME": ".local/state"}
"""Variables, and the default of each below the home folder."""

_FOLLOWS_XDG: bool = sys.platform == "linux"


def _platform_dirs() -> "PlatformDirs":
    from platformdirs import PlatformDirs  # late: it takes longer than the rest of a short command

    return PlatformDirs(_APP, appauthor=False)


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders, absolute. Nothing is created before something is written to it."""

    config_dir: Path
    data_dir: Path
    state_dir: Path
    own_downloads_dir: Path | None = None
    """Folder of downloads unless the settings name another; None: the system's folder of downloads."""
    own_logs_dir: Path | None = None
    """Where processes write their logs; None: in the state folder."""

    @classmethod
    def system(cls) -> "Paths":
        """Return the user's own folders: by the rule of XDG on systems that follow it, otherwise those of
        platformdirs.

        Raises ConfigError when an XDG variable is relative or when there is no home folder (docs/dev/faults.md 149).
        Files would otherwise end up in the folder the program was started in.
        """
        _check_environment(os.environ)
        if _FOLLOWS_XDG:  # platformdirs takes a tenth of a short command's time to say the same
            folders = ((os.environ.get(name, "").strip(), below) for name, below in _XDG.items())
            return cls(*((Path(value) if value else Path("~").expanduser() / below) / _APP for value, below in folders))
        dirs = _platform_dirs()
        return cls(Path(dirs.user_config_dir), Path(dirs.user_data_dir), Path(dirs.user_state_dir))

    @classmethod
    def under(cls, root: Path) -> "Paths":
        """Build paths that are all below `root`: for the demo and for tests."""
        base = root.absolute()
        return cls(base / "config", base / "data", base / "state", base / "downloads")

    @property
    def downloads_dir(self) -> Path:
        """Folder of downloads, unless the settings name another."""
        if self.own_downloads_dir is not None:
            return self.own_downloads_dir
        return Path(_platform_dirs().user_downloads_dir) / "cordage"

    @property
    def config_file(self) -> Path:
        """The user's own settings; never rewritten by us."""
        return self.config_dir / "config.toml"

    @property
    def webhooks_file(self) -> Path:
        """File of profiles and webhooks that were added in the app."""
        return self.config_dir / "webhooks.toml"

    @property
    def views_file(self) -> Path:
        """File of the user's views, changed by the app and by hand."""
        return self.config_dir / "views.toml"

    @property
    def credentials_file(self) -> Path:
        """API keys, mode 0600."""
        return self.config_dir / "credentials.toml"

    @property
    def database(self) -> Path:
        """Runs, outbox, drafts: the store's."""
        return self.data_dir / "cordage.db"

    def parsed(self, name: str) -> Path:
        """Cache of the values of a settings file; may be deleted at any time.

        It is next to the database, because a user who has never run anything needs none.
        """
        return self.data_dir / f"parsed-{name}.json"

    @property
    def pictures(self) -> Path:
        """Small copies of outputs that were looked at; may be deleted at any time."""
        return self.data_dir / "pictures"

    def worker_log(self, profile: str) -> Path:
        """Log of a profile's detached worker, one event a line."""
        return self.state_dir / f"worker-{profile}.log"

    @property
    def logs(self) -> Path:
        """Folder of the logs of all processes, for `doctor --bundle`; may be deleted at any time."""
        return self.own_logs_dir or self.state_dir / "logs"

    def sent(self, name: str) -> Path:
        """The file that knows how many prompts of a queue were sent; apart from the database, so that a restored one shows."""
        return self.state_dir / f"sent-{name}"

    def lock(self, name: str) -> Path:
        """The file that processes `flock` to agree on who does `name`."""
        return self.data_dir / "locks" / f"{name}.lock"

    def pacing(self, name: str) -> Path:
        """File through which processes share the rate budget `name`; next to the database, so its folder exists."""
        return self.data_dir / f"pacing-{name}"


def _check_environment(environ: Mapping[str, str]) -> None:
    for name in _XDG:
        value = environ.get(name, "")
        if value and not Path(value).is_absolute():
            raise ConfigError(
                f"{name} is set to {value!r}, which is not an absolute path.",
                f"Set {name} to a path that begins with /, or unset it.",
            )
    if all(environ.get(name) for name in _XDG):
        return
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  Path.home() raises here; this returns "~"
    if environ.get("HOME") == "" or not home.is_absolute():  # an empty one would be taken for the root folder
        raise ConfigError("There is no home folder to keep settings in.", "Set HOME to your home folder.")
    if not is_folder(home):
        raise ConfigError(
            f"The home folder {home} does not exist or cannot be opened.", "Create it, or set HOME to another folder."
        )
