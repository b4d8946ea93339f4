"""/v1/uploads as tus clients see it. Each MUST of tus 1.0.0 has a test here or in test_protocol.py."""

import pytest

from tests.unit.upload_api.conftest import PART
from tests.unit.upload_api.tus.conftest import Tus


def content(size: int) -> bytes:
    return bytes(index % 251 for index in range(size))


@pytest.mark.parametrize("size", [1, PART - 1, PART, PART + 1, 3 * PART, 7 * PART + 13])
@pytest.mark.parametrize("step", [1, 333, PART, PART + 7, 100_000])
async def test_what_comes_in_any_pieces_is_stored_byte_for_byte(tus: Tus, size: int, step: int) -> None:
    if size // step > 40:
        step = size // 40
    url, whole = await tus.begin(size), content(size)
    for start in range(0, size, step):
        answer = await tus.patch(url, start, whole[start : start + step])
        assert answer.status_code == 204, answer.text
        assert answer.headers["Upload-Offset"] == str(min(start + step, size))
    assert await tus.stored(url) == whole
    assert not tus.api.store.uploads
