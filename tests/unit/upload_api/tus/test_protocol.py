"""What tus 1.0.0 says a server MUST do, sentence by sentence, with the words of the specification's
sections."""

import base64
import hashlib

import httpx
import pytest

from tests.unit.upload_api.conftest import LIMIT, PART, Api
from tests.unit.upload_api.tus.conftest import STREAM, VERSION, Tus, encoded

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def sha1(content: bytes) -> str:
    return "sha1 " + base64.b64encode(hashlib.sha1(content).digest()).decode()


async def rows(api: Api) -> int:
    return len((await api.chain.ledger.page(100, None)).items)


# --- core: HEAD


async def test_head_tells_offset_and_length_and_is_not_cached(tus: Tus) -> None:
    url = await tus.begin(10)
    await tus.patch(url, 0, b"12345")
    answer = await tus.head(url)
    assert answer.status_code == 200
    assert (answer.headers["Upload-Offset"], answer.headers["Upload-Length"]) == ("5", "10")
    assert answer.headers["Cache-Control"] == "no-store"


async def test_head_tells_an_offset_of_zero_too(tus: Tus) -> None:
    assert (await tus.head(await tus.begin(10))).headers["Upload-Offset"] == "0"


async def test_a_missing_upload_has_no_offset(tus: Tus) -> None:
    answer = await tus.head("/v1/uploads/nothing")
    assert answer.status_code == 404
    assert "Upload-Offset" not in answer.headers


async def test_an_upload_whose_bytes_have_all_come_still_tells_its_offset(tus: Tus) -> None:
    url = await tus.begin(5)
    await tus.patch(url, 0, b"12345")
    answer = await tus.head(url)
    assert (answer.headers["Upload-Offset"], answer.headers["Upload-Length"]) == ("5", "5")
    assert "Upload-Expires" not in answer.headers


# --- core: PATCH


async def test_patch_appends_at_its_offset_and_answers_204_with_the_new_one(tus: Tus) -> None:
    url = await tus.begin(10)
    answer = await tus.patch(url, 0, b"12345")
    assert (answer.status_code, answer.headers["Upload-Offset"], answer.content) == (204, "5", b"")


@pytest.mark.parametrize("offset", [1, 4, 6, 10, 999])
async def test_another_offset_is_a_409_and_changes_nothing(tus: Tus, offset: int) -> None:
    url = await tus.begin(10)
    await tus.patch(url, 0, b"12345")
    answer = await tus.patch(url, offset, b"xxxxx")
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_offset_mismatch")
    assert await tus.offset(url) == 5
    await tus.patch(url, 5, b"67890")
    assert await tus.stored(url) == b"1234567890"


@pytest.mark.parametrize("offset", ["", "-1", "five", "1.5", "9" * 30])
async def test_an_offset_that_is_no_number_is_a_400(tus: Tus, offset: str) -> None:
    url = await tus.begin(10)
    answer = await tus.patch(url, 0, b"12345", **{"upload-offset": offset})
    assert answer.status_code == 400
    assert await tus.offset(url) == 0


async def test_a_patch_without_an_offset_is_a_400(tus: Tus) -> None:
    url = await tus.begin(10)
    answer = await tus.api.http.patch(url, content=b"12345", headers=VERSION | STREAM)
    assert answer.status_code == 400


