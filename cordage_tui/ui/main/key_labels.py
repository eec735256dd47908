"""Labels of keys that act on the marked runs, or on all runs of a batch."""

from collections.abc import Mapping

from cordage_tui.domain.run import Status
from cordage_tui.domain.text import one_line
from cordage_tui.ui.keys.action import KeyLabel

_BATCH_LABELS = {
    "run.copy": ("copy…", "Copy ids, prompts, URLs, files or JSON of this batch's runs"),
    "run.copy_id": ("copy ids", "Copy the ids of this batch's runs, one per line"),
    "run.copy_urls": ("copy URLs", "Copy the URLs of this batch's outputs, one per line"),
    "run.download_all": ("download batch", "Download all outputs of this batch's runs"),
    "run.use_output": (
        "use as inputs",
        "Preview a batch with one prompt for each output of this batch; rejected ones are left out",
    ),
    "run.tag": ("tag batch", "Tag all runs of this batch"),
    "run.edit": ("edit all", "Load this batch into the prompt, to edit and rerun"),
}
_MARKED_LABELS = {
    "runs.refresh": ("refresh marked", "Refresh the marked runs"),
    "run.tag": ("tag marked", "Tag the marked runs"),
    "run.copy_id": ("copy ids", "Copy the ids of the marked runs, one per line"),
    "run.copy_urls": ("copy URLs", "Copy the URLs of the marked runs' outputs, one per line"),
    "run.download_all": ("download marked", "Download all outputs of the marked runs"),
    "run.copy": ("copy…", "Copy ids, prompts, URLs, files or JSON of the marked runs"),
    "run.use_output": (
        "use as inputs",
        "Preview a batch with one prompt for each output of the marked runs; rejected ones are left out",
    ),
}


def batch_label(action: str) -> KeyLabel | None:
    """Label of a key on the line of a batch; None: as for one run."""
    return _label(_BATCH_LABELS, action)


def marked_label(action: str, counts: Mapping[Status, int], span: int) -> KeyLabel | None:
    """Label of a key while runs are marked, or `span` of them in a range; None: as for one run."""
    if not counts and not span:
        return None
    return _label(_MARKED_LABELS, action)


def _label(labels: Mapping[str, tuple[str, str]], action: str) -> KeyLabel | None:
    words = labels.get(action)
    return KeyLabel(one_line(words[0]), one_line(words[1])) if words else None
