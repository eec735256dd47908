"""Which processes read, send and download for a profile, and whether they give signs of life."""

from collections.abc import Iterator

from cordage_tui.cli.checkup.check import Check, CheckLevel
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.config.paths import Paths
from cordage_tui.domain.formatting import format_age
from cordage_tui.domain.secret import Secret
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.lock_holder import Holder, holder_of
from cordage_tui.engine.worker.lock import downloading_lock, polling_lock, sending_lock


def window_checks(profile: Profile, key: Secret | None, paths: Paths, now: float) -> Iterator[Check]:
    """One for each process that does something for the profile; `key` is that of the calls, `now` epoch seconds."""
    locks = {"sends": sending_lock(profile, paths), "downloads": downloading_lock(profile, paths)}
    if key is not None:
        locks = {"reads": polling_lock(profile, key, paths)} | locks
    found: dict[int, tuple[Holder, list[str]]] = {}
    for does, lock in locks.items():
        if (holder := holder_of(lock)) is not None:
            found.setdefault(holder.pid, (holder, []))[1].append(does)
    if not found:
        yield Check("windows", "none is open")
    for holder, duties in found.values():
        yield _check(holder, " and ".join(duties), now)


def _check(holder: Holder, does: str, now: float) -> Check:
    silent = holder.silent(now)
    if silent is None:
        return Check("windows", f"pid {holder.pid} {does}, for {format_age(now - holder.since)}")
    words = f"{silent.words}, and nothing else {does} meanwhile; its last sign of life is {format_age(now - silent.since)} old"
    return Check("windows", words, CheckLevel.WRONG, silent.cure, ExitCode.TRY_AGAIN)
