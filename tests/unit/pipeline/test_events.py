"""The catalogue: what was ever shipped keeps decoding, and what changes its shape needs a new version."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import MalformedEvent, UnsupportedEvent
from pipeline.events import (
    ChunkGrew,
    ChunkRequested,
    ChunksCompleted,
    ChunkTranscoded,
    DownloadMade,
    Envelope,
    Event,
    HeadRequested,
    MetadataExtracted,
    PreviewMade,
    SoundRequested,
    StageFailed,
    StoryboardMade,
    ThumbnailGenerated,
    UserNotified,
    VideoPlanned,
    VideoPlayable,
    VideoTranscoded,
    VideoUploaded,
    first_envelope,
    next_envelope,
    upcaster,
)
from tests.chain import chunked_stages, stages

GOLDEN = sorted((Path(__file__).parents[2] / "golden" / "events").glob("*.json"))
SIDE_BRANCHES: list[type[Event]] = [StoryboardMade, PreviewMade, DownloadMade]
CATALOGUE: list[type[Event]] = [
    VideoUploaded,
    VideoTranscoded,
    ThumbnailGenerated,
    MetadataExtracted,
    UserNotified,
    StageFailed,
    VideoPlanned,
    VideoPlayable,
    ChunkRequested,
    HeadRequested,
    SoundRequested,
    ChunkTranscoded,
    ChunkGrew,
    ChunksCompleted,
    *SIDE_BRANCHES,
]
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class CaptionsWritten(Event):
    """An event of this test alone, whose first version had one language only."""

    topic = "test.captions_written"
    version = 3

    languages: tuple[str, ...]
    format: str


@upcaster("test.captions_written", 1)
def _many_languages(data: dict[str, Any]) -> dict[str, Any]:
    return {"languages": [data["language"]]}


@upcaster("test.captions_written", 2)
def _named_format(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"format": "vtt"}


def envelope(**changes: object) -> Envelope:
    plain = json.loads(GOLDEN[0].read_text())
    return Envelope.decode(json.dumps(plain | changes).encode())


def test_the_catalogue_is_what_the_stages_say_and_hear() -> None:
    said = {
        event for stage in (*stages(), *chunked_stages()) for event in (*stage.consumes, *stage.publishes)
    }
    assert said | set(SIDE_BRANCHES) == set(CATALOGUE)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_event_ever_shipped_is_still_understood(path: Path) -> None:
    decoded = Envelope.decode(path.read_bytes())
    assert f"{decoded.type}.json" == path.name
    assert type(decoded.event()) in CATALOGUE


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.topic)
def test_every_version_of_an_event_has_its_golden_file(event: type[Event]) -> None:
    shipped = {path.stem for path in GOLDEN if path.stem.startswith(f"{event.topic}.v")}
    assert shipped == {f"{event.topic}.v{number}" for number in range(1, event.version + 1)}


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.topic)
def test_the_newest_version_is_written_as_its_golden_file_has_it(event: type[Event]) -> None:
    """Whoever adds, renames or drops a field makes a new version, with an upcaster and a golden file."""
    golden = _golden(event)
    read = Envelope.decode(json.dumps(golden).encode())
    written = read.model_copy(update={"data": read.event().model_dump(mode="json")})
    assert json.loads(written.encode()) == golden
    assert set(golden["data"]) == set(event.model_fields)
    assert None not in golden["data"].values()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_envelope_is_a_cloud_event(path: Path) -> None:
    golden = json.loads(path.read_text())
    assert golden["specversion"] == "1.0"
    assert {"id", "source", "type", "time", "subject", "datacontenttype"} <= set(golden)
    assert all(re.fullmatch("[a-z0-9]{1,20}", attribute) for attribute in golden)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", golden["time"])


@pytest.mark.parametrize(
    ("version", "data"),
    [
        (1, {"language": "de"}),
        (2, {"languages": ["de"]}),
        (3, {"languages": ["de"], "format": "vtt"}),
    ],
)
def test_an_older_version_is_brought_up_to_the_newest_step_by_step(version: int, data: object) -> None:
    old = envelope(type=f"test.captions_written.v{version}", data=data)
    assert old.event() == CaptionsWritten(languages=("de",), format="vtt")


def test_an_older_version_stays_as_it_came_when_it_is_written_again() -> None:
    old = envelope(type="test.captions_written.v1", data={"language": "de"})
    assert Envelope.decode(old.encode()) == old
    assert old.data == {"language": "de"}


@pytest.mark.parametrize("kind", ["video.uploaded.v2", "video.unheard_of.v1", "test.captions_written.v4"])
def test_a_version_or_type_that_is_unknown_says_which(kind: str) -> None:
    with pytest.raises(UnsupportedEvent, match=re.escape(kind)):
        envelope(type=kind).event()


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b"not json", b"\xff\xfe", b'{"specversion": "1.0"}', b"\x00" * 10],
)
def test_what_is_no_envelope_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        Envelope.decode(body)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ""},
        {"id": "with\0nul"},
        {"id": "x" * 256},
        {"subject": ""},
        {"subject": "with\0nul"},
        {"source": ""},
        {"run": 0},
        {"run": "many"},
        {"time": "yesterday"},
        {"type": "video.uploaded"},
        {"type": "video.uploaded.v0"},
        {"type": "video.uploaded.v" + "9" * 5000},
        {"type": "Video.Uploaded.v1"},
        {"data": None},
        {"data": []},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_an_envelope_with_a_wrong_attribute_is_malformed(changes: dict[str, object]) -> None:
    with pytest.raises(MalformedEvent, match=next(iter(changes))):
        envelope(**changes)


def test_data_that_is_not_the_events_is_malformed_and_names_the_field() -> None:
    with pytest.raises(MalformedEvent, match="size"):
        envelope(type="video.uploaded.v1", data={"source": "s", "filename": "f"}).event()


def test_fields_and_attributes_that_others_added_are_ignored() -> None:
    golden = _golden(UserNotified)
    golden |= {"partitionkey": "x", "data": golden["data"] | {"channel": "mail"}}
    assert Envelope.decode(json.dumps(golden).encode()).event() == UserNotified(delivered=True, about="ready")


def test_a_first_envelope_starts_the_run_of_a_video() -> None:
    event = VideoUploaded(source="s", filename="f", size=1)
    first, same, second_run = [
        first_envelope(event, source="/reelmill/upload", video_id="v", run=run, traceparent=TRACEPARENT)
        for run in (1, 1, 2)
    ]
    assert first.id == same.id != second_run.id
    assert (first.type, first.subject, first.correlationid, first.run) == ("video.uploaded.v1", "v", "v", 1)
    assert first.event() == event


def test_a_next_envelope_keeps_what_belongs_to_the_video() -> None:
    cause = envelope()
    made = next_envelope(
        cause, UserNotified(delivered=True, about="ready"), stage="notify", traceparent=TRACEPARENT
    )
    assert (made.subject, made.run, made.correlationid) == (cause.subject, cause.run, cause.correlationid)
    assert (made.type, made.source, made.traceparent) == (
        "video.user_notified.v1",
        "/reelmill/notify",
        TRACEPARENT,
    )


def _golden(event: type[Event]) -> dict[str, Any]:
    golden: dict[str, Any] = json.loads(
        next(path for path in GOLDEN if path.stem == event.type()).read_text()
    )
    return golden
