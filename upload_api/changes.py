"""GET /v1/changes: server-sent events about every video that changes, or about some."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from upload_api.documentation import problems
from upload_api.errors import StreamsTaken
from upload_api.fanout import Fanout
from upload_api.frames import OPENING, mark_of
from upload_api.mailbox import Mailbox

router = APIRouter(prefix="/v1/changes", tags=["videos"])

_HEARTBEAT = 15.0
"""Seconds of silence that no proxy takes for an end."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_FOLLOWED = 200
_STREAM = {"content": {"text/event-stream": {"schema": {"type": "string"}}}}


@router.get(
    "",
    summary="Follow videos as they change",
    response_class=StreamingResponse,
    responses={200: _STREAM, **problems(422, 503)},
)
async def follow_changes(
    request: Request,
    video: Annotated[list[str], Query(max_length=_FOLLOWED, description="Only these; may be repeated.")] = [],  # noqa: B006  FastAPI copies it
    resumed: Annotated[
        str | None, Header(alias="Last-Event-ID", description="Of the last event seen.")
    ] = None,
    last_event_id: Annotated[
        str | None, Query(description="The same, for a client that cannot set headers.")
    ] = None,
) -> StreamingResponse:
    """Events: `video` with what `GET /v1/videos/{id}` answers, whenever that is something new; `gone` with
    the `id` of one that was deleted; `reset` when too much was missed: read anew what you show; `beat` after
    15 s without any other. With `Last-Event-ID` first comes what changed since; without it the stream begins
    from now. An event may come twice, and of several versions in quick succession only the last."""
    fanout: Fanout = request.app.state.fanout
    if fanout.is_full():
        raise StreamsTaken
    cursor = resumed or last_event_id  # a browser that connects again sends both, and only the header is new
    since = mark_of(cursor, datetime.now(UTC)) if cursor else None
    box = Mailbox(video, since, lost=bool(cursor) and since is None)
    return StreamingResponse(_stream(fanout, box), 200, _HEADERS, "text/event-stream")


async def _stream(fanout: Fanout, box: Mailbox) -> AsyncIterator[bytes]:
    with fanout.listening(box):
        yield OPENING
        while news := await box.next(_HEARTBEAT):
            yield news
