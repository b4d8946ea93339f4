"""What a site is told that asks how to embed a video."""

import pytest

from pipeline.api_settings import ApiSettings
from pipeline.services import Services
from tests.unit.upload_api.conftest import Api
from upload_api.oembed import fitted

OURS = "http://localhost"


@pytest.mark.parametrize("page", ["videos", "embed"])
async def test_a_videos_page_is_shown_by_a_frame_of_the_player(api: Api, page: str) -> None:
    video_id = await api.upload(title='A "title" & more')
    answer = await api.http.get("/oembed", params={"url": f"{OURS}/{page}/{video_id}"})
    said = answer.json()
    assert (said["version"], said["type"], said["title"]) == ("1.0", "video", 'A "title" & more')
    assert (said["width"], said["height"]) == (640, 360)
    assert f'<iframe src="{OURS}/embed/{video_id}" width="640" height="360"' in said["html"]
    assert 'title="A &quot;title&quot; &amp; more"' in said["html"]


async def test_addresses_are_those_that_the_outside_knows(api: Api) -> None:
    services: Services = api.app.state.services
    services.settings.api = ApiSettings(public_url="https://videos.example.com/")
    video_id = await api.upload()
    answer = await api.http.get("/oembed", params={"url": f"https://videos.example.com/videos/{video_id}"})
    assert f'src="https://videos.example.com/embed/{video_id}"' in answer.json()["html"]


async def test_it_is_no_larger_than_was_asked_for(api: Api) -> None:
    video_id = await api.upload()
    asked = {"url": f"{OURS}/videos/{video_id}", "maxwidth": "320", "maxheight": "100"}
    said = (await api.http.get("/oembed", params=asked)).json()
    assert (said["width"], said["height"]) == (178, 100)


@pytest.mark.parametrize(
    ("size", "most", "expected"),
    [
        ((1920, 1080), (100_000, 100_000), (640, 360)),
        ((1080, 1920), (100_000, 400), (225, 400)),
        ((320, 240), (1000, 1000), (640, 480)),
        ((10_000, 1), (100, 100), (100, 1)),
    ],
)
def test_a_frame_has_the_shape_of_its_video(
    size: tuple[int, int], most: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert fitted(*size, *most) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/videos/{id}",
        "http://localhost/videos/{id}/more",
        "http://localhost/media/{id}",
        "http://localhost/videos/none",
        "javascript://localhost/videos/{id}",
        "{id}",
    ],
)
async def test_what_is_no_page_of_a_video_here_is_not_found(api: Api, url: str) -> None:
    video_id = await api.upload()
    answer = await api.http.get("/oembed", params={"url": url.format(id=video_id)})
    assert (answer.status_code, answer.json()["code"]) == (404, "video_not_found")


async def test_another_format_is_said_not_to_be_there(api: Api) -> None:
    asked = {"url": f"{OURS}/videos/{await api.upload()}", "format": "xml"}
    assert (await api.http.get("/oembed", params=asked)).status_code == 501
