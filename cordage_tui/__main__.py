"""`python -m cordage_tui` is the same as `cordage-tui`."""

from cordage_tui.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