@pytest.mark.parametrize("kind", ["", "video/mp4", "application/octet-stream"])
async def test_bytes_of_another_type_are_a_415(tus: Tus, kind: str) -> None:
    url = await tus.begin(10)
    answer = await tus.patch(url, 0, b"12345", **{"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "not_offset_stream")
    assert await tus.offset(url) == 0


async def test_a_patch_to_a_missing_upload_is_a_404_without_an_offset(tus: Tus) -> None:
    answer = await tus.patch("/v1/uploads/nothing", 0, b"12345")
    assert answer.status_code == 404
    assert "Upload-Offset" not in answer.headers


async def test_an_empty_patch_changes_nothing(tus: Tus) -> None:
    url = await tus.begin(10)
    await tus.patch(url, 0, b"12345")
    answer = await tus.patch(url, 5, b"")
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "5")


async def test_more_bytes_than_were_said_are_refused(tus: Tus) -> None:
    url = await tus.begin(10)
    answer = await tus.patch(url, 0, b"x" * 11)
    assert (answer.status_code, answer.json()["code"]) == (400, "upload_length_mismatch")
    assert await tus.offset(url) == 0


# --- core: OPTIONS and the version


async def test_options_tells_version_extensions_limit_and_checksums(tus: Tus) -> None:
    answer = await tus.api.http.options("/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == str(LIMIT)
    assert set(answer.headers["Tus-Extension"].split(",")) == {
        "creation",
        "creation-with-upload",
        "creation-defer-length",
        "termination",
        "checksum",
        "expiration",
    }
    assert "sha1" in answer.headers["Tus-Checksum-Algorithm"].split(",")


@pytest.mark.parametrize("said", [None, "", "0.2.2", "2.0.0"])
@pytest.mark.parametrize("method", ["POST", "HEAD", "PATCH", "DELETE"])
async def test_another_version_is_a_412_and_not_processed(tus: Tus, method: str, said: str | None) -> None:
    url = await tus.begin(10)
    before = await rows(tus.api)
    path = "/v1/uploads" if method == "POST" else url
    headers = {"Upload-Length": "10", "Upload-Offset": "0", **STREAM}
    if said is not None:
        headers["Tus-Resumable"] = said
    answer = await tus.api.http.request(method, path, content=b"12345", headers=headers)
    assert answer.status_code == 412
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert await tus.offset(url) == 0
    assert await rows(tus.api) == before


async def test_every_answer_carries_the_version(tus: Tus) -> None:
    url = await tus.begin(10)
    answers = [
        await tus.head(url),
        await tus.patch(url, 0, b"12345"),
        await tus.patch(url, 0, b"12345"),
        await tus.head("/v1/uploads/nothing"),
        await tus.delete(url),
        await tus.api.http.options("/v1/uploads"),
    ]
    assert {answer.headers["Tus-Resumable"] for answer in answers} == {"1.0.0"}


async def test_a_method_may_be_given_by_a_header(tus: Tus) -> None:
    url = await tus.begin(10)
    headers = VERSION | STREAM | {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0"}
    answer = await tus.api.http.post(url, content=b"12345", headers=headers)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "5")


# --- creation


async def test_a_creation_answers_201_with_where_the_bytes_go(tus: Tus) -> None:
    answer = await tus.post(upload_length="10")
    assert answer.status_code == 201
    assert answer.headers["Location"].startswith("/v1/uploads/")
    assert len(answer.headers["Location"]) > len("/v1/uploads/") + 30


async def test_the_video_is_there_from_the_beginning_and_uploading(tus: Tus) -> None:
    answer = await tus.post(upload_length="10", upload_metadata=encoded(filename="a.mp4", title="Höhe"))
    video = (await tus.api.http.get(f"/v1/videos/{answer.headers['Reelmill-Video']}")).json()
    assert (video["status"], video["title"], video["filename"]) == ("uploading", "Höhe", "a.mp4")


@pytest.mark.parametrize("length", ["-1", "ten", "1e3", ""])
async def test_a_length_that_is_no_number_is_a_400(tus: Tus, length: str) -> None:
    assert (await tus.post(upload_length=length)).status_code == 400


async def test_a_creation_without_a_length_is_a_400(tus: Tus) -> None:
    assert (await tus.post()).status_code == 400


async def test_an_upload_larger_than_the_limit_is_a_413(tus: Tus) -> None:
    answer = await tus.post(upload_length=str(LIMIT + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert await rows(tus.api) == 0


async def test_an_empty_file_is_refused_at_once(tus: Tus) -> None:
    answer = await tus.post(upload_length="0")
    assert (answer.status_code, answer.json()["code"]) == (400, "upload_empty")


async def test_head_gives_the_metadata_back_as_they_came(tus: Tus) -> None:
    said = encoded(filename="a.mp4", relativePath="x/y") + ",is_confidential"
    url = (await tus.post(upload_length="10", upload_metadata=said)).headers["Location"]
    assert (await tus.head(url)).headers["Upload-Metadata"] == said


@pytest.mark.parametrize(
    "said", ["filename", " ", "filename !!!", "filename YQ==,filename YQ==", ",", "a" * 9000]
)
async def test_metadata_that_cannot_be_read_are_a_400_but_a_value_may_be_missing(tus: Tus, said: str) -> None:
    answer = await tus.post(upload_length="10", upload_metadata=said)
    assert answer.status_code == (201 if said in {"filename", " "} else 400)


async def test_uppys_names_are_understood(tus: Tus) -> None:
    said = encoded(name="b.mkv", type="video/x-matroska")
    answer = await tus.post(upload_length="10", upload_metadata=said)
    video = (await tus.api.http.get(f"/v1/videos/{answer.headers['Reelmill-Video']}")).json()
    assert (video["filename"], video["content_type"]) == ("b.mkv", "video/x-matroska")


# --- creation-with-upload


async def test_a_creation_may_bring_the_first_bytes(tus: Tus) -> None:
    answer = await tus.post(b"12345", upload_length="10", **STREAM)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "5")
    url = answer.headers["Location"]
    await tus.patch(url, 5, b"67890")
    assert await tus.stored(url) == b"1234567890"


async def test_a_creation_may_bring_all_of_it(tus: Tus) -> None:
    answer = await tus.post(b"12345", upload_length="5", **STREAM)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "5")
    assert await tus.stored(answer.headers["Location"]) == b"12345"


async def test_bytes_of_another_type_do_not_belong_to_a_creation(tus: Tus) -> None:
    answer = await tus.post(b"12345", upload_length="10", **FORM)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "0")


# --- creation-defer-length


async def test_the_length_may_be_told_later(tus: Tus) -> None:
    url = (await tus.post(upload_defer_length="1")).headers["Location"]
    await tus.patch(url, 0, b"x" * PART)
    answer = await tus.head(url)
    assert answer.headers["Upload-Defer-Length"] == "1"
    assert "Upload-Length" not in answer.headers
    await tus.patch(url, PART, b"yy", **{"Upload-Length": str(PART + 2)})
    assert await tus.stored(url) == b"x" * PART + b"yy"


async def test_the_length_may_be_told_when_all_bytes_are_there(tus: Tus) -> None:
    url = (await tus.post(upload_defer_length="1")).headers["Location"]
    await tus.patch(url, 0, b"12345")
    answer = await tus.patch(url, 5, b"", **{"Upload-Length": "5"})
    assert answer.status_code == 204
    assert await tus.stored(url) == b"12345"


@pytest.mark.parametrize("length", ["4", "11", "0"])
async def test_a_length_once_told_cannot_be_changed(tus: Tus, length: str) -> None:
    url = await tus.begin(10)
    await tus.patch(url, 0, b"12345")
    answer = await tus.patch(url, 5, b"6", **{"Upload-Length": length})
    assert (answer.status_code, answer.json()["code"]) == (400, "upload_length_mismatch")
    assert await tus.offset(url) == 5


async def test_a_length_below_what_has_come_is_refused(tus: Tus) -> None:
    url = (await tus.post(upload_defer_length="1")).headers["Location"]
    await tus.patch(url, 0, b"12345")
    assert (await tus.patch(url, 5, b"", **{"Upload-Length": "4"})).status_code == 400


@pytest.mark.parametrize("later", ["0", "2", "yes"])
async def test_a_deferral_can_only_be_one(tus: Tus, later: str) -> None:
    assert (await tus.post(upload_defer_length=later)).status_code == 400


async def test_both_a_length_and_its_deferral_are_a_400(tus: Tus) -> None:
    assert (await tus.post(upload_defer_length="1", upload_length="5")).status_code == 400


async def test_without_a_length_the_limit_still_holds(tus: Tus) -> None:
    url = (await tus.post(upload_defer_length="1")).headers["Location"]
    answer = await tus.patch(url, 0, b"x" * (LIMIT + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")


# --- termination


async def test_a_terminated_upload_is_gone_and_nothing_of_it_stays(tus: Tus) -> None:
    url = await tus.begin(5 * PART)
    await tus.patch(url, 0, b"x" * (2 * PART + 5))
    answer = await tus.delete(url)
    assert (answer.status_code, answer.content) == (204, b"")
    assert await tus.api.left_over() == []


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
async def test_whoever_asks_for_a_terminated_upload_is_told_that_it_is_gone(tus: Tus, method: str) -> None:
    url = await tus.begin(10)
    await tus.delete(url)
    headers = VERSION | STREAM | {"Upload-Offset": "0"}
    answer = await tus.api.http.request(method, url, headers=headers)
    assert answer.status_code == 410
    assert "Upload-Offset" not in answer.headers


async def test_an_upload_that_has_become_a_video_is_not_terminated(tus: Tus) -> None:
    url = await tus.begin(5)
    await tus.patch(url, 0, b"12345")
    assert (await tus.delete(url)).status_code == 409
    assert await tus.stored(url) == b"12345"


# --- checksum


@pytest.mark.parametrize("size", [5, PART, 3 * PART + 7])
async def test_bytes_with_the_right_checksum_are_kept(tus: Tus, size: int) -> None:
    url, content = await tus.begin(size + 1), b"y" * size
    answer = await tus.patch(url, 0, content, **{"Upload-Checksum": sha1(content)})
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(size))
    await tus.patch(url, size, b"z", **{"Upload-Checksum": sha1(b"z")})
    assert await tus.stored(url) == content + b"z"


@pytest.mark.parametrize("size", [5, PART, 3 * PART + 7])
async def test_bytes_with_another_checksum_are_a_460_and_not_kept(tus: Tus, size: int) -> None:
    url = await tus.begin(size)
    answer = await tus.patch(url, 0, b"n" * size, **{"Upload-Checksum": sha1(b"y" * size)})
    assert (answer.status_code, answer.json()["code"]) == (460, "checksum_mismatch")
    assert await tus.offset(url) == 0
    await tus.patch(url, 0, b"y" * size, **{"Upload-Checksum": sha1(b"y" * size)})
    assert await tus.stored(url) == b"y" * size


@pytest.mark.parametrize("said", ["crc32 AAAA", "sha1", "sha1 !!!", "", "SHA1 AAAA"])
async def test_a_checksum_that_cannot_be_checked_is_a_400(tus: Tus, said: str) -> None:
    url = await tus.begin(10)
    answer = await tus.patch(url, 0, b"12345", **{"Upload-Checksum": said})
    assert answer.status_code == 400
    assert await tus.offset(url) == 0


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
async def test_each_algorithm_that_is_told_of_is_checked(tus: Tus, algorithm: str) -> None:
    digest = base64.b64encode(hashlib.new(algorithm, b"12345").digest()).decode()
    url = await tus.begin(10)
    wrong = await tus.patch(url, 0, b"54321", **{"Upload-Checksum": f"{algorithm} {digest}"})
    right = await tus.patch(url, 0, b"12345", **{"Upload-Checksum": f"{algorithm} {digest}"})
    assert (wrong.status_code, right.status_code) == (460, 204)


# --- expiration


async def test_every_answer_about_an_unfinished_upload_says_when_it_expires(tus: Tus) -> None:
    begun = await tus.post(upload_length="10")
    url = begun.headers["Location"]
    answers: list[httpx.Response] = [begun, await tus.patch(url, 0, b"1"), await tus.head(url)]
    for answer in answers:
        assert answer.headers["Upload-Expires"].endswith("GMT")
