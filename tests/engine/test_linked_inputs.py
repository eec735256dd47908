"""An input can be another run's output: by name until it is submitted, and for the fields that may take it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.output import FileKind, OutputRef
from cordage_tui.domain.run import RemoteRun, RunQuery, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.outbox.linked_inputs import InputTarget, OutputNames, UnknownOutput, targets
from cordage_tui.store.store import Store

URL = "https://storage.trycordage.com/outputs/{}.png?expires=1&signature=a"
FOX, FOX_TOO, ODD, GOING = "550e8400-e29b", "550e8400-ffff", "run of#today", "77777777-0000"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Runs of one profile: two whose ids begin alike, one with an odd id, and one that has not ended."""
    store = Store.open(tmp_path / "cordage.db", SystemClock())
    done = SafeText("completed")
    runs = [
        RemoteRun(FOX, Status.COMPLETED, done, outputs=(URL.format(1), URL.format(2))),
        RemoteRun(FOX_TOO, Status.COMPLETED, done, outputs=(URL.format(3),)),
        RemoteRun(ODD, Status.COMPLETED, done, outputs=(URL.format(4),)),
        RemoteRun("abcdef01-0000", Status.COMPLETED, done, outputs=(URL.format(5),)),
        RemoteRun(GOING, Status.RUNNING, SafeText("running")),
    ]
    store.runs.seed("p", [("wh_a", run, None) for run in runs])
    yield store
    store.close()


@pytest.fixture
def names(store: Store) -> OutputNames:
    return OutputNames(store, "p")


def _outputs(store: Store) -> list[OutputRef]:
    rows = [row.id for row in store.query.window(RunQuery("p"), 0, 100)]
    return store.run_lookup.output_refs(rows)


def test_the_name_of_every_output_leads_back_to_it(store: Store, names: OutputNames) -> None:
    """Eight characters of an id where they are enough, all of it where not, and the row where an id is no word."""
    outputs = _outputs(store)
    assert len(outputs) == 5
    for output in outputs:
        assert names.find(names.of(output)) == output
    said = {output.url: names.of(output) for output in outputs}
    assert said[URL.format(5)] == "@run:abcdef01#1"
    assert said[URL.format(2)] == f"@run:{FOX}#2"
    assert said[URL.format(4)].startswith("@run:@")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("@run:550e8400#1", f"several runs begin so: {FOX}, {FOX_TOO}"),
        ("@run:99999999#1", "no run here begins so"),
        ("@run:abc#1", "at least 4 characters"),
        ("@run:abcdef01#2", "no such output: run abcdef01 has 1 output."),
        (f"@run:{FOX}#0", "no such output: run 550e8400 has 2 outputs."),
        ("@run:77777777#1", "no such output: run 77777777 is running."),
        ("@run:@999#1", "no run here begins so"),
        ("@run:abcdef01#", "is named as @run:550e8400#2"),
    ],
)
def test_what_names_no_output_is_refused_in_words(names: OutputNames, name: str, why: str) -> None:
    """Nothing is guessed: what follows is paid."""
    with pytest.raises(UnknownOutput) as error:
        names.resolve({"image_url": name})
    assert why in error.value.what


def test_an_id_is_found_though_another_begins_with_it(store: Store) -> None:
    """A whole id is never ambiguous."""
    more = RemoteRun("abcdef01-0000-1", Status.COMPLETED, SafeText("completed"), outputs=(URL.format(6),))
    store.runs.seed("p", [("wh_a", more, None)])
    assert OutputNames(store, "p").find("@run:abcdef01-0000#1").url == URL.format(5)


def test_runs_of_another_profile_are_not_found(store: Store) -> None:
    """A name means a run of the profile that is open."""
    for name in ("@run:abcdef01#1", f"@run:@{_outputs(store)[0].row}#1"):
        with pytest.raises(UnknownOutput):
            OutputNames(store, "other").find(name)


def test_names_become_urls_and_urls_names_again(names: OutputNames) -> None:
    """Where the input is still that URL; the prompt is text, whatever it says."""
    written = {"prompt": "@run:abcdef01#1", "image_url": "@run:abcdef01#1", "seed": 7}
    body, links = names.resolve(written)
    assert body == {"prompt": "@run:abcdef01#1", "image_url": URL.format(5), "seed": 7}
    assert [*links] == ["image_url"]
    assert names.named(body, links) == written
    edited = {**body, "image_url": "https://elsewhere.example/x.png"}
    assert names.named(edited, links) == edited


SUNSET = Webhook("wh_s", "Sunset", {"prompt": "", "style": ["noir", "ink"]})
UPSCALE = Webhook("wh_u", "Upscale", {"scale": 2, "image_url": "", "mask_image": ""})
VIDEO = Webhook("wh_v", "Video", {"prompt": "", "Start_Image": "", "video": ""})
FETCH = Webhook("wh_f", "Fetch", {"source_url": ""})
ALL = (SUNSET, FETCH, VIDEO, UPSCALE)


def _said(kind: FileKind, last: InputTarget | None = None) -> list[str]:
    return [f"{target.webhook_key[-1]}.{target.name}" for target in targets(ALL, kind, last)]


def test_fields_for_the_kind_come_first_and_each_webhook_has_one() -> None:
    """Then those for any URL, then those for another kind, then fields that would be added."""
    image = ["v.Start_Image", "u.image_url", "u.mask_image", "f.source_url", "v.video", "s.image_url"]
    assert _said(FileKind.IMAGE) == image
    video = ["v.video", "f.source_url", "v.Start_Image", "u.image_url", "u.mask_image", "s.video_url"]
    assert _said(FileKind.VIDEO) == video
    other = ["f.source_url", "u.image_url", "v.Start_Image", "v.video", "u.mask_image", "s.url"]
    assert sorted(_said(FileKind.OTHER)) == sorted(other)
    assert _said(FileKind.OTHER)[-1] == "s.url"
    assert [target.declared for target in targets(ALL, FileKind.IMAGE)] == [True] * 5 + [False]


def test_the_field_used_last_for_the_kind_comes_first() -> None:
    """Also one that no webhook declares; none of a webhook that has been removed."""
    assert _said(FileKind.IMAGE, InputTarget("wh_u", "mask_image"))[:2] == ["u.mask_image", "v.Start_Image"]
    assert _said(FileKind.IMAGE, InputTarget("wh_s", "frame", declared=False))[0] == "s.frame"
    assert _said(FileKind.IMAGE, InputTarget("wh_gone", "frame")) == _said(FileKind.IMAGE)
    assert len(_said(FileKind.IMAGE, InputTarget("wh_u", "mask_image"))) == len(_said(FileKind.IMAGE))
