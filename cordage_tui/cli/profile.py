"""The settings a command works with."""

import argparse
import os
from pathlib import Path

from cordage_tui.config.overrides import Overrides, overridden
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings, load


def config_file(options: argparse.Namespace) -> Path | None:
    """The file given with `--config`, absolute."""
    return None if options.config is None else Path(options.config).absolute()


def load_settings(paths: Paths, options: argparse.Namespace) -> Settings:
    """The files, then the environment, then the flags. Raises ConfigError."""
    flags = Overrides(options.profile, options.base_url, getattr(options, "read_only", False))
    return overridden(load(paths, config_file(options)), flags, os.environ)
