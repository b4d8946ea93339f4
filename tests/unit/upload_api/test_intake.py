"""What is left, and what is said, when an upload stops at one point or another."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from pipeline.errors import DatabaseAway, StoreAway
from pipeline.services import Services
from tests.unit.upload_api.conftest import PART, Api
from tests.unit.upload_api.faults import Failing, send_and_leave, send_and_stand_still
from upload_api import intake

AT_EVERY_BLOCK = 1e12


def replace(api: Api, **parts: object) -> None:
    now: Services = api.app.state.services
    api.app.state.services = Services(**(vars(now) | parts))


async def and_then(happens: Callable[[], Awaitable[None] | None]) -> AsyncIterator[bytes]:
    """A body of several parts in the middle of which something happens."""
    yield b"x" * 3 * PART
    result = happens()
    if result is not None:
        await result
    for _ in range(4):
        yield b"y" * PART


@pytest.mark.parametrize("blocks", [[], [b"x"], [b"x" * PART * 5]])
async def test_a_client_that_leaves_in_the_middle_leaves_nothing(api: Api, blocks: list[bytes]) -> None:
    said = await send_and_leave(api.app, blocks)
    assert said[0]["status"] == 400
    assert b"upload_broken_off" in said[1]["body"]
    assert await api.left_over() == []


async def test_a_form_that_is_broken_off_leaves_nothing(api: Api) -> None:
    begun = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    form = (b"content-type", b"multipart/form-data; boundary=cut")
    said = await send_and_leave(api.app, [begun, b"x" * PART * 3], [form])
    assert b"upload_broken_off" in said[1]["body"]
    assert await api.left_over() == []


@pytest.mark.parametrize("blocks", [[], [b"x"], [b"x" * PART * 5]])
async def test_a_client_that_stands_still_is_given_up_and_leaves_nothing(
    api: Api, blocks: list[bytes]
) -> None:
    api.chain.settings.upload.abandoned_after = timedelta(seconds=0.1)
    said = await send_and_stand_still(api.app, blocks)
    assert said[0]["status"] == 409
    assert b"upload_given_up" in said[1]["body"]
    assert await api.left_over() == []


async def test_a_form_that_stands_still_before_it_has_a_row_is_given_up_too(api: Api) -> None:
    api.chain.settings.upload.abandoned_after = timedelta(seconds=0.1)
    begun = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    form = (b"content-type", b"multipart/form-data; boundary=cut")
    said = await send_and_stand_still(api.app, [begun, b"x" * (PART // 2)], [form])
    assert b"upload_given_up" in said[1]["body"]
    assert await api.left_over() == []


async def test_a_store_that_is_away_from_the_start_is_said(api: Api) -> None:
    api.store.away = True
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=b"video")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_store_that_is_away_is_said_before_a_byte_is_read_and_leaves_nothing(api: Api) -> None:
    api.store.away = True
    said = await send_and_stand_still(api.app, [])
    assert said[0]["status"] == 503
    assert b"store_unavailable" in said[1]["body"]
    api.store.away = False
    assert await api.left_over() == []


async def test_a_repeat_is_answered_while_the_store_is_away(api: Api) -> None:
    key = {"Idempotency-Key": "once"}
    first = await api.http.post("/v1/videos?filename=a.mp4", content=b"video", headers=key)
    api.store.away = True
    again = await api.http.post("/v1/videos?filename=a.mp4", content=b"video", headers=key)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])


async def test_a_store_that_goes_away_in_the_middle_leaves_the_rest_to_the_sweep(api: Api) -> None:
    answer = await api.http.post(
        "/v1/videos?filename=a.mp4", content=and_then(lambda: setattr(api.store, "away", True))
    )
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    abandoned = await api.chain.ledger.abandoned_uploads(timedelta(0))
    assert [video.upload_id for video in abandoned] == list(api.store.uploads)


@pytest.mark.parametrize("name", ["start_upload", "put"])
async def test_a_store_that_fails_once_leaves_nothing(api: Api, name: str) -> None:
    replace(api, store=Failing(api.store, StoreAway, name))
    size = 3 * PART if name == "start_upload" else 5
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=b"x" * size)
    assert answer.status_code == 503
    assert await api.left_over() == []


async def test_a_database_that_is_away_is_said(api: Api) -> None:
    replace(api, ledger=Failing(api.chain.ledger, DatabaseAway, "begin"))
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=b"video")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert await api.left_over() == []


async def test_a_multipart_that_the_database_does_not_know_is_aborted(api: Api) -> None:
    replace(api, ledger=Failing(api.chain.ledger, DatabaseAway, "started"))
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=b"x" * 3 * PART)
    assert answer.status_code == 503
    assert await api.left_over() == []


async def test_an_object_stays_when_its_commit_may_have_happened(api: Api) -> None:
    replace(api, ledger=Failing(api.chain.ledger, DatabaseAway, "accept"))
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=b"video")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    abandoned = await api.chain.ledger.abandoned_uploads(timedelta(0))
    assert [info.key for info in await api.store.list("")] == [video.source for video in abandoned]


async def test_an_upload_goes_on_while_the_database_cannot_be_told(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "_BEATS", AT_EVERY_BLOCK)
    replace(api, ledger=Failing(api.chain.ledger, DatabaseAway, "seen"))
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=b"x" * 3 * PART)
    assert answer.status_code == 202


async def test_an_upload_that_was_deleted_meanwhile_stops_and_leaves_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "_BEATS", AT_EVERY_BLOCK)

    async def delete() -> None:
        page = await api.chain.ledger.page(1, None)
        await api.chain.ledger.delete(page.items[0][0].id)

    answer = await api.http.post("/v1/videos?filename=a.mp4", content=and_then(delete))
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_given_up")
    assert await api.left_over() == []


async def test_an_upload_that_the_sweep_gave_up_at_its_very_end_leaves_nothing(api: Api) -> None:
    async def discard() -> None:
        page = await api.chain.ledger.page(1, None)
        await api.chain.ledger.discard(page.items[0][0].id)

    answer = await api.http.post("/v1/videos?filename=a.mp4", content=and_then(discard))
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_given_up")
    assert await api.left_over() == []


async def test_an_object_that_is_not_what_was_sent_is_refused(api: Api) -> None:
    class Forgetful(Failing):
        async def put(self, key: str, data: bytes, content_type: str) -> None:
            await api.store.put(key, data[:-1], content_type)

    replace(api, store=Forgetful(api.store, StoreAway))
    answer = await api.http.post("/v1/videos?filename=a.mp4", content=b"video")
    assert (answer.status_code, answer.json()["code"]) == (502, "upload_damaged")
    assert await api.left_over() == []


async def test_a_form_may_describe_a_large_file_after_it(api: Api) -> None:
    files = {"file": ("a.mp4", b"x" * 5 * PART), "title": (None, b"Afterwards")}
    answer = await api.http.post("/v1/videos", files=files)
    assert (answer.status_code, answer.json()["title"]) == (202, "Afterwards")


async def test_a_late_field_that_cannot_be_kept_is_refused_and_leaves_nothing(api: Api) -> None:
    files = {"file": ("a.mp4", b"x" * 5 * PART), "notify_url": (None, b"gopher://hole")}
    answer = await api.http.post("/v1/videos", files=files)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")
    assert await api.left_over() == []
