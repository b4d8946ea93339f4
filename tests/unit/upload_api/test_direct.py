"""/v1/direct-uploads over the store in memory: begun, completed, given up."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import update

from pipeline.adapters.database import Database
from pipeline.adapters.database.tables import DirectRow
from pipeline.sweep import Sweep
from tests.contract.ledgers import rewrite
from tests.unit.upload_api.conftest import PART, Api

FILE = bytes(range(256)) * 10
"""Three parts."""


@pytest.fixture
async def direct(api: Api) -> Api:
    api.chain.settings.upload.direct = True
    return api


async def begun(api: Api, **said: object) -> dict[str, Any]:
    answer = await api.http.post("/v1/direct-uploads", json={"filename": "a.mp4", "size": len(FILE)} | said)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def put(api: Api, upload: dict[str, Any], content: bytes = FILE) -> list[str]:
    """What a browser does; returns the ETags."""
    etags = []
    for part in upload["parts"]:
        block, content = content[: part["size"]], content[part["size"] :]
        address = urlsplit(part["url"])
        named = {name: value for name, (value,) in parse_qs(address.query).items()}
        number, key = int(named["partNumber"]), address.path.lstrip("/")
        etags.append(f'"{await api.store.put_part(key, named["uploadId"], number, block)}"')
    return etags


async def test_where_it_is_not_switched_on_there_is_nothing(api: Api) -> None:
    for method, path in (("POST", ""), ("GET", "/v/parts"), ("POST", "/v/complete"), ("DELETE", "/v")):
        answer = await api.http.request(method, f"/v1/direct-uploads{path}", json={})
        assert (answer.status_code, answer.json()["code"]) == (404, "direct_uploads_off")
    assert await api.left_over() == []


async def test_the_parts_are_named_with_their_sizes(direct: Api) -> None:
    upload = await begun(direct)
    assert (upload["part_bytes"], upload["part_count"]) == (PART, 3)
    assert [(part["number"], part["size"]) for part in upload["parts"]] == [(1, 1000), (2, 1000), (3, 560)]


async def test_a_completed_one_is_a_video_like_any_other(direct: Api) -> None:
    upload = await begun(direct, title="A film", notify_url="https://example.com/hook")
    etags = await put(direct, upload)
    path = f"/v1/direct-uploads/{upload['video_id']}/complete"
    answer = await direct.http.post(path, json={"etags": etags})
    assert answer.status_code == 202, answer.text
    video = answer.json()
    assert (video["id"], video["status"], video["size"]) == (upload["video_id"], "processing", len(FILE))
    assert (video["title"], video["content_type"]) == ("A film", "video/mp4")
    assert (await direct.store.stat(f"{video['id']}/source")).size == len(FILE)
    events = (await direct.http.get(video["links"]["events"])).json()["items"]
    assert [event["type"] for event in events] == ["video.uploaded"]


async def test_completing_it_again_is_harmless(direct: Api) -> None:
    upload = await begun(direct)
    body = {"etags": await put(direct, upload)}
    path = f"/v1/direct-uploads/{upload['video_id']}/complete"
    first, again = [await direct.http.post(path, json=body) for _ in range(2)]
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]


async def test_completing_goes_on_where_the_object_was_made_and_nobody_heard(direct: Api) -> None:
    upload = await begun(direct)
    etags = await put(direct, upload)
    known = await direct.chain.ledger.direct(upload["video_id"])
    await direct.store.complete_upload(known.source, known.multipart, [etag.strip('"') for etag in etags])
    path = f"/v1/direct-uploads/{upload['video_id']}/complete"
    assert (await direct.http.post(path, json={"etags": etags})).status_code == 202


async def test_further_parts_are_named_on_request(direct: Api) -> None:
    upload = await begun(direct)
    path = f"/v1/direct-uploads/{upload['video_id']}/parts"
    answer = await direct.http.get(path, params={"first": 3, "count": 5})
    assert [part["number"] for part in answer.json()["parts"]] == [3]
    assert answer.headers["Cache-Control"] == "no-store"


async def test_with_parts_missing_it_goes_on_as_it_was(direct: Api) -> None:
    upload = await begun(direct)
    etags = await put(direct, upload)
    path = f"/v1/direct-uploads/{upload['video_id']}/complete"
    answer = await direct.http.post(path, json={"etags": etags[:2]})
    assert (answer.status_code, answer.json()["code"]) == (422, "parts_missing")
    assert (await direct.http.post(path, json={"etags": etags})).status_code == 202


async def test_of_parts_that_the_store_does_not_have_no_video_is_made(direct: Api) -> None:
    upload = await begun(direct)
    path = f"/v1/direct-uploads/{upload['video_id']}/complete"
    answer = await direct.http.post(path, json={"etags": ["one", "two", "three"]})
    assert (answer.status_code, answer.json()["code"]) == (503, "upload_forgotten")
    status = await direct.http.get(f"/v1/videos/{upload['video_id']}")
    assert status.json()["status"] == "uploading"


async def test_a_file_of_another_size_than_was_announced_is_refused_and_not_kept(direct: Api) -> None:
    upload = await begun(direct)
    etags = await put(direct, upload, FILE[:-1])
    path = f"/v1/direct-uploads/{upload['video_id']}/complete"
    answer = await direct.http.post(path, json={"etags": etags})
    assert (answer.status_code, answer.json()["code"]) == (502, "upload_damaged")
    assert await direct.left_over() == []


async def test_one_that_is_given_up_leaves_nothing(direct: Api) -> None:
    upload = await begun(direct)
    await put(direct, upload)
    assert (await direct.http.delete(f"/v1/direct-uploads/{upload['video_id']}")).status_code == 204
    assert await direct.left_over() == []
    again = await direct.http.delete(f"/v1/direct-uploads/{upload['video_id']}")
    assert (again.status_code, again.json()["code"]) == (404, "direct_upload_not_found")


async def test_a_completed_one_cannot_be_given_up(direct: Api) -> None:
    upload = await begun(direct)
    path = f"/v1/direct-uploads/{upload['video_id']}"
    await direct.http.post(f"{path}/complete", json={"etags": await put(direct, upload)})
    assert (await direct.http.delete(path)).status_code == 404
    assert (await direct.store.stat(f"{upload['video_id']}/source")).size == len(FILE)


async def test_of_two_who_complete_it_at_once_both_are_told_so(direct: Api) -> None:
    upload = await begun(direct)
    etags = await put(direct, upload)
    path = f"/v1/direct-uploads/{upload['video_id']}/complete"
    answers = await asyncio.gather(*(direct.http.post(path, json={"etags": etags}) for _ in range(2)))
    assert [answer.status_code for answer in answers] == [202, 202]


async def test_giving_up_while_it_is_completed_either_leaves_the_video_whole_or_nothing(direct: Api) -> None:
    for _ in range(20):
        upload = await begun(direct)
        etags, path = await put(direct, upload), f"/v1/direct-uploads/{upload['video_id']}"
        _, given_up = await asyncio.gather(
            direct.http.post(f"{path}/complete", json={"etags": etags}), direct.http.delete(path)
        )
        left = await direct.store.list(f"{upload['video_id']}/")
        assert [info.size for info in left] == ([] if given_up.status_code == 204 else [len(FILE)])


async def test_one_that_was_given_up_while_it_began_leaves_nothing(direct: Api) -> None:
    direct.chain.settings.upload.direct_for = timedelta(0)
    answer = await direct.http.post("/v1/direct-uploads", json={"filename": "a.mp4", "size": 5})
    assert answer.status_code == 404
    assert direct.store.uploads == {}


async def test_what_nobody_goes_on_with_is_swept(direct: Api) -> None:
    await put(direct, await begun(direct))
    chain = direct.chain
    assert isinstance(chain.ledger, Database)
    await rewrite(chain.ledger, update(DirectRow).values(expires_at=datetime.now(UTC)))
    swept = await Sweep(chain.bus, chain.store, chain.ledger, chain.stages, chain.settings).once()
    assert swept["uploads_discarded"] == 1
    assert await direct.left_over() == []


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"size": 50_001}, 413, "upload_too_large"),
        ({"size": 0}, 422, "invalid_request"),
        ({"notify_url": "nowhere"}, 422, "invalid_field"),
        ({"title": "x" * 301}, 422, "invalid_field"),
    ],
)
async def test_what_cannot_be_accepted_is_refused_at_the_beginning(
    direct: Api, said: dict[str, object], status: int, code: str
) -> None:
    answer = await direct.http.post("/v1/direct-uploads", json={"filename": "a.mp4", "size": 5} | said)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await direct.left_over() == []
