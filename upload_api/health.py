"""/healthz: the process runs. /readyz: it can do its work; without a broker it can too, only later."""

import asyncio
from collections.abc import Awaitable

from fastapi import APIRouter, Response

from pipeline.errors import ReelmillError
from upload_api.schemas import Health, Readiness
from upload_api.serving import Serving

router = APIRouter(tags=["health"])

_PATIENCE = 2.0
"""Seconds a part may take to answer."""


@router.get("/healthz", summary="The process runs")
async def get_health() -> Health:
    return Health()


@router.get(
    "/readyz",
    summary="What works: database, store, broker",
    responses={503: {"model": Readiness, "description": "Without the database or the store nothing works"}},
)
async def get_readiness(services: Serving, response: Response) -> Readiness:
    """`degraded` while the broker is away: uploads are accepted and processed when it returns."""
    database, store, broker = await asyncio.gather(
        _answers(services.ledger.ready()), _answers(services.store.ready()), _answers(services.bus.ready())
    )
    response.headers["Cache-Control"] = "no-store"
    if not (database and store):
        response.status_code = 503
    return Readiness.model_validate(
        {
            "status": _status(works=database and store, broker=broker),
            "parts": {"database": _word(database), "store": _word(store), "broker": _word(broker)},
        }
    )


async def _answers(ready: Awaitable[bool]) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await ready
    except (ReelmillError, TimeoutError):
        return False


def _status(*, works: bool, broker: bool) -> str:
    if not works:
        return "unavailable"
    return "ready" if broker else "degraded"


def _word(ready: bool) -> str:
    return "ready" if ready else "away"
