"""What a `trigger` is to send: one body, or the many of a file or of alternatives in the prompt."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from cordage_tui.cli.errors import UsageError
from cordage_tui.cli.inputs import check_names, check_not_empty, inputs_of, stdin_text
from cordage_tui.domain.inputs import PROMPT, Inputs
from cordage_tui.domain.run import BatchSource
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.batch.draft import BatchDraft, draft_from, draft_of
from cordage_tui.engine.batch.expand import BatchError, Combine
from cordage_tui.engine.batch.files import draft_of_file
from cordage_tui.engine.input_fields import Unset, Value, with_defaults


def build_bodies(options: argparse.Namespace, webhook: Webhook) -> BatchDraft:
    """Every body there will be, checked, with the defaults of the webhook's inputs. Raises UsageError."""
    given = inputs_of(options.inputs, webhook.inputs)
    _check_names(options, given, webhook)
    try:
        if options.file is not None:
            return _of_file(options, given, webhook)
        _check_not_empty(given, webhook)
        body = with_defaults(webhook.inputs, given)
        if options.expand or options.zip:
            return draft_of(body, lines=False, combine=Combine.ZIP if options.zip else Combine.PRODUCT)
    except BatchError as error:
        raise UsageError(error.what, "See: cordage-tui trigger --help") from error
    return BatchDraft(BatchSource("", body), (body,))


def _of_file(options: argparse.Namespace, given: Mapping[str, Value], webhook: Webhook) -> BatchDraft:
    """The file's bodies; what was `given` stands in each of them that has none of that name."""
    if PROMPT in given:
        raise UsageError("There is a prompt, and --file with prompts.", "Leave one of them out.")
    if options.file == "-":
        lines = [line.strip() for line in stdin_text().split("\n")]
        found = draft_from("stdin", [{PROMPT: line} for line in lines if line])
    else:
        found = draft_of_file(Path(options.file))
    _check_names(options, {name: None for body in found.bodies for name in body}, webhook)
    return draft_from(found.source.title, [with_defaults(webhook.inputs, {**given, **body}) for body in found.bodies])


def _check_names(options: argparse.Namespace, given: Mapping[str, object], webhook: Webhook) -> None:
    if not options.undeclared:
        check_names(given, webhook)


def _check_not_empty(given: Mapping[str, Value], webhook: Webhook) -> None:
    """Defaults alone are nobody's wish, unless the prompt has one."""
    wished: Inputs = {name: value for name, value in given.items() if not isinstance(value, Unset)}
    check_not_empty(with_defaults({PROMPT: webhook.inputs.get(PROMPT)}, {}) | dict(wished))
