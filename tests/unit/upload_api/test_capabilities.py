"""Addresses that open by themselves are told to nobody else."""

import pytest
import structlog

from tests.unit.upload_api.conftest import Api
from upload_api.capabilities import for_the_log


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/v1/uploads/an-id", "/v1/uploads/..."),
        ("/v1/uploads/links/a-secret", "/v1/uploads/links/..."),
        ("/v1/uploads", "/v1/uploads"),
        ("/v1/videos/an-id", "/v1/videos/an-id"),
    ],
)
def test_what_would_let_a_reader_of_the_log_upload_is_not_in_it(path: str, logged: str) -> None:
    assert for_the_log(path) == logged


async def test_a_request_that_fails_is_logged_without_the_secret_of_its_link(api: Api) -> None:
    link = (await api.http.post("/v1/upload-links", json={})).json()["url"]
    secret = link.rpartition("/")[2]
    api.store.away = True
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": "5000",
        "Content-Type": "application/offset+octet-stream",
    }
    with structlog.testing.capture_logs() as logged:
        answer = await api.http.post(link, headers=headers, content=b"x" * 5000)
    assert answer.status_code == 503
    assert [line["path"] for line in logged if line["event"] == "request_failed"] == ["/v1/uploads/links/..."]
    assert secret not in str(logged)
