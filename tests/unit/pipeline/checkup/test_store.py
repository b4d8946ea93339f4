"""Whether a store does what we ask of it: each thing that it might not do, played by the twin."""

from collections.abc import AsyncIterator, Sequence

import pytest

from pipeline.adapters.memory_store import MemoryStore, MemoryUpload
from pipeline.checkup.findings import Finding, Verdict
from pipeline.checkup.store import of_store
from pipeline.errors import StoreAway
from pipeline.settings import StoreSettings


async def found(store: MemoryStore) -> list[Finding]:
    return [finding async for finding in of_store(store, StoreSettings(endpoint="http://store"))]


class Refusing(MemoryStore):
    async def put(self, *_: object) -> None:
        raise StoreAway("It answered 403 SignatureDoesNotMatch.")


class WithoutBucket(MemoryStore):
    async def put(self, *_: object) -> None:
        raise StoreAway("It answered 404 NoSuchBucket.")


class Forgetful(MemoryStore):
    async def read(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        yield b"else"


class WithoutRanges(MemoryStore):
    async def read(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        async for block in super().read(key):
            yield block


class WithoutParts(MemoryStore):
    async def start_upload(self, key: str, content_type: str) -> MemoryUpload:
        raise StoreAway("It answered 501 NotImplemented.")


class Keeping(MemoryStore):
    async def delete(self, keys: Sequence[str]) -> None:
        self.answer()


async def test_a_store_that_does_it_all_has_nothing_to_mend_and_nothing_left_in_it() -> None:
    store = MemoryStore()
    assert [finding.verdict for finding in await found(store)] == [Verdict.OK]
    assert await store.list("") == []
    assert store.uploads == {}


@pytest.mark.parametrize(
    ("store", "code", "step"),
    [
        (Refusing(), "store_write", "REELMILL_STORE__SECRET_KEY"),
        (WithoutBucket(), "store_write", "makes the bucket"),
        (Forgetful(), "store_read", "its log"),
        (WithoutRanges(), "store_ranges", "its log"),
        (WithoutParts(), "store_multipart", "its log"),
        (Keeping(), "store_delete", "its log"),
    ],
)
async def test_what_it_does_not_do_is_wrong_and_says_where_to_look(
    store: MemoryStore, code: str, step: str
) -> None:
    (finding,) = await found(store)
    assert (finding.code, finding.verdict) == (code, Verdict.WRONG)
    assert step in finding.next
