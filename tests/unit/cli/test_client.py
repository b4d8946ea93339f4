"""Where the command line finds the API."""

import json
from pathlib import Path

import httpx
import pytest

from cli.client import DEFAULT_URL, ApiProblem, Client, address, connect, credentials


def test_the_environment_comes_first_then_the_stack_of_this_folder_then_the_usual_place(
    tmp_path: Path,
) -> None:
    assert address({}, tmp_path) == DEFAULT_URL
    (tmp_path / "data").mkdir()
    stack = tmp_path / "data" / "stack.json"
    stack.write_text(json.dumps({"urls": {"api": "http://127.0.0.1:8123"}}))
    assert address({}, tmp_path) == "http://127.0.0.1:8123"
    assert address({"REELMILL_URL": "http://elsewhere"}, tmp_path) == "http://elsewhere"


def test_a_stack_that_is_kept_in_another_folder_is_found_there(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text(json.dumps({"urls": {"api": "http://127.0.0.1:8124"}}))
    assert address({}, Path("/nowhere"), tmp_path) == "http://127.0.0.1:8124"
    assert address({"REELMILL_URL": "http://elsewhere"}, Path("/nowhere"), tmp_path) == "http://elsewhere"


@pytest.mark.parametrize("content", ["", "{", "{}", "[]", '{"urls": {}}'])
def test_a_stack_file_that_cannot_be_read_is_passed_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "stack.json").write_text(content)
    assert address({}, tmp_path) == DEFAULT_URL


@pytest.mark.parametrize(
    ("url", "proxied"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000", False),
        ("http://[::1]:8000", False),
        ("http://videos.example.com", True),
    ],
)
def test_a_proxy_is_asked_for_other_machines_and_never_for_this_one(
    monkeypatch: pytest.MonkeyPatch, url: str, proxied: bool
) -> None:
    asked: list[str] = []

    def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        asked.append(type(transport._pool).__name__)
        return httpx.Response(200, json={})

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle_request)
    monkeypatch.setenv("REELMILL_URL", url)
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    connect().get("/v1/videos")
    assert asked == ["HTTPProxy" if proxied else "ConnectionPool"]


def test_a_server_that_is_not_reelmill_is_an_error_in_plain_words() -> None:
    proxy = httpx.MockTransport(lambda _: httpx.Response(404, text="<html>nginx</html>"))
    client = Client(httpx.Client(base_url="http://proxy", transport=proxy))
    with pytest.raises(ApiProblem) as caught:
        client.get("/v1/videos")
    assert (caught.value.code, caught.value.may_pass) == ("http_404", False)


def test_the_key_of_the_environment_is_sent_along() -> None:
    assert credentials({"REELMILL_API__KEY": "secret"}) == {"Authorization": "Bearer secret"}


def test_in_a_container_the_key_is_the_file_that_the_api_reads(tmp_path: Path) -> None:
    (tmp_path / "reelmill_api__key").write_text("kept\n")
    kept = {"REELMILL_SECRETS": str(tmp_path)}
    assert credentials(kept) == {"Authorization": "Bearer kept"}
    assert credentials(kept | {"REELMILL_API__KEY": "said"}) == {"Authorization": "Bearer said"}


def test_without_a_key_none_is_sent(tmp_path: Path) -> None:
    nowhere = {"REELMILL_SECRETS": str(tmp_path / "nowhere")}
    assert credentials(nowhere) == credentials(nowhere | {"REELMILL_API__KEY": ""}) == {}
