"""/v1/videos as a library: searched, filtered, renamed, deleted and brought back."""

from datetime import timedelta

import pytest

from pipeline.tracing import trace_id
from tests.unit.upload_api.conftest import Api
from tests.unit.upload_api.test_videos import failed, made_ready


@pytest.fixture
def forgiving(api: Api) -> Api:
    """Deletions can be taken back for a minute."""
    object.__setattr__(api.chain.ledger, "_undo", timedelta(minutes=1))
    return api


async def test_the_list_is_searched_in_title_and_file_name(api: Api) -> None:
    by_title, by_name = await api.upload(title="Harbour 50%"), await api.upload(filename="harbour.mp4")
    await api.upload(title="Mountain")
    assert await _ids(api, q="HARBOUR") == [by_name, by_title]
    assert await _ids(api, q="50%") == [by_title]
    assert await _ids(api, q="nothing like it") == []


async def test_the_list_is_filtered_by_one_status_or_several(api: Api) -> None:
    broken = await failed(api)
    waiting = await api.upload()
    assert await _ids(api, status="failed") == [broken]
    answer = await api.http.get("/v1/videos?status=failed&status=processing")
    assert [video["id"] for video in answer.json()["items"]] == [waiting, broken]


@pytest.mark.parametrize("query", ["status=lost", "status=", f"q={'x' * 201}"])
async def test_a_filter_that_cannot_be_is_a_problem(api: Api, query: str) -> None:
    answer = await api.http.get(f"/v1/videos?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_search_is_paged_by_the_same_cursors(api: Api) -> None:
    wanted = [await api.upload(title=f"wanted {number}") for number in range(3)]
    await api.upload(title="other")
    first = (await api.http.get("/v1/videos?q=wanted&limit=2")).json()
    second = (await api.http.get(f"/v1/videos?q=wanted&limit=2&cursor={first['next']}")).json()
    assert [video["id"] for video in first["items"] + second["items"]] == wanted[::-1]
    assert second["next"] is None


async def test_a_video_is_renamed_and_its_title_taken_away(api: Api) -> None:
    path = f"/v1/videos/{await api.upload(title='Before')}"
    for title, shown in (
        ("  After\N{RIGHT-TO-LEFT OVERRIDE} ", "After"),
        (" ", None),
        ("x", "x"),
        (None, None),
    ):
        answer = await api.http.patch(path, json={"title": title})
        assert (answer.status_code, answer.json()["title"]) == (200, shown)
        assert (await api.http.get(path)).json()["title"] == shown


@pytest.mark.parametrize(
    "body", [{}, {"title": 5}, {"title": "a", "status": "ready"}, {"title": "x" * 301}, []]
)
async def test_a_change_that_cannot_be_is_a_problem_and_changes_nothing(api: Api, body: object) -> None:
    path = f"/v1/videos/{await api.upload(title='Before')}"
    assert (await api.http.patch(path, json=body)).status_code == 422
    assert (await api.http.get(path)).json()["title"] == "Before"


async def test_what_is_not_there_cannot_be_renamed(api: Api) -> None:
    answer = await api.http.patch("/v1/videos/nobody", json={"title": "a"})
    assert (answer.status_code, answer.json()["code"]) == (404, "video_not_found")


async def test_a_deleted_video_is_brought_back_with_all_that_was_made_of_it(forgiving: Api) -> None:
    path = f"/v1/videos/{await made_ready(forgiving)}"
    before = (await forgiving.http.get(path)).json()
    await forgiving.http.delete(path)
    assert (await forgiving.http.get(path)).status_code == 404
    restored = await forgiving.http.post(f"{path}/restore")
    assert restored.status_code == 200
    assert restored.json() | {"updated_at": ""} == before | {"updated_at": ""}
    assert (await forgiving.http.get(before["playback"]["hls"])).status_code == 200


async def test_once_its_time_is_over_a_deleted_video_stays_so_and_says_why(api: Api) -> None:
    path = f"/v1/videos/{await api.upload()}"
    await api.http.delete(path)
    answer = await api.http.post(f"{path}/restore")
    assert (answer.status_code, answer.json()["code"]) == (404, "deleted_for_good")
    assert "REELMILL_API__UNDO" in answer.json()["hint"]


async def test_restoring_what_never_was_is_a_problem_of_its_own(forgiving: Api) -> None:
    answer = await forgiving.http.post("/v1/videos/nobody/restore")
    assert (answer.status_code, answer.json()["code"]) == (404, "video_not_found")


async def test_a_video_has_the_trace_of_its_upload(api: Api) -> None:
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=b"video")
    assert answer.json()["trace_id"] == trace_id(answer.headers["traceparent"])


async def test_dead_letters_can_be_those_of_one_video(api: Api) -> None:
    video_id = await failed(api)
    assert len((await api.http.get(f"/v1/dead-letters?video={video_id}")).json()["items"]) == 1
    assert (await api.http.get("/v1/dead-letters?video=another")).json() == {"items": []}


async def _ids(api: Api, **query: str) -> list[str]:
    answer = await api.http.get("/v1/videos", params=query)
    return [video["id"] for video in answer.json()["items"]]
