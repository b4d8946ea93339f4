"""/v1/videos as its clients see it."""

import base64

import pytest

from pipeline.errors import DatabaseAway, Permanent
from pipeline.events import Event, VideoUploaded
from pipeline.job import Job
from pipeline.services import Services
from pipeline.topology import dead_queue
from pipeline.video import VideoStatus
from tests.chain import eventually
from tests.unit.upload_api.conftest import Api
from tests.unit.upload_api.faults import Failing


def _cursor(moment: str) -> str:
    return base64.urlsafe_b64encode(f"{moment}|{NOBODY}".encode()).decode()


NOBODY = "0b1cf166-d4a9-405f-b6fc-a78f7ea45093"


KEYS = {"id", "status", "progress", "title", "filename", "size", "content_type", "created_at", "updated_at"}
KEYS |= {"playable", "playable_at", "ready_at", "steps", "error", "playback", "metadata", "links", "trace_id"}


class Unplayable(Permanent):
    code = "unplayable"
    message = "This is not a video."
    hint = "Upload a video."


async def refuse(event: VideoUploaded, job: Job) -> list[Event]:
    raise Unplayable


async def failed(api: Api) -> str:
    """A video that a worker has given up."""
    chain = api.chain
    transcode = next(stage for stage in chain.stages if stage.name == "transcode")
    object.__setattr__(transcode, "handler", refuse)
    video_id = await api.upload()
    async with chain.running("transcode"):
        await chain.until(video_id, lambda video, _: video.status == VideoStatus.FAILED)
    return video_id


async def made_ready(api: Api) -> str:
    video_id = await api.upload()
    async with api.chain.running():
        await api.chain.until(video_id, lambda _, steps: steps["notify"].state == "done")
    return video_id


async def test_a_ready_video_has_the_promised_shape(api: Api) -> None:
    video_id = await made_ready(api)
    video = (await api.http.get(f"/v1/videos/{video_id}")).json()
    assert video.keys() == KEYS
    assert (video["status"], video["progress"], video["error"]) == ("ready", 1.0, None)
    assert video["metadata"] == {"duration": 1.0}
    assert video["playback"]["hls"] == f"/media/{video_id}/1/transcode/1/master.m3u8"
    assert video["playback"]["posters"]["large.jpg"].startswith(f"/media/{video_id}/1/thumbnail/")
    assert [step["name"] for step in video["steps"]] == ["transcode", "thumbnail", "metadata", "notify"]
    assert video["steps"][0].keys() == {
        "name", "state", "progress", "attempts", "started", "finished", "error",
    }  # fmt: skip
    assert video["links"]["page"] == f"/videos/{video_id}"


async def test_a_failed_video_says_why_and_what_to_do(api: Api) -> None:
    video = (await api.http.get(f"/v1/videos/{await failed(api)}")).json()
    expected = {"code": "unplayable", "message": "This is not a video.", "hint": "Upload a video."}
    assert (video["status"], video["error"]) == ("failed", expected)
    assert video["steps"][0]["error"] == expected


async def test_a_video_that_changes_says_when_to_ask_again_and_one_at_rest_does_not(api: Api) -> None:
    video_id = await api.upload()
    assert (await api.http.get(f"/v1/videos/{video_id}")).headers["Retry-After"] == "1"
    async with api.chain.running("transcode", "thumbnail", "metadata"):
        await api.chain.until(video_id, lambda video, _: video.status == VideoStatus.READY)
    notice_to_come = await api.http.get(f"/v1/videos/{video_id}")
    assert (notice_to_come.json()["status"], notice_to_come.headers["Retry-After"]) == ("ready", "1")
    async with api.chain.running("notify"):
        await api.chain.until(video_id, lambda _, steps: steps["notify"].state == "done")
    assert "Retry-After" not in (await api.http.get(f"/v1/videos/{video_id}")).headers


async def test_a_status_that_is_the_same_is_not_sent_again(api: Api) -> None:
    video_id = await api.upload()
    first = await api.http.get(f"/v1/videos/{video_id}")
    same = {"If-None-Match": f'"other", W/{first.headers["ETag"]}'}
    again = await api.http.get(f"/v1/videos/{video_id}", headers=same)
    assert (again.status_code, again.content) == (304, b"")
    assert (again.headers["ETag"], again.headers["Retry-After"]) == (first.headers["ETag"], "1")
    await api.http.post(f"/v1/videos/{video_id}/cancel")
    assert (await api.http.get(f"/v1/videos/{video_id}", headers=same)).status_code == 200


async def test_the_list_is_paged_newest_first(api: Api) -> None:
    ids = [await api.upload(title=str(number)) for number in range(5)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await api.http.get("/v1/videos", params=params)).json()
        seen += [video["id"] for video in page["items"]]
        cursor = page["next"]
    assert seen == ids[::-1]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("cursor=made-up", 400),
        (f"cursor={_cursor('0001-01-01T00:00:00+09:00')}", 400),
        (f"cursor={_cursor('9999-12-31T23:59:59-09:00')}", 400),
        (f"cursor={_cursor('2026-01-01T00:00:00')}", 400),
        ("limit=0", 422),
        ("limit=1000", 422),
    ],
)
async def test_a_page_that_cannot_be_is_a_problem(api: Api, query: str, status: int) -> None:
    assert (await api.http.get(f"/v1/videos?{query}")).status_code == status


