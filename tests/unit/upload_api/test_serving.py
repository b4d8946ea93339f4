"""What no route needs to see."""

import pytest

from tests.unit.upload_api.conftest import Api


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/videos/a%00b", 404),
        ("/media/a%00b", 404),
        ("/videos/a%00b", 404),
        ("/v1/dead-letters?stage=a%00b", 400),
    ],
)
async def test_a_nul_character_never_gets_to_the_database(api: Api, path: str, status: int) -> None:
    answer = await api.http.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
