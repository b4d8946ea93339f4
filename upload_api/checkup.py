"""GET /v1/checkup: what is wrong with the installation, as this process sees it, and how to mend it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter, Request, Response

from pipeline.checkup import Checkup, Finding, Verdict
from pipeline.services import Services
from pipeline.settings import Settings
from upload_api.documentation import problems
from upload_api.ops_schemas import CheckupOut, FindingOut
from upload_api.serving import Serving

router = APIRouter(prefix="/v1", tags=["health"])

Machine = Callable[[Settings], Awaitable[Sequence[Finding]]]
"""Looks at the machine that the API runs on, which is where its workers run too in many installations."""


@router.get("/checkup", summary="What is wrong, and how to mend it", responses=problems(503))
async def get_checkup(request: Request, response: Response, services: Serving) -> CheckupOut:
    """Takes seconds: it tries the store with a small object, and asks the broker for each queue. Whoever asks
    meanwhile gets the same answer. It changes nothing and tells no secret."""
    response.headers["Cache-Control"] = "no-store"
    state = request.app.state
    if state.checkup is None or state.checkup.done():
        state.checkup = asyncio.ensure_future(_looked_over(services, state.machine))
    found: list[Finding] = await asyncio.shield(state.checkup)
    counts = Counter(finding.verdict for finding in found)
    return CheckupOut(
        wrong=counts[Verdict.WRONG],
        notes=counts[Verdict.NOTE],
        findings=[FindingOut.model_validate(finding, from_attributes=True) for finding in found],
    )


async def _looked_over(services: Services, machine: Machine | None) -> list[Finding]:
    checkup = Checkup(services.bus, services.store, services.ledger, services.stages, services.settings)
    found = await checkup.run()
    return [*found, *(await machine(services.settings) if machine else [])]
