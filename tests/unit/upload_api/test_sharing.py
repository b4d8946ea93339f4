"""What programs that show links read in the head of a video's pages."""

from typing import Any

import pytest

from pipeline.video import Video
from tests.unit.upload_api.conftest import Api
from upload_api.sharing import head_of

BASE = "https://videos.example.com"


def video(**more: Any) -> Video:
    return Video(id="8b0c", filename="a.mp4", source="8b0c/source", **more)


def test_a_link_is_shown_with_title_picture_and_player() -> None:
    head = head_of(video(title="A clip", playback={"posters": {"large.jpg": "8b0c/1/t/2/large.jpg"}}), BASE)
    assert '<meta property="og:title" content="A clip">' in head
    assert f'<meta property="og:url" content="{BASE}/videos/8b0c">' in head
    assert f'<meta property="og:image" content="{BASE}/media/8b0c/1/t/2/large.jpg">' in head
    assert f'<meta property="og:video" content="{BASE}/embed/8b0c">' in head


def test_a_video_without_a_poster_names_none() -> None:
    assert "og:image" not in head_of(video(), BASE)


def test_what_a_title_says_is_never_taken_as_markup() -> None:
    head = head_of(video(title='"><script>'), BASE)
    assert "<script>" not in head
    assert 'content="&quot;&gt;&lt;script&gt;"' in head


@pytest.mark.parametrize("page", ["videos", "embed"])
async def test_a_page_leads_to_its_oembed(api: Api, page: str) -> None:
    video_id = await api.upload()
    text = (await api.http.get(f"/{page}/{video_id}")).text
    address = text.partition('type="application/json+oembed" href="')[2].partition('"')[0]
    answer = await api.http.get(address.removeprefix("http://localhost"))
    assert f"/embed/{video_id}" in answer.json()["html"]
