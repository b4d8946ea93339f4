"""What every answer carries."""

import pytest

from tests.unit.upload_api.conftest import Api


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/videos", "/nothing", "/docs", "/openapi.json"])
async def test_every_answer_keeps_browsers_from_guessing_and_framing(api: Api, path: str) -> None:
    headers = (await api.http.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/videos/none"])
async def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(api: Api, path: str) -> None:
    policy = (await api.http.get(path)).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "media-src 'self' blob:" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy.replace("style-src-elem 'self' 'unsafe-inline'", "")


async def test_only_a_page_with_a_player_takes_style_elements_and_no_style_attribute(api: Api) -> None:
    video_id = await api.upload()
    for path in ("/", f"/videos/{video_id}"):
        policy = (await api.http.get(path)).headers["Content-Security-Policy"].split("; ")
        assert "style-src-elem 'self' 'unsafe-inline'" in policy
        assert "style-src 'self'" in policy
    assert "unsafe" not in (await api.http.get("/videos/none")).headers["Content-Security-Policy"]


async def test_only_the_docs_may_style_inline_and_not_even_they_may_script_inline(api: Api) -> None:
    policy = (await api.http.get("/docs")).headers["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src" not in policy


async def test_a_request_without_a_trace_starts_one(api: Api) -> None:
    traces = {(await api.http.get("/healthz")).headers["traceparent"].split("-")[1] for _ in range(2)}
    assert len(traces) == 2


@pytest.mark.parametrize("sent", ["", "nonsense", "00-0-0-00", "ff-" + "0" * 32 + "-" + "0" * 16 + "-01"])
async def test_a_trace_that_cannot_be_read_is_replaced(api: Api, sent: str) -> None:
    answer = await api.http.get("/healthz", headers={"traceparent": sent})
    assert len(answer.headers["traceparent"].split("-")[1].strip("0")) > 0
