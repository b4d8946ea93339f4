"""The timeline, with the events of chunks and without."""

from dataclasses import replace

from pipeline.events import ChunkRequested, HeadRequested, VideoPlanned
from tests.showing import Showing, entry
from tests.unit.upload_api.conftest import Api

PLANNED = replace(
    entry(VideoPlanned.topic), data={"recipe": {"rungs": []}, "chunks": [{}] * 3, "lead": "480p"}
)
REQUESTED = replace(entry(HeadRequested.topic), data={"recipe": {"rungs": []}, "number": 0})


async def test_the_recipe_is_told_to_nobody_and_the_chunks_of_a_plan_to_who_asks(
    api: Api, showing: Showing
) -> None:
    showing.story = [PLANNED, REQUESTED]
    path = f"/v1/videos/{await api.upload()}/events"
    told = (await api.http.get(path)).json()
    assert [item["data"] for item in told["items"]] == [{"chunks": [{}] * 3, "lead": "480p"}, {"number": 0}]
    brief = (await api.http.get(path, params={"chunks": "false"})).json()
    assert [item["data"] for item in brief["items"]] == [{"lead": "480p"}]
    assert told["chunks"] == brief["chunks"] == {"requested": 1, "done": 0}


async def test_trouble_with_a_chunk_is_always_told(api: Api, showing: Showing) -> None:
    kinds = ["retry", "wait", "replay", "dead"]
    showing.story = [REQUESTED, *(entry(ChunkRequested.topic, 1, kind=kind) for kind in kinds)]
    path = f"/v1/videos/{await api.upload()}/events"
    told = (await api.http.get(path, params={"chunks": "false"})).json()
    assert [item["kind"] for item in told["items"]] == kinds


async def test_the_timeline_takes_chunks_as_a_word(api: Api) -> None:
    path = f"/v1/videos/{await api.upload()}/events"
    assert (await api.http.get(path, params={"chunks": "false"})).json()["chunks"] == {
        "requested": 0,
        "done": 0,
    }
    assert (await api.http.get(path, params={"chunks": "perhaps"})).status_code == 422
