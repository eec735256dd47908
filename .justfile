# Recipes for those who change the code. `just` alone lists them; `pip install -e '.[dev]'` brings it.

python := if path_exists(".venv/bin/python") == "true" { ".venv/bin/python" } else { "python3" }

# List the recipes.
_default:
    @just --list --unsorted

# Run what most changes break: lint, types, import rules, and the tests that need no screen.
quick: lint
    {{ python }} -m pytest -n 2 tests/domain tests/config tests/api tests/store tests/test_house.py tests/test_docs.py

# Check lint, format, types, import rules and generated pages.
lint:
    {{ python }} -m ruff check .
    {{ python }} -m ruff format --check .
    {{ python }} -m mypy
    {{ python }} -m importlinter.cli lint
    {{ python }} -m tests.generate --check

# Mend what ruff can mend.
fix:
    {{ python }} -m ruff check --fix .
    {{ python }} -m ruff format .

# To see Textual's own log as well: `pip install textual-dev`, run `textual console -x EVENT` in a second terminal, then
# `just dev` in the first. That log is not filtered: it has what you type. Without the package the demo opens all the same.
# `tail -F` and the newest file in the folder that `cordage-tui doctor` names in its line `logs` follows our log.
# Open the demo with a log file of all details; further words go to cordage-tui.
dev *words:
    CORDAGE_LOG=debug TEXTUAL=devtools {{ python }} -m cordage_tui --demo {{ words }}

# Run the tests of the screen; further words go to pytest: `just ui -k queue --lf`.
ui *words:
    {{ python }} -m pytest -n 2 tests/ui {{ words }}

# Run everything that must hold before a change lands, in an environment of its own.
all:
    .ci/run

# Write the generated pages: keys, options, JSON, manual page, schema. With --check nothing is written.
gen *words:
    {{ python }} -m tests.generate {{ words }}

# Print the main figures beside their aims: five minutes on a quiet machine.
bench:
    {{ python }} -m tests.bench
