"""/docs and the OpenAPI behind it."""

import re
from typing import Any

from tests.unit.upload_api.conftest import Api


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
    assert len(operations) == 16
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
