"""Why a command ends before its end, in words for the person who typed it. Light: `--help` imports it too."""

from cordage_tui.cli.exit_codes import ExitCode

NOTHING_HAPPENED = "Nothing was sent to Cordage, and no file was changed."


class CommandError(Exception):
    """A command ends here: what happened, what it means for the user's runs, and what to do next."""

    def __init__(self, code: ExitCode, happened: str, advice: str, meaning: str = NOTHING_HAPPENED) -> None:
        self.code = code
        self.happened = happened
        self.meaning = meaning
        self.advice = advice
        super().__init__(happened)


class UsageError(CommandError):
    """The command line was used in a way that cannot be meant. Exit code 2."""

    def __init__(self, happened: str, advice: str) -> None:
        super().__init__(ExitCode.USAGE, happened, advice)
