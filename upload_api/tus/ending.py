"""DELETE: an upload is given up by its client, and nothing of it stays."""

import structlog

from pipeline.errors import IllegalTransition, ReelmillError
from pipeline.services import Services
from pipeline.uploading import Resumable
from upload_api.tus.hold import held
from upload_api.tus.incoming import Stop

log = structlog.get_logger()


async def end(services: Services, upload_id: str) -> None:
    """Raises UploadMissing, UploadOver, UploadHeld, or IllegalTransition once it is accepted."""
    async with held(services.ledger, upload_id, Stop()) as upload:
        if upload.accepted:
            raise IllegalTransition("All of it has arrived; delete the video instead.")
        ended = await services.ledger.end(upload_id)
    try:
        await _clear_away(services, ended)
    except ReelmillError as error:
        log.warning("upload_left_to_the_sweep", video_id=ended.video_id, code=error.code)


async def _clear_away(services: Services, upload: Resumable) -> None:
    if upload.multipart is not None:
        await services.store.abort_upload(upload.source, upload.multipart)
    left = await services.store.list(f"{upload.video_id}/")
    await services.store.delete([info.key for info in left])
    await services.ledger.discard(upload.video_id)
