"""/media/{id}/original: the upload itself, where browsers play it as it is."""

import pytest

from pipeline.video import VideoStatus
from tests.showing import Showing
from tests.unit.upload_api.conftest import Api

CONTENT = bytes(range(256)) * 100
FOUND = {"original_type": "video/mp4"}


async def playable(api: Api, showing: Showing, **found: str) -> str:
    """The address of an upload that the plan found to play as it is."""
    video_id = await api.upload(CONTENT)
    showing.playback = {"original": f"{video_id}/source"} | FOUND | found
    return f"/media/{video_id}/original"


async def test_the_upload_is_served_by_ranges_as_what_the_plan_found_it_to_be(
    api: Api, showing: Showing
) -> None:
    path = await playable(api, showing)
    whole = await api.http.get(path)
    assert (whole.status_code, whole.content) == (200, CONTENT)
    part = await api.http.get(path, headers={"Range": "bytes=25000-"})
    assert (part.status_code, part.content) == (206, CONTENT[25000:])
    assert part.headers["Content-Range"] == "bytes 25000-25599/25600"
    assert part.headers["Content-Length"] == "600"
    for answer in (whole, part):
        assert answer.headers["Content-Type"] == "video/mp4"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"] == "inline"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert answer.headers["Cache-Control"] == "private, no-cache", "its address outlives its permission"


async def test_a_range_that_is_not_there_or_of_another_version_is_told_as_such(
    api: Api, showing: Showing
) -> None:
    path = await playable(api, showing)
    beyond = await api.http.get(path, headers={"Range": "bytes=25600-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, "bytes */25600")
    other = await api.http.get(path, headers={"Range": "bytes=0-9", "If-Range": '"older"'})
    assert (other.status_code, len(other.content)) == (200, 25600)
    etag = other.headers["ETag"]
    same = await api.http.get(path, headers={"Range": "bytes=0-9", "If-Range": etag})
    assert (same.status_code, len(same.content)) == (206, 10)
    assert (await api.http.get(path, headers={"If-None-Match": etag})).status_code == 304


async def test_head_says_the_length_without_the_bytes(api: Api, showing: Showing) -> None:
    answer = await api.http.head(await playable(api, showing))
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (200, b"", "25600")


@pytest.mark.parametrize(
    ("found", "served"),
    [("video/quicktime", "video/mp4"), ("video/webm", "video/webm"), ("audio/mpeg", "audio/mpeg")],
)
async def test_the_type_is_one_that_browsers_play(
    api: Api, showing: Showing, found: str, served: str
) -> None:
    path = await playable(api, showing, original_type=found)
    assert (await api.http.get(path)).headers["Content-Type"] == served


@pytest.mark.parametrize(
    "found", ["text/html", "image/svg+xml", "application/javascript", "", "video/x-msvideo"]
)
async def test_nothing_that_could_run_is_served_whatever_a_row_says(
    api: Api, showing: Showing, found: str
) -> None:
    path = await playable(api, showing, original_type=found)
    assert (await api.http.get(path)).status_code == 404


async def test_what_is_not_found_to_play_is_not_served_whatever_the_uploader_called_it(api: Api) -> None:
    answer = await api.http.post(
        "/v1/videos",
        params={"filename": "a.mp4"},
        content=b"<script>alert(1)</script>",
        headers={"Content-Type": "video/mp4"},
    )
    assert (await api.http.get(f"/media/{answer.json()['id']}/original")).status_code == 404


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (VideoStatus.PROCESSING, 200),
        (VideoStatus.READY, 200),
        (VideoStatus.FAILED, 200),
        (VideoStatus.CANCELLED, 404),
        (VideoStatus.UPLOADING, 404),
    ],
)
async def test_a_video_that_failed_still_plays_as_it_is_but_a_cancelled_one_does_not(
    api: Api, showing: Showing, status: str, expected: int
) -> None:
    path = await playable(api, showing)
    showing.status = status
    assert (await api.http.get(path)).status_code == expected
    shown = (await api.http.get(path.replace("/media/", "/v1/videos/").removesuffix("/original"))).json()
    assert (shown["playable"], shown["playback"]["original"]) == (
        (True, path) if expected == 200 else (False, None)
    )


async def test_a_deleted_video_is_not_served(api: Api, showing: Showing) -> None:
    path = await playable(api, showing)
    await api.http.delete(path.replace("/media/", "/v1/videos/").removesuffix("/original"))
    assert (await api.http.get(path)).status_code == 404
