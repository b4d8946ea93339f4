"""Takes in a file that went straight to the store, in the order that leaves nothing behind wherever it stops:
row, multipart upload, object, event. What nobody goes on with the sweep gives up."""

from collections.abc import Sequence

from pipeline.direct import DirectUpload
from pipeline.errors import DirectUploadMissing, ObjectMissing, ReelmillError, UploadForgotten, VideoMissing
from pipeline.ports import Message
from pipeline.services import Services
from pipeline.tracing import current_traceparent
from pipeline.uploading import NewUpload
from pipeline.video import VideoStatus
from upload_api.bodies import too_large
from upload_api.errors import PartsMissing, UploadDamaged
from upload_api.fields import new_upload
from upload_api.parts import part_size
from upload_api.schemas import NewDirectUpload


class DirectIntake:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._limits = services.settings.upload

    async def begin(self, wanted: NewDirectUpload) -> DirectUpload:
        """Raises UploadTooLarge or InvalidField."""
        if wanted.size > self._limits.max_bytes:
            raise too_large(self._limits.max_bytes)
        ledger, new = self._services.ledger, _described(wanted)
        part_bytes = part_size(self._limits, wanted.size)
        lifetime = self._limits.direct_for
        video_id = await ledger.reserve(new, size=wanted.size, part_bytes=part_bytes, lifetime=lifetime)
        video, _ = await ledger.video(video_id)
        content_type = video.content_type or "application/octet-stream"
        begun = await self._services.store.start_upload(video.source, content_type)
        try:
            return await ledger.open_direct(video_id, begun.upload_id)
        except ReelmillError:  # nobody else knows of it
            await begun.abort()
            raise

    async def complete(self, video_id: str, etags: Sequence[str]) -> Sequence[Message]:
        """Returns what is to be published: nothing when it was complete before. Raises DirectUploadMissing,
        PartsMissing, UploadDamaged, UploadForgotten."""
        try:
            upload = await self._services.ledger.direct(video_id)
        except DirectUploadMissing:
            await self._require_completed(video_id)
            return ()
        if len(etags) != upload.parts:
            raise PartsMissing(f"There are {upload.parts} parts, and {len(etags)} ETags were sent.")
        await self._assemble(upload, [etag.strip('"') for etag in etags])
        try:
            return await self._services.ledger.accept(video_id, upload.size, current_traceparent())
        except VideoMissing:
            await self._require_completed(video_id)  # by one who asked at the same time
            return ()

    async def give_up(self, video_id: str) -> None:
        """Raises DirectUploadMissing, also for one that is complete."""
        upload = await self._services.ledger.direct(video_id)
        await self._clear_away(upload)

    async def _clear_away(self, upload: DirectUpload) -> None:
        """First nobody can accept it any more; then its object is nobody's."""
        await self._services.ledger.end_direct(upload.video_id)
        store = self._services.store
        await store.abort_upload(upload.source, upload.multipart)
        await store.delete([upload.source])
        await self._services.ledger.discard(upload.video_id)

    async def _assemble(self, upload: DirectUpload, etags: Sequence[str]) -> None:
        try:
            await self._services.store.complete_upload(upload.source, upload.multipart, etags)
        except UploadForgotten:
            if await self._stored(upload) is None:  # else it was put together before, and nobody heard
                raise
        stored = await self._stored(upload)
        if stored != upload.size:
            await self._clear_away(upload)
            raise UploadDamaged(f"It holds {stored} of the {upload.size} bytes that were announced.")

    async def _stored(self, upload: DirectUpload) -> int | None:
        try:
            return (await self._services.store.stat(upload.source)).size
        except ObjectMissing:
            return None

    async def _require_completed(self, video_id: str) -> None:
        """Raises DirectUploadMissing."""
        try:
            video, _ = await self._services.ledger.video(video_id)
        except VideoMissing as error:
            raise DirectUploadMissing from error
        if video.status == VideoStatus.UPLOADING:
            raise DirectUploadMissing


def _described(wanted: NewDirectUpload) -> NewUpload:
    """Raises InvalidField."""
    said = wanted.model_dump(include={"filename", "title", "notify_url"}, exclude_none=True)
    return new_upload(
        said, content_type=wanted.content_type, declared_length=wanted.size, idempotency_key=None
    )
