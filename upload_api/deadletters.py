"""/v1/dead-letters: what no worker could do, why, and once more, or never again."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query

from pipeline.deadletters import DeadLetterOffice
from pipeline.letters import DeadLetter, Letters
from pipeline.services import Services
from upload_api.documentation import problems
from upload_api.errors import InvalidField
from upload_api.ops_schemas import (
    DeadLetterCount,
    DeadLetterList,
    DeadLettersHandled,
    DeadLettersMeant,
    DeadLetterWhole,
    Replayed,
)
from upload_api.rendering import dead_letter_out
from upload_api.serving import Serving

router = APIRouter(prefix="/v1/dead-letters", tags=["dead letters"])


@router.get("", summary="List dead letters, oldest first", responses=problems(503))
async def list_dead_letters(
    services: Serving,
    stage: Annotated[str | None, Query(description="Only those of this stage.")] = None,
    video: Annotated[str | None, Query(description="Only those of the video with this id.")] = None,
    reason: Annotated[str | None, Query(description="Only those given up for this reason.")] = None,
    code: Annotated[str | None, Query(description="Only those with this error.")] = None,
) -> DeadLetterList:
    """Those that were neither replayed nor dropped yet."""
    letters = await services.ledger.dead(Letters(stage=stage, video_id=video, reason=reason, code=code))
    return DeadLetterList(items=[dead_letter_out(each) for each in letters])


@router.get("/{stage}/{event_id}", summary="A dead letter with its body", responses=problems(404, 503))
async def get_dead_letter(services: Serving, stage: str, event_id: str) -> DeadLetterWhole:
    letter = await services.ledger.letter(stage, event_id)
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
    return Replayed(replayed=await _office(services).replay(stage, event_id))


@router.post("/replay", status_code=202, summary="Replay many dead letters", responses=problems(422, 503))
async def replay_dead_letters(services: Serving, meant: DeadLettersMeant) -> DeadLettersHandled:
    """Sends each event to its stage once more. Those that die again meanwhile are left. After a 503 a part
    may be replayed: ask again for the others."""
    which = _which(meant)
    done = await (services.ledger.dead(which) if meant.dry_run else _office(services).replay_all(which))
    return _handled(done, meant)


@router.post("/drop", summary="Drop dead letters", responses=problems(422, 503))
async def drop_dead_letters(services: Serving, meant: DeadLettersMeant) -> DeadLettersHandled:
    """Forgets letters that nobody wants. They cannot be replayed after that, and a video that failed with one
    stays failed; its timeline tells. After a 503 a part may be dropped."""
    which = _which(meant)
    done = await (services.ledger.dead(which) if meant.dry_run else _office(services).drop_all(which))
    return _handled(done, meant)


def _office(services: Services) -> DeadLetterOffice:
    return DeadLetterOffice(services.bus, services.ledger, services.stages)


def _which(meant: DeadLettersMeant) -> Letters:
    """Raises InvalidField."""
    which = Letters(
        stage=meant.stage, video_id=meant.video, reason=meant.reason, code=meant.code, event_id=meant.event
    )
    if which == Letters() and not meant.all:
        raise InvalidField("Name a stage, reason, code, video or event; or say that all are meant.")
    return which


def _handled(letters: Sequence[DeadLetter], meant: DeadLettersMeant) -> DeadLettersHandled:
    counts = Counter((letter.stage, letter.reason, letter.code) for letter in letters)
    items = [
        DeadLetterCount(stage=stage, reason=reason, code=code, count=count)
        for (stage, reason, code), count in sorted(counts.items())
    ]
    return DeadLettersHandled(dry_run=meant.dry_run, count=len(letters), items=items)


def _readable(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
