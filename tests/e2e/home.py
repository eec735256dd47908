"""A user's machine: empty folders, a configuration, and the program started in a terminal there."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cordage_tui.config.paths import Paths
from tests.e2e.terminal import Terminal

PROGRAM = (sys.executable, "-m", "cordage_tui")


@dataclass(frozen=True)
class Home:
    """Nothing of the developer's: every folder is below `root`."""

    root: Path
    forked: bool = False
    """Whether the program is a fork of one that has been started, where nothing else is said."""

    @property
    def paths(self) -> Paths:
        app = "cordage-tui"
        return Paths(
            self.root / "config" / app,
            self.root / "data" / app,
            self.root / "state" / app,
            self.root / "Downloads" / "cordage",
        )

    def environ(self, key: str | None = None, **more: str) -> dict[str, str]:
        """The whole environment of a process there; `key` is the API key."""
        folders = {f"XDG_{name.upper()}_HOME": str(self.root / name) for name in ("config", "data", "state")}
        own = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": str(self.root)}
        return own | folders | ({"CORDAGE_API_KEY": key} if key else {}) | more

    def configure(self, base_url: str, webhooks: Mapping[str, str], extra: str = "") -> None:
        """A profile `studio` with these webhooks, key → name; `extra` is TOML for its table."""
        lines = ["[profiles.studio]", f'base_url = "{base_url}"', extra]
        for key, name in webhooks.items():
            lines += ["[[profiles.studio.webhooks]]", f'key = "{key}"', f'name = "{name}"']
        self.paths.config_dir.mkdir(parents=True, exist_ok=True)
        self.paths.config_file.write_text("\n".join(lines))

    def open(
        self,
        environ: Mapping[str, str],
        *argv: str,
        columns: int = 120,
        rows: int = 36,
        program: Sequence[str] | None = None,
        forked: bool | None = None,
        controlling: bool = True,
        nohup: bool = False,
        answers: Mapping[str, str] | None = None,
    ) -> Terminal:
        """The program in a terminal of its own; `forked` here, if it matters."""
        about = {"controlling": controlling, "nohup": nohup, "answers": answers}
        if program is None and (self.forked if forked is None else forked):
            return Terminal(argv, environ, columns, rows, forked=True, **about)
        return Terminal([*(program or PROGRAM), *argv], environ, columns, rows, **about)

    def files(self) -> dict[Path, bytes]:
        """Everything that was written to disk."""
        return {path: path.read_bytes() for path in self.root.rglob("*") if path.is_file()}
