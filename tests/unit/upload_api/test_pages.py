"""The pages as the server sends them, which is all of them for a browser without scripts."""

import re

import pytest

from pipeline.errors import DatabaseAway
from pipeline.services import Services
from tests.unit.upload_api.conftest import Api
from tests.unit.upload_api.faults import Failing
from tests.unit.upload_api.test_videos import failed, made_ready
from upload_api.shelf import PAGE

_REFRESH = '<noscript><meta http-equiv="refresh"'


async def test_the_home_page_lists_the_newest_videos_with_state_length_and_poster(api: Api) -> None:
    video_id = await made_ready(api)
    page = await _page(api, "/")
    assert f'<a href="/videos/{video_id}">a.mp4</a>' in page
    assert re.search(r'<img src="/media/[^"]+large\.jpg" alt=""', page)
    assert '<span class="badge">0:01</span>' in page
    assert '<span class="chip is-ready">' in page


async def test_what_people_named_their_videos_is_no_markup(api: Api) -> None:
    title = "<script>alert(1)</script> $title \"'&"
    video_id = await api.upload(title=title)
    for path in ("/", f"/videos/{video_id}", f"/?q={title}"):
        page = await _page(api, path)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; $title &quot;&#x27;&amp;" in page


async def test_the_list_is_walked_by_links_that_keep_what_is_sought(api: Api) -> None:
    for number in range(PAGE + 1):
        await api.upload(title=f"part {number}")
    first = await _page(api, "/?q=part&status=processing")
    assert first.count('class="tile"') == PAGE + 1, "one is the blank one that scripts copy"
    (older,) = re.findall(r'rel="older" href="([^"]+)"', first)
    assert older.startswith("/?q=part&amp;status=processing&amp;cursor=")
    second = await _page(api, older.replace("&amp;", "&"))
    assert ">part 0</a>" in second
    assert 'rel="older"' not in second
    assert 'rel="newest" href="/?q=part&amp;status=processing#videos"' in second


@pytest.mark.parametrize("query", ["cursor=made-up", "status=lost", "status=", f"q={'x' * 500}&cursor="])
async def test_an_address_that_cannot_be_shows_what_can(api: Api, query: str) -> None:
    await api.upload(title="x" * 200)
    assert "x" * 200 in await _page(api, f"/?{query}")


async def test_nothing_yet_and_nothing_found_are_told_apart(api: Api) -> None:
    lists = [(await _page(api, path)).partition("<template")[0] for path in ("/", "/?q=a", "/?status=ready")]
    assert ["No videos yet" in shown for shown in lists] == [True, False, False]
    assert ["No video matches" in shown for shown in lists] == [False, True, True]


async def test_without_the_database_the_home_page_says_so_and_can_be_tried_again(api: Api) -> None:
    services: Services = api.app.state.services
    broken = Failing(api.chain.ledger, DatabaseAway, "page")
    api.app.state.services = Services(**(vars(services) | {"ledger": broken}))
    page = await _page(api, "/")
    assert "The database does not answer." in page
    assert "database_unavailable" in page


async def test_a_page_that_still_changes_asks_again_without_scripts_and_one_at_rest_does_not(
    api: Api,
) -> None:
    moving = await api.upload()
    assert _REFRESH in await _page(api, f"/videos/{moving}")
    assert _REFRESH not in await _page(api, f"/videos/{await made_ready(api)}")
    assert _REFRESH not in await _page(api, "/")


async def test_the_page_of_a_video_tells_its_state_its_steps_and_how_far_it_is(api: Api) -> None:
    page = await _page(api, f"/videos/{await api.upload()}")
    assert "This video is being prepared." in page
    assert re.findall(r'data-step="(\w+)" data-state="(\w+)"', page) == [
        (name, "waiting") for name in ("transcode", "thumbnail", "metadata", "notify")
    ]


async def test_the_page_of_a_failed_video_tells_why_with_code_and_trace(api: Api) -> None:
    video_id = await failed(api)
    trace = (await api.http.get(f"/v1/videos/{video_id}")).json()["trace_id"]
    page = await _page(api, f"/videos/{video_id}")
    for told in ("This is not a video.", "Upload a video.", "unplayable", trace, "Not started"):
        assert told in page


async def _page(api: Api, path: str) -> str:
    answer = await api.http.get(path)
    assert answer.status_code == 200
    return answer.text
