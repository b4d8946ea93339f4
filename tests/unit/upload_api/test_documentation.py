"""/docs and the OpenAPI behind it."""

import re
from typing import Any

from tests.unit.upload_api.conftest import Api

_PROMISED = {
    "upload_video": "POST /v1/videos",
    "list_videos": "GET /v1/videos",
    "get_video": "GET /v1/videos/{video_id}",
    "delete_video": "DELETE /v1/videos/{video_id}",
    "get_timeline": "GET /v1/videos/{video_id}/events",
    "retry_video": "POST /v1/videos/{video_id}/retry",
    "cancel_video": "POST /v1/videos/{video_id}/cancel",
    "create_upload_link": "POST /v1/upload-links",
    "begin_linked_upload": "POST /v1/uploads/links/{secret}",
    "create_direct_upload": "POST /v1/direct-uploads",
    "list_direct_parts": "GET /v1/direct-uploads/{video_id}/parts",
    "complete_direct_upload": "POST /v1/direct-uploads/{video_id}/complete",
    "abort_direct_upload": "DELETE /v1/direct-uploads/{video_id}",
    "list_dead_letters": "GET /v1/dead-letters",
    "get_dead_letter": "GET /v1/dead-letters/{stage}/{event_id}",
    "replay_dead_letters": "POST /v1/dead-letters/replay",
    "drop_dead_letters": "POST /v1/dead-letters/drop",
    "replay_dead_letter": "POST /v1/dead-letters/{stage}/{event_id}/replay",
    "get_live_master": "GET /v1/videos/{video_id}/live/master.m3u8",
    "get_live_playlist": "GET /v1/videos/{video_id}/live/{name}.m3u8",
    "get_original": "GET /media/{video_id}/original",
    "get_media": "GET /media/{path}",
    "get_health": "GET /healthz",
    "get_checkup": "GET /v1/checkup",
    "get_readiness": "GET /readyz",
}


async def openapi(api: Api) -> dict[str, Any]:
    described: dict[str, Any] = (await api.http.get("/openapi.json")).json()
    return described


async def test_the_docs_load_nothing_from_elsewhere(api: Api) -> None:
    page = (await api.http.get("/docs")).text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert loaded
    assert all(address.startswith(("/", "data:")) for address in loaded)
    assert (await api.http.get("/docs/start.js")).headers["Content-Type"].startswith("text/javascript")


async def test_both_bodies_of_an_upload_are_documented(api: Api) -> None:
    operation = (await openapi(api))["paths"]["/v1/videos"]["post"]
    assert operation["requestBody"]["content"].keys() == {"multipart/form-data", "application/octet-stream"}
    names = {parameter["name"] for parameter in operation["parameters"]}
    assert names == {"filename", "title", "notify_url", "Idempotency-Key"}


async def test_every_operation_has_a_summary_and_its_problems(api: Api) -> None:
    described = await openapi(api)
    operations = {
        f"{method} {path}": operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }
    assert len(operations) >= len(_PROMISED)
    for name, operation in operations.items():
        assert operation.get("summary"), name
        problem = operation["responses"].get("503", {}).get("content", {})
        assert name == "get /healthz" or problem, name


async def test_every_reference_leads_somewhere(api: Api) -> None:
    described = await openapi(api)
    names = set(re.findall(r"#/components/schemas/(\w+)", str(described)))
    assert names
    assert names <= described["components"]["schemas"].keys()


async def test_every_error_is_described_as_the_problem_that_it_is(api: Api) -> None:
    described = await openapi(api)
    assert not {"HTTPValidationError", "ValidationError"} & described["components"]["schemas"].keys()
    for path, methods in described["paths"].items():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                if status >= "400" and path != "/readyz":
                    assert list(answer["content"]) == ["application/problem+json"], (path, status)
            assert "500" in operation["responses"] or path in {"/healthz", "/readyz"}, path


async def test_operations_are_called_what_a_program_that_is_made_of_them_should_call(api: Api) -> None:
    """A name once given stays: generated clients call it."""
    described = await openapi(api)
    called = {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }
    assert len(called) == sum(len(methods) for methods in described["paths"].values())
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", name) for name in called)
    assert called.items() >= _PROMISED.items()


async def test_the_form_of_an_upload_has_a_name_and_its_file_is_binary(api: Api) -> None:
    described = await openapi(api)
    form = described["components"]["schemas"]["VideoUpload"]
    assert form["properties"]["file"] == {"type": "string", "format": "binary"}
    assert form["required"] == ["file"]


async def test_operations_say_which_of_them_need_the_key(api: Api) -> None:
    described = await openapi(api)
    assert set(described["components"]["securitySchemes"]) == {"bearer", "basic"}
    paths = described["paths"]
    assert paths["/v1/videos"]["post"]["security"] == [{"bearer": []}, {"basic": []}]
    assert "401" in paths["/v1/videos"]["post"]["responses"]
    for viewed in ("/v1/videos/{video_id}", "/media/{path}", "/healthz"):
        assert "security" not in paths[viewed]["get"], viewed
    assert "security" in paths["/v1/videos/{video_id}"]["delete"]
