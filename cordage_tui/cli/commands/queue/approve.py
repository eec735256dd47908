"""`cordage-tui queue approve`: let prompts of an author be sent, after each body and the price were shown."""

import argparse
from collections.abc import Sequence

from cordage_tui.cli.base.console import Console, table_lines
from cordage_tui.cli.base.context import find_context
from cordage_tui.cli.base.engine_context import key_for_queue, run_engine
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.base.output_streams import print_message
from cordage_tui.cli.commands.trigger.inputs import describe_estimate, format_body
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.queue_changes import UnsentPrompt
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import one_line, safe_unlimited
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import UserOnly
from cordage_tui.engine.outbox.approval import approve, estimates, unapproved, why_unapproved
from cordage_tui.engine.outbox.queue_file import body_of

HEADS = ("N", "AUTHOR", "WEBHOOK", "BODY")
_LIST = "See: cordage-tui queue list"


def run(options: argparse.Namespace) -> Console:
    """Show the prompts, ask, and queue them; returns the console of the command. Raises CommandError and ConfigError."""
    console = Console(options)
    context = find_context(options, console)
    if context.settings.author is not None:
        raise CommandError(ExitCode.USAGE, UserOnly(context.settings.author).what, "", "Nothing was approved.")
    if options.all == bool(options.numbers):
        raise UsageError(
            "Give the run numbers of prompts, or --all, and not both.", "To list the numbers: cordage-tui queue list"
        )

    async def command(engine: Engine) -> ExitCode:
        shown = _shown(engine, options.numbers)
        if not shown:
            console.info("No prompt waits for approval.")
            return ExitCode.OK
        for line in _lines(engine, shown, console):
            if options.yes:
                console.info(line)
            else:  # uncut, unchanged and even with --quiet: the question is about them
                print_message(safe_unlimited(line))
        count = len(shown)
        question = f"Approve {'this prompt' if count == 1 else f'these {count:,} prompts'}? {_price(engine, shown)}"
        if not options.yes and not console.confirm(
            question, "approve", count, listed=True, typed=engine.profile.protected
        ):
            raise CommandError(ExitCode.USAGE, "Nothing was approved.", "", "")
        left = approve(engine, shown)
        for row, change in left.items():
            console.error(f"Prompt {row}: {why_unapproved(change)}")
        if len(left) == count:
            raise CommandError(ExitCode.TRY_AGAIN, "Nothing was approved.", _LIST, "")
        console.info(f"{count - len(left):,} approved and queued.")
        return ExitCode.OK

    run_engine(context, console, command, key=key_for_queue(context), acts=True, calls=False)
    return console


def _shown(engine: Engine, numbers: Sequence[int]) -> Sequence[UnsentPrompt]:
    """Return the prompts of these numbers, or all that wait for approval. Raises UsageError if one does not."""
    prompts = unapproved(engine, [RowId(number) for number in numbers] or None)
    waiting_rows = {prompt.row for prompt in prompts}
    if missing := [number for number in numbers if number not in waiting_rows]:
        raise UsageError(f"No prompt {missing[0]} waits for approval.", _LIST)
    return prompts


def _lines(engine: Engine, shown: Sequence[UnsentPrompt], console: Console) -> Sequence[str]:
    """Format each prompt whole: the user must have seen all that is approved."""
    label = engine.profile.label
    rows = [
        (
            str(unsent.row),
            unsent.author or "",
            str(one_line(label(unsent.webhook_key), 60)),
            format_body(body_of(unsent)),
        )
        for unsent in shown
    ]
    if console.linear:
        return [f"Prompt {number}, {author}, for {webhook}: {body}" for number, author, webhook, body in rows]
    return [*table_lines(HEADS, rows, HEADS.index("BODY"), None)]


def _price(engine: Engine, shown: Sequence[UnsentPrompt]) -> str:
    """Describe price and time for each webhook."""
    profile, priced = engine.profile, estimates(engine, shown)
    sentences = []
    for key, price in priced:
        webhook = profile.webhook(key) or Webhook(key, profile.label(key))
        sentence = describe_estimate(engine, webhook, price.count, Lane.BATCH)
        sentences.append(sentence if len(priced) == 1 else f"{one_line(webhook.name, 60)}: {sentence}")
    return " ".join(sentences)
