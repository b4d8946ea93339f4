"""The timeline, with the events of chunks and without."""

from pipeline.events import ChunkGrew, ChunkRequested, ChunkTranscoded, HeadRequested, VideoPlanned
from tests.showing import entry
from tests.unit.upload_api.conftest import Api
from upload_api.story import timeline_of

ENTRIES = [
    entry(VideoPlanned.topic),
    entry(HeadRequested.topic, 0),
    *(entry(ChunkRequested.topic, number) for number in range(1, 4)),
    entry(ChunkGrew.topic, 1),
    entry(ChunkTranscoded.topic, 0),
    entry(ChunkTranscoded.topic, 2),
]


def test_everything_is_told_unless_asked_otherwise() -> None:
    told = timeline_of(ENTRIES, chunks=True)
    assert len(told.items) == len(ENTRIES)
    assert (told.chunks.requested, told.chunks.done) == (4, 2)


def test_events_of_chunks_are_counted_and_left_out_on_request() -> None:
    told = timeline_of(ENTRIES, chunks=False)
    assert [item.type for item in told.items] == [VideoPlanned.topic]
    assert (told.chunks.requested, told.chunks.done) == (4, 2)


def test_trouble_with_a_chunk_is_always_told() -> None:
    trouble = [entry(ChunkRequested.topic, 1, kind=kind) for kind in ("retry", "wait", "replay", "dead")]
    told = timeline_of([*ENTRIES, *trouble], chunks=False)
    assert [item.kind for item in told.items] == ["event", "retry", "wait", "replay", "dead"]


def test_a_chunk_that_was_sent_again_or_done_twice_counts_once_and_one_of_an_older_run_not_at_all() -> None:
    again = entry(ChunkRequested.topic, 1, kind="again", of=f"{ChunkRequested.topic} 1 1")
    twice = entry(ChunkTranscoded.topic, 2, of="another event")
    told = timeline_of([entry(ChunkTranscoded.topic, 7, run=0), *ENTRIES, again, twice], chunks=False)
    assert (told.chunks.requested, told.chunks.done) == (4, 2)


async def test_the_timeline_takes_chunks_as_a_word(api: Api) -> None:
    path = f"/v1/videos/{await api.upload()}/events"
    assert (await api.http.get(path, params={"chunks": "false"})).json()["chunks"] == {
        "requested": 0,
        "done": 0,
    }
    assert (await api.http.get(path, params={"chunks": "perhaps"})).status_code == 422
