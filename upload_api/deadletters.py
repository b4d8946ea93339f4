"""/v1/dead-letters: what no worker could do, why, and once more."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query

from pipeline.deadletters import DeadLetterOffice
from pipeline.errors import DeadLetterMissing
from pipeline.ledger import DeadLetter
from upload_api.documentation import problems
from upload_api.rendering import dead_letter_out
from upload_api.schemas import DeadLetterList, DeadLetterWhole, Replayed
from upload_api.serving import Serving

router = APIRouter(prefix="/v1/dead-letters", tags=["dead letters"])


@router.get("", summary="List dead letters, oldest first", responses=problems(503))
async def list_dead_letters(
    services: Serving,
    stage: Annotated[str | None, Query(description="Only those of this stage.")] = None,
    video: Annotated[str | None, Query(description="Only those of the video with this id.")] = None,
) -> DeadLetterList:
    """Those that were not replayed yet."""
    letters = await services.ledger.dead(stage, video)
    return DeadLetterList(items=[dead_letter_out(each) for each in letters])


@router.get("/{stage}/{event_id}", summary="A dead letter with its body", responses=problems(404, 503))
async def get_dead_letter(services: Serving, stage: str, event_id: str) -> DeadLetterWhole:
    letter = _find(await services.ledger.dead(stage), event_id)
    return DeadLetterWhole(
        **dead_letter_out(letter).model_dump(), body=_readable(letter.body), headers=letter.headers
    )


@router.post(
    "/{stage}/{event_id}/replay",
    status_code=202,
    summary="Replay a dead letter",
    responses=problems(404, 503),
)
async def replay_dead_letter(services: Serving, stage: str, event_id: str) -> Replayed:
    """Sends the event to its stage once more. Replaying it again does nothing."""
    office = DeadLetterOffice(services.bus, services.ledger, services.stages)
    return Replayed(replayed=await office.replay(stage, event_id))


def _find(letters: Sequence[DeadLetter], event_id: str) -> DeadLetter:
    for letter in letters:
        if letter.event_id == event_id:
            return letter
    raise DeadLetterMissing


def _readable(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
