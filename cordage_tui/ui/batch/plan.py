"""What the preview shows, as values."""

from collections.abc import Callable
from typing import Final, TypeAlias

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.batch.draft import BatchDraft, BatchEstimate
from cordage_tui.engine.batch.expand import Combine

TYPED_ABOVE: Final = 20
"""Prompts above which their number must be typed."""


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """A batch as it would be sent now."""

    draft: BatchDraft
    price: BatchEstimate
    before: frozenset[int]
    """Places of bodies that were submitted to this webhook before."""
    repeated: frozenset[int]
    """Places of bodies that stand further up in this batch already."""


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """How what was written is read."""

    lines: bool = False
    """Each line of the prompt is one."""
    combine: Combine = Combine.PRODUCT


Propose: TypeAlias = Callable[[ParseOptions], BatchPlan]
"""Makes the plan, read in that way. Raises BatchError and StoreError."""


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """What the preview is about, and what may be chosen in it."""

    webhook: SafeText
    propose: Propose
    reading: ParseOptions = ParseOptions()
    protected: bool = False
    """The profile asks for the number to be typed, however small."""
    by_lines: bool = False
    """There are several lines, so it can be chosen whether each is a prompt."""
    written: bool = False
    """It stands in the prompt panel, and can be sent as one prompt just as it is written."""
