"""A first or a further workspace, as the welcome screen saves it."""

from collections.abc import Sequence
from typing import Final

from cordage_tui.config.addresses import PUBLISHED_BASE_URL, checked_base_url
from cordage_tui.config.credentials import save_key
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.files import create_private
from cordage_tui.config.paths import Paths
from cordage_tui.config.profiles import checked_profile_name
from cordage_tui.config.settings import load
from cordage_tui.config.webhooks import add_webhook
from cordage_tui.domain.secret import Secret
from cordage_tui.domain.webhook import Webhook

TEMPLATE: Final = f"""\
# Settings of cordage-tui. This file is yours: it is never rewritten.
# Webhooks added in the app are in webhooks.toml, the API key is in credentials.toml; what stands here wins.
# A line that begins with # shows what would hold without it, or an example.

# default_profile = "studio"      # the profile to open; without it the first

# [profiles.studio]
# base_url = "{PUBLISHED_BASE_URL}"   # https only, http only for this machine
# api_key_env = "CORDAGE_STUDIO_KEY"                          # a variable that holds the API key
# api_key_command = "op read op://work/cordage/key"           # or a command that prints it, run without a shell
# read_only = false               # refuse every trigger and kill
# protected = false               # typed confirmation for kills and batches

# [[profiles.studio.webhooks]]
# key = "wh_abc123xyz"
# name = "Sunset"
# inputs = {{ style = ["photorealistic", "anime"], image_url = "" }}   # fields offered beside the prompt

# [polling]
# read_share = 0.9                # of the read budget; the rest answers your own keys

# [ui]
# theme = "cordage"
# submit = "enter"                # or "ctrl+j"
# mouse = true

# [notices]                       # when a run has finished
# toast = true
# bell = true
# terminal = true                 # the terminal's own notification, where it has one
# title = true                    # the count of active runs in the terminal's title

# [hooks]                         # when a run has ended: a program, run once for each run without a shell,
# on_finish = ["notify-send", "Cordage", "a run has ended"]   # with the run as JSON on its stdin
# time_limit_s = 30

# [keys]                          # action id → keys
# "run.kill" = "x"
"""


def create_profile(paths: Paths, name: str, base_url: str, key: Secret, webhooks: Sequence[Webhook]) -> None:
    """Save a workspace: its key in `credentials.toml`, address and webhooks in `webhooks.toml`.

    Writes a commented `config.toml` when there is none, and never touches one that is there. Raises ConfigError, also for a
    profile of that name with another address: its key would go where the user did not mean it to.
    """
    profile = checked_profile_name(name)
    address = checked_base_url(base_url, "The base URL")
    existing = load(paths).profile(profile)
    if existing and existing.base_url != address:
        raise ConfigError(f"There is a profile {profile!r} with another address.", "Choose another name.")
    known = {webhook.key for webhook in existing.webhooks} if existing else set()
    save_key(paths, profile, key)
    for webhook in webhooks:
        if webhook.key.strip() not in known:
            add_webhook(paths, profile, webhook, address)
    create_private(paths.config_file, TEMPLATE)
