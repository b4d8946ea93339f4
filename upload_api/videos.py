"""/v1/videos: read one, a page of them, a timeline; rename, try again, restart, cancel, delete, restore."""

from collections.abc import Sequence, Set
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request, Response

from pipeline import outbox
from pipeline.deadletters import DeadLetterOffice
from pipeline.ledger import Sought
from pipeline.letters import Letters
from pipeline.ports import Message
from pipeline.services import Services
from pipeline.tracing import current_traceparent
from pipeline.video import VideoStatus
from upload_api.conditional import conditional_json
from upload_api.documentation import problems
from upload_api.fields import clean_title
from upload_api.rendering import still_changes, video_out
from upload_api.schemas import Renaming, Timeline, VideoOut, VideoPage
from upload_api.serving import Serving
from upload_api.story import timeline_of

log = structlog.get_logger()
router = APIRouter(prefix="/v1/videos", tags=["videos"])

_LONGEST_SEARCH = 200
"""Characters: nobody types more, and each word is another look at every row."""

Words = Annotated[
    str,
    Query(
        max_length=_LONGEST_SEARCH,
        description="Only videos with each of these words somewhere in title or file name, in whatever case.",
    ),
]
Statuses = Annotated[
    list[VideoStatus], Query(description="Only videos in this status; repeat it for any of several.")
]


@router.get("", summary="List videos, newest first", responses=problems(400, 422, 503))
async def list_videos(
    services: Serving,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=300, description="`next` of the page before.")] = None,
    q: Words = "",
    status: Statuses = [],  # noqa: B006  FastAPI copies it
) -> VideoPage:
    """With `q` or `status` only some of them; repeat both beside `cursor`."""
    page = await services.ledger.page(limit, cursor, Sought(q, frozenset(status)))
    return VideoPage(items=[video_out(video, steps) for video, steps in page.items], next=page.next)


@router.get(
    "/{video_id}",
    summary="Status of a video",
    response_model=VideoOut,
    responses={304: {"description": "Not changed"}, **problems(404, 503)},
)
async def get_video(request: Request, services: Serving, video_id: str) -> Response:
    """Ask again after `Retry-After` seconds while there is that header, with `If-None-Match`."""
    found = await services.ledger.video(video_id)
    again = {"Retry-After": "1"} if still_changes(*found) else {}
    return conditional_json(request, video_out(*found), again)


@router.patch("/{video_id}", summary="Rename a video", responses=problems(404, 422, 503))
async def rename_video(services: Serving, video_id: str, change: Renaming) -> VideoOut:
    """A title of null, or of spaces, is none: the file's name is shown then."""
    await services.ledger.rename(video_id, clean_title(change.title))
    return await _shown(services, video_id)


@router.get("/{video_id}/events", summary="Timeline of a video", responses=problems(404, 422, 503))
async def get_timeline(
    services: Serving,
    video_id: str,
    chunks: Annotated[bool, Query(description="False: events of single chunks are only counted.")] = True,
) -> Timeline:
    """Every event, retry and dead letter of the video, oldest first."""
    return await timeline_of(services.ledger, video_id, chunks=chunks)


@router.post(
    "/{video_id}/retry",
    status_code=202,
    summary="Try a failed video again",
    responses=problems(404, 409, 503),
)
async def retry_video(services: Serving, video_id: str) -> VideoOut:
    """Replays what failed; what was done stays done."""
    messages = await services.ledger.retry(video_id)
    await _sent(services, messages, {message.stage for message in messages if message.stage})
    return await _shown(services, video_id)


@router.post(
    "/{video_id}/restart",
    status_code=202,
    summary="Make a video from its source once more",
    responses=problems(404, 409, 503),
)
async def restart_video(services: Serving, video_id: str) -> VideoOut:
    """Everything anew, with the settings of now: another ladder, say, or what the store has lost. What was
    made before can be watched until its successor is there. Work that is under way ends, dead letters are
    dropped, and the notice is sent again."""
    letters = await services.ledger.dead(Letters(video_id=video_id))
    messages = await services.ledger.restart(video_id, current_traceparent())
    await _sent(services, messages, {letter.stage for letter in letters})
    return await _shown(services, video_id)


@router.post(
    "/{video_id}/cancel", status_code=202, summary="Cancel a video", responses=problems(404, 409, 503)
)
async def cancel_video(services: Serving, video_id: str) -> VideoOut:
    """Work on it stops within seconds. Harmless for a video that is cancelled already."""
    await services.ledger.cancel(video_id)
    return await _shown(services, video_id)


@router.delete("/{video_id}", status_code=204, summary="Delete a video", responses=problems(404, 503))
async def delete_video(services: Serving, video_id: str) -> None:
    """It is gone at once for everybody who asks. For a minute, or what the server is set to, it can be
    restored; its files are removed soon after that."""
    await services.ledger.delete(video_id)


@router.post("/{video_id}/restore", summary="Bring a deleted video back", responses=problems(404, 503))
async def restore_video(services: Serving, video_id: str) -> VideoOut:
    """As it was; work that was under way goes on. Harmless for a video that is not deleted; a 404 once its
    time is over, or if it was still being uploaded."""
    await outbox.publish(services.bus, services.ledger, await services.ledger.restore(video_id))
    return await _shown(services, video_id)


async def _sent(services: Services, messages: Sequence[Message], settled: Set[str]) -> None:
    """Publishes, and takes away what lies in the dead queues of those stages and is dead no more."""
    await outbox.publish(services.bus, services.ledger, messages)
    office = DeadLetterOffice(services.bus, services.ledger, services.stages)
    for stage in settled:
        await office.tidied(stage)


async def _shown(services: Services, video_id: str) -> VideoOut:
    return video_out(*await services.ledger.video(video_id))
