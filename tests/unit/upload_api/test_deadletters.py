"""/v1/dead-letters as its clients see it."""

import pytest

from pipeline.messages import replayed_id
from tests.unit.upload_api.conftest import Api
from tests.unit.upload_api.test_videos import failed


async def test_a_dead_letter_is_listed_with_its_reason(api: Api) -> None:
    video_id = await failed(api)
    (letter,) = (await api.http.get("/v1/dead-letters")).json()["items"]
    assert letter["video_id"] == video_id
    assert (letter["stage"], letter["code"], letter["reason"]) == ("transcode", "unplayable", "permanent")
    assert letter.keys() == {
        "stage", "event_id", "type", "video_id", "code", "message", "hint", "reason", "attempts", "crashes",
        "died_at",
    }  # fmt: skip


async def test_the_list_can_be_of_one_stage(api: Api) -> None:
    await failed(api)
    assert (await api.http.get("/v1/dead-letters?stage=notify")).json() == {"items": []}
    assert len((await api.http.get("/v1/dead-letters?stage=transcode")).json()["items"]) == 1


async def test_one_is_shown_with_its_body_and_the_stack(api: Api) -> None:
    video_id = await failed(api)
    (letter,) = (await api.http.get("/v1/dead-letters")).json()["items"]
    whole = (await api.http.get(f"/v1/dead-letters/transcode/{letter['event_id']}")).json()
    assert whole["body"]["subject"] == video_id
    assert any("Traceback" in value for value in whole["headers"].values())


async def test_one_that_is_not_there_is_a_problem(api: Api) -> None:
    answer = await api.http.get("/v1/dead-letters/transcode/unknown")
    assert (answer.status_code, answer.json()["code"]) == (404, "dead_letter_not_found")


async def test_replaying_sends_it_once_more_and_only_once(api: Api) -> None:
    video_id = await failed(api)
    (letter,) = (await api.http.get("/v1/dead-letters")).json()["items"]
    path = f"/v1/dead-letters/transcode/{letter['event_id']}/replay"
    answers = [await api.http.post(path) for _ in range(2)]
    assert [(each.status_code, each.json()) for each in answers] == [
        (202, {"replayed": True}),
        (202, {"replayed": False}),
    ]
    assert (await api.http.get(f"/v1/videos/{video_id}")).json()["status"] == "processing"
    async with api.bus.take("reelmill.transcode", 10) as there:
        assert [each.message_id for each in there].count(replayed_id(letter["event_id"], 1)) == 1
    assert (await api.http.get("/v1/dead-letters")).json() == {"items": []}


async def test_replaying_a_letter_that_never_was_says_so(api: Api) -> None:
    answer = await api.http.post("/v1/dead-letters/transcode/unheard-of/replay")
    assert (answer.status_code, answer.json()["code"]) == (404, "dead_letter_not_found")


async def test_the_list_can_be_of_a_video_a_reason_and_a_code(api: Api) -> None:
    video_id = await failed(api)
    for named, found in {
        f"video={video_id}": 1,
        "video=another": 0,
        "reason=permanent&code=unplayable": 1,
        "reason=permanent&code=another": 0,
    }.items():
        assert len((await api.http.get(f"/v1/dead-letters?{named}")).json()["items"]) == found, named


@pytest.mark.parametrize(("action", "status"), [("replay", "processing"), ("drop", "failed")])
async def test_many_are_handled_once_and_counted_by_what_they_died_of(
    api: Api, action: str, status: str
) -> None:
    ids = [await failed(api) for _ in range(2)]
    group = {"stage": "transcode", "reason": "permanent", "code": "unplayable", "count": 2}
    answers = [await api.http.post(f"/v1/dead-letters/{action}", json={"code": "unplayable"}) for _ in "ab"]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (202 if action == "replay" else 200, {"dry_run": False, "count": 2, "items": [group]}),
        (202 if action == "replay" else 200, {"dry_run": False, "count": 0, "items": []}),
    ]
    for video_id in ids:
        assert (await api.http.get(f"/v1/videos/{video_id}")).json()["status"] == status
        told = (await api.http.get(f"/v1/videos/{video_id}/events")).json()["items"]
        assert [item["kind"] for item in told].count(action) == 1


@pytest.mark.parametrize("action", ["replay", "drop"])
async def test_a_dry_run_counts_and_does_nothing(api: Api, action: str) -> None:
    video_id = await failed(api)
    answer = await api.http.post(f"/v1/dead-letters/{action}", json={"all": True, "dry_run": True})
    assert (answer.json()["count"], answer.json()["dry_run"]) == (1, True)
    assert len((await api.http.get("/v1/dead-letters")).json()["items"]) == 1
    assert (await api.http.get(f"/v1/videos/{video_id}")).json()["status"] == "failed"


@pytest.mark.parametrize(
    "meant", [{}, {"satge": "notify"}, {"stage": ""}, {"code": "a\0b"}, {"all": "maybe"}]
)
@pytest.mark.parametrize("action", ["replay", "drop"])
async def test_all_letters_must_be_meant_and_not_be_the_outcome_of_a_slip(
    api: Api, action: str, meant: dict[str, str]
) -> None:
    await failed(api)
    answer = await api.http.post(f"/v1/dead-letters/{action}", json=meant)
    assert answer.status_code == 422
    assert len((await api.http.get("/v1/dead-letters")).json()["items"]) == 1


async def test_a_dropped_letter_is_not_shown_and_replaying_it_does_nothing(api: Api) -> None:
    await failed(api)
    (letter,) = (await api.http.get("/v1/dead-letters")).json()["items"]
    await api.http.post("/v1/dead-letters/drop", json={"event": letter["event_id"], "stage": "transcode"})
    path = f"/v1/dead-letters/transcode/{letter['event_id']}"
    assert (await api.http.get(path)).status_code == 404
    assert (await api.http.post(f"{path}/replay")).json() == {"replayed": False}


async def test_a_video_whose_letter_was_dropped_cannot_be_tried_again(api: Api) -> None:
    video_id = await failed(api)
    await api.http.post("/v1/dead-letters/drop", json={"video": video_id})
    answer = await api.http.post(f"/v1/videos/{video_id}/retry")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_state")
    assert "dropped" in answer.json()["detail"]
