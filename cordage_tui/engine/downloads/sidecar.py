"""What a file was made with, beside it: `fox.png.json`."""

import json
from typing import Final

from cordage_tui import __version__
from cordage_tui.domain.inputs import prompt_of
from cordage_tui.domain.media_type import MediaType
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.run_json import moment
from cordage_tui.domain.text import one_line, veil_link

SCHEMA: Final = 1
SUFFIX: Final = ".json"


def sidecar(
    detail: RunDetail, output: OutputRef, webhook: str, media: MediaType, size: int, sha256: str, now: float
) -> bytes:
    """The text of it. The link is there without what signs it: whoever reads the file must not be able to fetch."""
    run = detail.row
    told = {
        "schema": SCHEMA,
        "kind": "output",
        "run": run.run_id,
        "webhook": webhook,
        "number": output.number,
        "prompt": prompt_of(detail.inputs or {}) or run.prompt,
        "inputs": detail.inputs,
        "url": veil_link(one_line(output.url, 10_000)),
        "media": media.name,
        "size": size,
        "sha256": sha256,
        "created_at": moment(run.created_at),
        "ended_at": moment(run.ended_at),
        "downloaded_at": moment(now),
        "cordage_tui": __version__,
    }
    return (json.dumps(told, indent=2) + "\n").encode()
