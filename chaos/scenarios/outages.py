"""The broker is away, then the database, then the store. Without the broker every upload is accepted, and
drained when it is back; without the others it is refused before its bytes, and what is under way waits."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from chaos.client import Upload
from chaos.outage import away
from chaos.refusal import Refusal, refusal
from chaos.report import Outcome
from chaos.run import Options, Run, a_run
from chaos.verdict import STUCK, Finding

UPLOADS, BROKER_SECONDS, OTHER_SECONDS = 200, 300.0, 120.0
_OTHERS_SHARE = OTHER_SECONDS / BROKER_SECONDS
_UNDER_WAY = 12
"""Uploads just accepted when database or store goes away."""
_DRAINED_WITHIN = 60.0
_PROBE_SECONDS = 2.0
_NOTICED_SECONDS = 1.0
"""Who comes in the moment in which a server goes away may find that it was there."""
_JOB_SECONDS = 0.1
_COUNTED_WITHIN = 10.0
"""Seconds: RabbitMQ counts the messages of its queues every five."""
_SWEEP_SECONDS = 10
"""Three times as often as a user's; the two seconds of other runs are a load beside the drain."""


async def outages(options: Options, drained_within: float = _DRAINED_WITHIN) -> Outcome:
    """`seconds` is the broker's; the others are away for two fifths of it."""
    seconds = options.seconds or BROKER_SECONDS
    settings = options.asked.settings | {"REELMILL_RELAY__SWEEP": f"PT{_SWEEP_SECONDS}S"}
    asked = replace(options.asked, job_seconds=_JOB_SECONDS, settings=settings)
    options = replace(options, asked=asked, quiet=max(options.quiet, _SWEEP_SECONDS * 1.5))
    failures: list[str] = []
    notes: list[str] = []
    async with a_run(options) as run:
        uploads = run.drawn(UPLOADS + 2 * _UNDER_WAY)
        during, first, second = _parts(uploads)
        drained = await _without_broker(run, during, seconds, notes, failures)
        if drained > drained_within:
            failures.append(f"It was not drained within {drained_within:.0f} s of the broker's return.")
        for server, under_way in (("database", first), ("store", second)):
            await _refused(run, server, under_way, seconds * _OTHERS_SHARE, notes, failures)
        outcome = await run.outcome(f"broker away {seconds:.0f} s, database and store two fifths", uploads)
        spent = sum(job.failures + job.crashes for job in outcome.seen.jobs)
        notes.append(f"attempts spent: {spent}")
        if spent:
            failures.append(f"Outages cost {spent} attempts.")
        outcome.notes += notes
        outcome.failures += failures
    return outcome


def _parts(uploads: list[Upload]) -> tuple[list[Upload], list[Upload], list[Upload]]:
    each = min(_UNDER_WAY, len(uploads) // 4)
    return uploads[: -2 * each], uploads[-2 * each : -each], uploads[-each:]


async def _without_broker(
    run: Run, uploads: list[Upload], seconds: float, notes: list[str], failures: list[str]
) -> float:
    """Seconds until they were drained."""
    async with away(run.installation, "broker"):
        began = time.monotonic()
        await run.client.spread(uploads, seconds * 0.9)
        await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
    back = time.monotonic()
    refused = [upload.key for upload in uploads if upload.answers != ["202"]]
    notes.append(f"without the broker: {len(uploads) - len(refused)} of {len(uploads)} accepted at once")
    if refused:
        failures.append(f"Without the broker {len(refused)} uploads were not accepted at once.")
    drained = await _drained(run, uploads, back)
    notes.append(f"drained {drained:.0f} s after its return")
    return drained


async def _drained(run: Run, uploads: list[Upload], since: float) -> float:
    """Seconds until the rows were read that told of nothing left to do, and the broker's counts told of no
    message soon afterwards."""
    drained: float | None = None
    while True:
        looked = None if await run.observer.open_steps() else await run.looked(uploads)
        took = (looked[1].read_at if looked else time.monotonic()) - since
        if looked is None or (stuck := _stuck(looked[0])) - looked[1].queued.keys():
            drained = None
        elif not stuck:
            return took if drained is None or took - drained > _COUNTED_WITHIN else drained
        elif drained is None:
            drained = took
        if took > run.options.patience:
            return float("inf")
        await asyncio.sleep(1)


def _stuck(findings: Sequence[Finding]) -> set[str]:
    return {finding.about for finding in findings if finding.kind == STUCK}


async def _refused(
    run: Run, server: str, uploads: list[Upload], seconds: float, notes: list[str], failures: list[str]
) -> None:
    """Some are just accepted when it goes away; whoever comes meanwhile is refused."""
    await run.client.spread(uploads, 0)
    async with away(run.installation, server):
        refusals = await _probed(run, seconds)
    clean = sum(each.is_clean for each in refusals)
    notes.append(f"without the {server}: {clean} of {len(refusals)} refused with 503 before their bytes")
    if clean < len(refusals) or not refusals:
        others = {each.status for each in refusals if not each.is_clean}
        failures.append(f"Without the {server} uploads were answered with {others or 'nothing'}.")


async def _probed(run: Run, seconds: float) -> list[Refusal]:
    deadline = time.monotonic() + seconds
    await asyncio.sleep(_NOTICED_SECONDS)
    refusals: list[Refusal] = []
    while time.monotonic() < deadline:
        refusals += [await refusal(url) for url in run.installation.api_urls]
        await asyncio.sleep(min(_PROBE_SECONDS, max(0.0, deadline - time.monotonic())))
    return refusals
