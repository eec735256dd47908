"""What a `trigger` is to send: one body, or the many of a file or of alternatives in the prompt."""

import argparse
from pathlib import Path

from cordage_tui.cli.errors import UsageError
from cordage_tui.cli.inputs import PROMPT, check_not_empty, inputs_of, stdin_text
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.inputs import Inputs
from cordage_tui.engine.batch.draft import Draft, draft_from, draft_of
from cordage_tui.engine.batch.errors import BatchError
from cordage_tui.engine.batch.files import draft_of_file
from cordage_tui.engine.batch.matrix import Combine


def drafted(options: argparse.Namespace) -> Draft:
    """Every body there will be, checked. Raises UsageError."""
    inputs = inputs_of(options.inputs)
    try:
        if options.file is not None:
            return _of_file(options.file, inputs)
        check_not_empty(inputs)
        if options.expand or options.zip:
            return draft_of(inputs, lines=False, combine=Combine.ZIP if options.zip else Combine.PRODUCT)
    except BatchError as error:
        raise UsageError(error.what, "See: cordage-tui trigger --help") from error
    return Draft(BatchSource("", inputs), (inputs,))


def _of_file(name: str, inputs: Inputs) -> Draft:
    """The file's bodies; `inputs` stand in each of them that has none of that name."""
    if PROMPT in inputs:
        raise UsageError("There is a prompt, and --file with prompts.", "Leave one of them out.")
    if name == "-":
        lines = [line.strip() for line in stdin_text().split("\n")]
        found = draft_from("stdin", [{PROMPT: line} for line in lines if line])
    else:
        found = draft_of_file(Path(name))
    return draft_from(found.source.title, [{**inputs, **body} for body in found.bodies]) if inputs else found
