"""The page that other sites show in a frame, and which of them may."""

import pytest

from pipeline.api_settings import ApiSettings
from pipeline.services import Services
from tests.unit.upload_api.conftest import Api


async def test_any_site_may_frame_it_and_no_other_page(api: Api) -> None:
    video_id = await api.upload()
    framed = await api.http.get(f"/embed/{video_id}")
    assert "frame-ancestors *;" in framed.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed.headers
    page = await api.http.get(f"/videos/{video_id}")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("sites", "expected"),
    [
        (["https://blog.example.com", "https://a.example"], "https://blog.example.com https://a.example"),
        ([], "'none'"),
    ],
)
async def test_the_sites_that_may_frame_it_can_be_named(api: Api, sites: list[str], expected: str) -> None:
    services: Services = api.app.state.services
    services.settings.api = ApiSettings.model_validate({"embed_on": sites})
    policy = (await api.http.get("/embed/none")).headers["Content-Security-Policy"]
    assert f"frame-ancestors {expected};" in policy


@pytest.mark.parametrize(
    "site", ["https://a.example; script-src *", "a.example", "https://a.example/x", "'self'"]
)
def test_what_is_no_site_is_not_taken_for_one(site: str) -> None:
    with pytest.raises(ValueError, match="origin"):
        ApiSettings.model_validate({"embed_on": [site]})


async def test_it_runs_our_scripts_only(api: Api) -> None:
    policy = (await api.http.get(f"/embed/{await api.upload()}")).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src" not in policy


async def test_a_title_is_never_taken_as_markup(api: Api) -> None:
    video_id = await api.upload(title="<b>$id</b>")
    text = (await api.http.get(f"/embed/{video_id}")).text
    assert "&lt;b&gt;$id&lt;/b&gt;" in text
    assert "<b>" not in text


async def test_a_video_that_is_not_there_is_said_to_be_so_in_the_frame(api: Api) -> None:
    answer = await api.http.get("/embed/none")
    assert answer.status_code == 404
    assert "There is no such video" in answer.text
    assert "X-Frame-Options" not in answer.headers
