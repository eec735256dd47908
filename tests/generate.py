"""Everything that is generated from the code: parts of the README and of pages, the manual page, and the schema of `config.toml`.

    python -m tests.generate [--check]

Writes each file whose content has changed and prints its name.
With `--check` nothing is written, and the exit code is 1 if a file would change.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from cordage_tui.cli.commands.man import PAGE
from cordage_tui.config.settings import SCHEMA_FILE
from tests.cli.manual import manual_page
from tests.config import schema
from tests.readme import pages


def generated_files() -> Iterator[tuple[Path, str]]:
    """Each file that has generated parts, with the content that it should have."""
    for page in pages.PAGES:
        yield page, pages.generated(page.read_text(encoding="utf-8"))
    yield PAGE, manual_page()
    yield SCHEMA_FILE, schema.generated()


def main() -> int:
    """The exit code: 1 if `--check` finds a file that would change."""
    parser = argparse.ArgumentParser(description="Write the generated pages.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a page would change")
    check = parser.parse_args().check
    changed = [(file, text) for file, text in generated_files() if file.read_text(encoding="utf-8") != text]
    for file, text in changed:
        print(file.relative_to(pages.ROOT))
        if not check:
            file.write_text(text, encoding="utf-8")
    return int(check and bool(changed))


if __name__ == "__main__":
    raise SystemExit(main())
