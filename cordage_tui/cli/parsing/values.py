"""What stands behind a flag: ages, counts, ports, words for a status."""

import argparse
import re

STATUSES = (
    *("active", "waiting", "ended", "queued", "sending", "uncertain", "held", "rejected", "sent"),
    *("pending", "running", "killing", "completed", "failed", "cancelled", "lost", "other"),
)
"""What `--status` takes: every status there is, and three words for several. Held to `domain.run` by a test."""

TIMEOUT_S = 120.0
"""How long a command waits for an answer where `--timeout` does not say."""
_SPAN = r"([0-9]{1,9})([smhdw])"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def span(text: str) -> float:
    """Seconds in `90s`, `30m`, `2h`, `1d` or `2w`."""
    found = re.fullmatch(_SPAN, text)
    if found is None:
        raise argparse.ArgumentTypeError("an age is a number and a unit: 90s, 30m, 2h, 1d, 2w")
    return float(int(found[1]) * _UNITS[found[2]])


def seconds(text: str) -> float:
    """Seconds as a plain number, or as `span` takes them."""
    return float(text) if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", text, re.ASCII) else span(text)


def add_timeout(parser: argparse.ArgumentParser, when: str, never: str = "") -> None:
    """`--timeout`, in seconds: `when` is what the command gives up for, `never` the option with which it does not."""
    told = f"{TIMEOUT_S:g}s{f'; with {never}: never' if never else ''}"
    default = None if never else TIMEOUT_S
    parser.add_argument(
        "--timeout", metavar="AGE", type=seconds, default=default, help=f"give up when {when} (default: {told})"
    )


def count(text: str) -> int:
    """A number of things, at least 1."""
    if text.isascii() and text.isdigit() and int(text[:10]) > 0:
        return int(text[:10])
    raise argparse.ArgumentTypeError("it is a number from 1 on")


def words(text: str) -> str:
    """What is looked for: text that can be text in the database, which bytes that are not UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("it is not text in UTF-8") from None
    return text


def path(text: str) -> str:
    """The name of a folder."""
    if text:
        return text
    raise argparse.ArgumentTypeError("it is the name of a folder")


def port(text: str) -> int:
    """A TCP port; 0 is any free one."""
    if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
