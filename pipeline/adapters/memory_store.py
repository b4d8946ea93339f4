"""The object store in memory: for tests, and for writing a stage without any server."""

from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import md5
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from uuid import NAMESPACE_URL, uuid4, uuid5

from pipeline.errors import ObjectMissing, StoreAway, UploadForgotten
from pipeline.ports import Bytes, ObjectInfo

_BLOCK = 64 * 1024


class MemoryStore:
    """See ports.Store. Set `away` and every method raises StoreAway. Of an upload the id is enough."""

    def __init__(self) -> None:
        self.away = False
        self.uploads: dict[str, MemoryUpload] = {}
        """Multipart uploads under way, by id."""
        self._objects: dict[str, tuple[bytes, ObjectInfo]] = {}
        self._files = ExitStack()

    def close(self) -> None:
        """Removes the files that `locate` made."""
        self._files.close()
        self.__dict__.pop("_folder", None)

    async def ready(self) -> bool:
        return not self.away

    async def clock(self) -> datetime:
        self.answer()
        return datetime.now(UTC)

    async def prepare(self) -> None:
        self.answer()

    async def start_upload(self, key: str, content_type: str) -> "MemoryUpload":
        self.answer()
        upload = MemoryUpload(self, key, content_type)
        self.uploads[upload.upload_id] = upload
        return upload

    async def abort_upload(self, key: str, upload_id: str) -> None:  # noqa: ARG002
        self.answer()
        self.uploads.pop(upload_id, None)

    async def put_part(self, key: str, upload_id: str, number: int, data: Bytes) -> str:  # noqa: ARG002
        self.answer()
        return self._upload(upload_id).put(number, bytes(data))

    async def complete_upload(self, key: str, upload_id: str, etags: Sequence[str]) -> None:  # noqa: ARG002
        self.answer()
        await self._upload(upload_id).complete_as(etags)

    async def put(self, key: str, data: Bytes | Path, content_type: str) -> None:
        self.answer()
        content = _content(data)
        info = ObjectInfo(key, len(content), _etag(content), content_type, datetime.now(UTC))
        self._objects[key] = content, info

    async def stat(self, key: str) -> ObjectInfo:
        return self._found(key)[1]

    async def read(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        content, _ = self._found(key)
        end = len(content) if length is None else min(start + length, len(content))
        for position in range(start, end, _BLOCK):
            self.answer()
            yield content[position : min(position + _BLOCK, end)]

    async def list(self, prefix: str) -> Sequence[ObjectInfo]:
        self.answer()
        found = [self._objects[key][1] for key in sorted(self._objects) if key.startswith(prefix)]
        return [replace(info, content_type=None) for info in found]  # S3 lists no content types

    async def delete(self, keys: Sequence[str]) -> None:
        self.answer()
        for key in keys:
            self._objects.pop(key, None)

    def address_of_part(self, key: str, upload_id: str, number: int) -> str:
        """Nobody listens there: `put_part` is what a PUT to it would do."""
        self.answer()
        return f"memory:///{key}?uploadId={upload_id}&partNumber={number}"

    def locate(self, key: str) -> str:
        self.answer()
        path = Path(self._folder, f"{uuid5(NAMESPACE_URL, key)}{PurePosixPath(key).suffix}")
        with suppress(ObjectMissing):  # as with a real store, whoever opens it finds that it is not there
            path.write_bytes(self._found(key)[0])
        return str(path)

    @cached_property
    def _folder(self) -> str:
        return self._files.enter_context(TemporaryDirectory(prefix="reelmill-store-"))

    def _upload(self, upload_id: str) -> "MemoryUpload":
        if upload_id not in self.uploads:
            raise UploadForgotten
        return self.uploads[upload_id]

    def answer(self) -> None:
        if self.away:
            raise StoreAway

    def _found(self, key: str) -> tuple[bytes, ObjectInfo]:
        self.answer()
        if key not in self._objects:
            raise ObjectMissing
        return self._objects[key]


class MemoryUpload:
    """See ports.MultipartUpload."""

    def __init__(self, store: MemoryStore, key: str, content_type: str) -> None:
        self.upload_id = str(uuid4())
        self._store = store
        self._key = key
        self._content_type = content_type
        self._parts: dict[int, bytes] = {}

    async def add(self, data: Bytes) -> None:
        self._under_way()
        self.put(len(self._parts) + 1, bytes(data))

    def put(self, number: int, data: bytes) -> str:
        self._parts[number] = data
        return _etag(data)

    async def complete(self) -> None:
        self._under_way()
        await self.complete_as([_etag(part) for part in self._parts.values()])

    async def complete_as(self, etags: Sequence[str]) -> None:
        parts = [self._parts.get(number, b"") for number in range(1, len(etags) + 1)]
        if [_etag(part) for part in parts] != [*etags]:
            raise UploadForgotten
        await self._store.put(self._key, b"".join(parts), self._content_type)
        del self._store.uploads[self.upload_id]

    async def abort(self) -> None:
        await self._store.abort_upload(self._key, self.upload_id)

    def _under_way(self) -> None:
        self._store.answer()
        if self.upload_id not in self._store.uploads:
            raise UploadForgotten


def _content(data: Bytes | Path) -> bytes:
    return data.read_bytes() if isinstance(data, Path) else bytes(data)


def _etag(data: bytes) -> str:
    return md5(data, usedforsecurity=False).hexdigest()
