"""Whether the object store does what we ask of it, tried with a small object that is removed again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx

from pipeline.checkup.findings import Finding, ok, wrong
from pipeline.errors import ObjectMissing, ReelmillError
from pipeline.ports import Store
from pipeline.settings import StoreSettings

_CONTENT = b"0123456789"
_FOLDER = ".checkup"
"""No video has this id."""
_KEYS = "Check REELMILL_STORE__ACCESS_KEY and REELMILL_STORE__SECRET_KEY, and what they may do in the bucket."
_MISSING = "Restart the API or any worker: each makes the bucket when it starts."


class Unlike(Exception):
    """The store answered something else than what was put there."""


async def of_store(store: Store, settings: StoreSettings) -> AsyncIterator[Finding]:
    """Each trial on its own, the first that fails ends it: the others would say the same."""
    key = f"{_FOLDER}/{uuid4()}"
    trials: dict[str, tuple[str, Callable[[Store, str], Awaitable[None]]]] = {
        "store_write": ("takes an object", _write),
        "store_read": ("gives it back", _read),
        "store_ranges": ("gives a part of it", _range),
        "store_presign": ("gives it to ffmpeg by a signed address, with ranges", _presigned),
        "store_multipart": ("takes an object in parts", _multipart),
        "store_delete": ("removes it", _delete),
    }
    try:
        for code, (does, trial) in trials.items():
            why = await _failed(trial, store, key)
            if why is not None:
                said = f"The store at {settings.endpoint} does not do what it must ({does}): {why}"
                yield wrong("store", code, said, _next_step(why))
                return
        every = "writes, reads, ranges, signed addresses, parts, removes"
        yield ok("store", "store_works", f"The store does what we ask of it: {every}.")
    finally:
        with suppress(ReelmillError):
            await store.delete([key])


async def _failed(trial: Callable[[Store, str], Awaitable[None]], store: Store, key: str) -> str | None:
    try:
        await trial(store, key)
    except ReelmillError as error:
        return error.plain
    except Unlike as error:
        return str(error)
    return None


def _next_step(why: str) -> str:
    if "NoSuchBucket" in why:
        return _MISSING
    if "403" in why or "401" in why:
        return _KEYS
    return "Check that the store runs, that its address is right and its disk has room; then look in its log."


async def _write(store: Store, key: str) -> None:
    await store.put(key, _CONTENT, "text/plain")


async def _read(store: Store, key: str) -> None:
    _same(b"".join([block async for block in store.read(key)]), _CONTENT)


async def _range(store: Store, key: str) -> None:
    _same(b"".join([block async for block in store.read(key, 2, 3)]), _CONTENT[2:5])


async def _presigned(store: Store, key: str) -> None:
    address = store.locate(key)
    if not address.startswith("http"):
        return _same(await asyncio.to_thread(Path(address).read_bytes), _CONTENT)
    try:
        async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
            answer = await http.get(address, headers={"Range": "bytes=2-4"})
    except httpx.HTTPError as error:
        raise Unlike(f"its signed address cannot be read ({type(error).__name__}).") from error
    if answer.is_error:
        raise Unlike(f"it answered {answer.status_code} to its own signed address.")
    return _same(answer.content, _CONTENT[2:5])


async def _multipart(store: Store, key: str) -> None:
    upload = await store.start_upload(key, "text/plain")
    try:
        await upload.add(_CONTENT[:4])
        await upload.complete()
    except BaseException:
        with suppress(ReelmillError):
            await upload.abort()
        raise
    if (await store.stat(key)).size != 4:
        raise Unlike("an object that was made of parts has another size.")


async def _delete(store: Store, key: str) -> None:
    await store.delete([key])
    with suppress(ObjectMissing):
        await store.stat(key)
        raise Unlike("it is still there.")


def _same(got: bytes, expected: bytes) -> None:
    if got != expected:
        raise Unlike(f"it gave {len(got)} bytes that are not those of {len(expected)} that it should.")