async def test_the_timeline_tells_every_event(api: Api) -> None:
    events = (await api.http.get(f"/v1/videos/{await made_ready(api)}/events")).json()["items"]
    assert [event["type"] for event in events] == [
        "video.uploaded",
        "video.transcoded",
        "video.thumbnail_generated",
        "video.metadata_extracted",
        "video.user_notified",
    ]
    assert {(event["version"], event["published"]) for event in events} == {(1, True)}
    assert events[0].keys() == {
        "id", "event_id", "kind", "type", "version", "run", "stage", "time", "published", "published_at",
        "data", "note",
    }  # fmt: skip


async def test_the_timeline_tells_why_but_not_what_is_inside(api: Api) -> None:
    answer = await api.http.get(f"/v1/videos/{await failed(api)}/events")
    (letter,) = [event for event in answer.json()["items"] if event["kind"] == "dead"]
    said = {"error": "This is not a video.", "reason": "permanent", "code": "unplayable", "attempts": "1"}
    assert letter["note"] == said
    assert "Traceback" not in answer.text


async def test_a_failed_video_that_is_tried_again_leaves_no_letter_in_the_dead_queue(api: Api) -> None:
    video_id = await failed(api)
    await eventually(lambda: _lies_dead(api))
    await api.http.post(f"/v1/videos/{video_id}/retry")
    assert await api.bus.depth(dead_queue("transcode")) == 0


async def _lies_dead(api: Api) -> bool:
    return await api.bus.depth(dead_queue("transcode")) == 1


async def test_a_failed_video_is_tried_again_though_its_letters_cannot_be_taken_away(api: Api) -> None:
    video_id = await failed(api)
    api.bus.away = True
    answer = await api.http.post(f"/v1/videos/{video_id}/retry")
    assert (answer.status_code, answer.json()["status"]) == (202, "processing")


async def test_a_failed_video_can_be_tried_again(api: Api) -> None:
    video_id = await failed(api)
    answer = await api.http.post(f"/v1/videos/{video_id}/retry")
    assert (answer.status_code, answer.json()["status"], answer.json()["error"]) == (202, "processing", None)


async def test_only_a_failed_video_can_be_tried_again(api: Api) -> None:
    answer = await api.http.post(f"/v1/videos/{await api.upload()}/retry")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_state")


async def test_a_video_is_made_again_from_its_source_and_can_be_watched_meanwhile(api: Api) -> None:
    video_id = await made_ready(api)
    before = (await api.http.get(f"/v1/videos/{video_id}")).json()
    answer = await api.http.post(f"/v1/videos/{video_id}/restart")
    video = answer.json()
    assert (answer.status_code, video["status"], video["playable"]) == (202, "processing", True)
    assert video["playback"]["hls"] == before["playback"]["hls"]
    async with api.chain.running():
        await api.chain.until(video_id, lambda found, _: found.status == VideoStatus.READY)
    after = (await api.http.get(f"/v1/videos/{video_id}")).json()
    assert after["playback"]["hls"].split("/")[3] == "2", "its own run's"


async def test_a_second_making_that_is_cancelled_takes_nothing_away_of_the_first(api: Api) -> None:
    video_id = await made_ready(api)
    await api.http.post(f"/v1/videos/{video_id}/restart")
    video = (await api.http.post(f"/v1/videos/{video_id}/cancel")).json()
    assert (video["status"], video["playable"]) == ("cancelled", True)
    assert (await api.http.get(video["playback"]["hls"])).status_code == 200


async def test_a_failed_video_that_is_made_again_leaves_no_letter_behind(api: Api) -> None:
    video_id = await failed(api)
    await eventually(lambda: _lies_dead(api))
    answer = await api.http.post(f"/v1/videos/{video_id}/restart")
    assert (answer.status_code, answer.json()["error"]) == (202, None)
    assert await api.bus.depth(dead_queue("transcode")) == 0
    assert (await api.http.get("/v1/dead-letters")).json() == {"items": []}


async def test_cancelling_twice_is_harmless(api: Api) -> None:
    video_id = await api.upload()
    answers = [await api.http.post(f"/v1/videos/{video_id}/cancel") for _ in range(2)]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [(202, "cancelled")] * 2


async def test_a_ready_video_cannot_be_cancelled(api: Api) -> None:
    answer = await api.http.post(f"/v1/videos/{await made_ready(api)}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_state")


async def test_a_deleted_video_is_gone_everywhere(api: Api) -> None:
    video_id = await made_ready(api)
    video = (await api.http.get(f"/v1/videos/{video_id}")).json()
    gone = await api.http.delete(f"/v1/videos/{video_id}")
    assert (gone.status_code, gone.content) == (204, b"")
    own = f"/v1/videos/{video_id}"
    gets = [await api.http.get(path) for path in (own, f"{own}/events", video["playback"]["hls"])]
    posts = [await api.http.post(path) for path in (f"{own}/retry", f"{own}/restart", f"{own}/cancel")]
    assert {answer.status_code for answer in (*gets, *posts, await api.http.delete(own))} == {404}
    assert (await api.http.get("/v1/videos")).json() == {"items": [], "next": None}


@pytest.mark.parametrize("video_id", ["nobody", "../secret", "%00", "a" * 300])
async def test_a_video_that_is_not_there_is_a_problem(api: Api, video_id: str) -> None:
    assert (await api.http.post(f"/v1/videos/{video_id}/restart")).status_code == 404
    answer = await api.http.get(f"/v1/videos/{video_id}")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_database_that_is_away_is_said(api: Api) -> None:
    services: Services = api.app.state.services
    broken = Failing(api.chain.ledger, DatabaseAway, "video")
    api.app.state.services = Services(**(vars(services) | {"ledger": broken}))
    answer = await api.http.get("/v1/videos/any")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.headers["Retry-After"] == "5"
