"""`cordage-tui runs`: what this machine knows of its runs, read afresh unless `--offline`."""

import argparse
import time

from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.filters import wanted
from cordage_tui.cli.place import find_place, opened
from cordage_tui.cli.voice import Console
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.run_json import row_object
from cordage_tui.store.run_listing import RunListing
from cordage_tui.store.servers import Servers


def run(options: argparse.Namespace) -> int:
    """Prints the rows. What could not be read afresh is told on stderr and in the exit code; the rows known are printed
    all the same. Raises CommandError and ConfigError."""
    voice = Console(options)
    place = find_place(options, voice)
    filters = wanted(options, place.profile, time.time())
    code, trouble, beyond = ExitCode.OK, None, list[str]()
    if not options.offline:
        from cordage_tui.cli.refreshing import refresh, refresh_all

        if options.limit is None:
            (code, trouble), beyond = refresh_all(place, filters.webhook_key, voice)
        else:
            code, trouble = refresh(place, filters.webhook_key, voice)
    with opened(place, voice) as database:
        place = place.stored(Servers(database))
        rows = RunListing(database).newest(replace(filters, profile=place.profile.stored_as))
    now, label = time.time(), place.profile.label
    if voice.json:
        found = [row_object(row, label(row.webhook_key), now) for row in rows]
        voice.object(
            "runs",
            {
                "profile": place.profile.name,
                "fresh": not options.offline and trouble is None,
                "trouble": trouble,
                "incomplete": beyond,
                "runs": found,
            },
        )
    else:
        from cordage_tui.cli.rows import print_rows

        print_rows(rows, place.profile, now, voice)
        if not rows:
            voice.info("No such runs.")
    return code
