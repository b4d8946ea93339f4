"""/v1/videos/{id}/live/...: the playlists of a video that grows."""

import pytest

from pipeline.playlists import read_media, uris
from pipeline.video import VideoStatus
from tests.growing import LEAD, Growing
from tests.showing import Showing
from tests.unit.upload_api.conftest import Api


async def growing(api: Api, showing: Showing, segments: int) -> str:
    """The folder of its playlists."""
    video_id = await api.upload()
    video = Growing(f"{video_id}/1/transcode/2/", 3, (188, 187, 188))
    showing.playback = {"live": True}
    showing.grown = lambda: video.with_segments(segments)
    return f"/v1/videos/{video_id}/live"


async def test_the_status_says_where_the_playlist_is_while_the_video_is_made(
    api: Api, showing: Showing
) -> None:
    folder = await growing(api, showing, 1)
    video = (await api.http.get(folder.removesuffix("/live"))).json()
    assert (video["status"], video["playable"]) == ("processing", True)
    assert video["playback"]["live"] == f"{folder}/master.m3u8"
    assert (video["playback"]["hls"], video["playback"]["original"]) == (None, None)


async def test_the_master_names_the_lead_and_the_sound_beside_it(api: Api, showing: Showing) -> None:
    answer = await api.http.get(f"{await growing(api, showing, 1)}/master.m3u8")
    assert answer.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert set(uris(answer.text)) == {f"{LEAD}.m3u8", "audio.m3u8"}


async def test_a_playlist_grows_from_its_head_and_is_kept_by_nobody(api: Api, showing: Showing) -> None:
    folder = await growing(api, showing, 2)
    answer = await api.http.get(f"{folder}/{LEAD}.m3u8")
    playlist = read_media(answer.text)
    assert (playlist.ended, playlist.seconds) == (False, (4.0, 4.0))
    root = f"/media/{folder.split('/')[3]}/1/transcode/2/{LEAD}"
    assert playlist.init == f"{root}/init.mp4"
    assert playlist.segments == (f"{root}/00000.m4s", f"{root}/00001.m4s")
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in answer.text
    assert "#EXT-X-START:TIME-OFFSET=0" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", [LEAD, "audio"])
async def test_a_playlist_that_is_whole_says_so_and_is_not_sent_twice(
    api: Api, showing: Showing, name: str
) -> None:
    path = f"{await growing(api, showing, 3)}/{name}.m3u8"
    answer = await api.http.get(path)
    assert answer.text.endswith("#EXT-X-ENDLIST\n")
    assert len(read_media(answer.text).segments) == 3
    assert answer.headers["Cache-Control"] == "private, no-cache"
    etag = answer.headers["ETag"]
    assert (await api.http.get(path, headers={"If-None-Match": etag})).status_code == 304


@pytest.mark.parametrize("name", ["master", LEAD])
async def test_head_says_the_same_without_the_text(api: Api, showing: Showing, name: str) -> None:
    path = f"{await growing(api, showing, 1)}/{name}.m3u8"
    head, got = await api.http.head(path), await api.http.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == got.headers["ETag"]


async def test_what_has_no_segment_yet_is_not_there(api: Api, showing: Showing) -> None:
    folder = await growing(api, showing, 0)
    for name in ("master", LEAD, "1080p", "..%2fa"):
        assert (await api.http.get(f"{folder}/{name}.m3u8")).status_code == 404


@pytest.mark.parametrize("status", [VideoStatus.FAILED, VideoStatus.CANCELLED])
async def test_a_playlist_that_would_never_end_is_not_served(api: Api, showing: Showing, status: str) -> None:
    folder = await growing(api, showing, 2)
    showing.status = status
    assert (await api.http.get(f"{folder}/master.m3u8")).status_code == 404
    assert (await api.http.get(folder.removesuffix("/live"))).json()["playable"] is False


async def test_a_video_that_was_never_planned_has_none(api: Api, showing: Showing) -> None:
    folder = await growing(api, showing, 2)
    showing.grown = lambda: None
    assert (await api.http.get(f"{folder}/master.m3u8")).status_code == 404
