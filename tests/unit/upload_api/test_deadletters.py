"""/v1/dead-letters as its clients see it."""

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
