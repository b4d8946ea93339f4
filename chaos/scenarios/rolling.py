"""Every process is told to stop and started again, one after the other, with jobs in flight: nothing is lost,
each of ours ends with 0, no job costs more than one attempt."""

import asyncio
import signal
from dataclasses import replace

from chaos.kept import Kept
from chaos.report import Outcome
from chaos.run import Options, Run, a_run

IN_FLIGHT = 20
_JOB_SECONDS = 3.0
_ENDS_WITHIN = 30.0
_PAUSE_SECONDS = 2.0
_MOST_EXTRA = 1


async def rolling(options: Options, pause: float = _PAUSE_SECONDS) -> Outcome:
    """`seconds` is what each job of a stand-in takes, `pause` what lies between one process and the next."""
    job_seconds = options.seconds or _JOB_SECONDS
    async with a_run(replace(options, asked=replace(options.asked, job_seconds=job_seconds))) as run:
        uploads = run.drawn(IN_FLIGHT)
        await run.client.spread(uploads, 0)
        failures = [why for name in _order(run) if (why := await _restarted(run, name, pause))]
        outcome = await run.outcome(f"{len(uploads)} in flight, every process restarted", uploads)
        outcome.failures += failures
        most = max((job.failures + job.crashes for job in outcome.seen.jobs), default=0)
        outcome.notes.append(f"at most {most} extra attempts of one job")
        if most > _MOST_EXTRA:
            outcome.failures.append(f"A job cost {most} extra attempts.")
    return outcome


def _order(run: Run) -> tuple[str, ...]:
    return (*run.installation.names("worker", "relay", "api"), *run.installation.servers)


async def _restarted(run: Run, name: str, pause: float) -> str | None:
    """What was wrong with its end."""
    kept = run.installation.kept[name]
    before = len(kept.exits)
    # PostgreSQL waits for its clients on SIGTERM, and they would wait for it.
    kept.send(signal.SIGINT if name == "database" else signal.SIGTERM)
    run.injector.done["restart"] += 1
    try:
        async with asyncio.timeout(_ENDS_WITHIN):
            await _ended(kept, before)
    except TimeoutError:
        kept.kill()
        return f"{name} did not end within {_ENDS_WITHIN:.0f} s."
    await kept.until_it_works()
    await asyncio.sleep(pause)
    if kept.exits[before] != 0 and name not in run.installation.servers:
        return f"{name} ended with {kept.exits[before]}."
    return None


async def _ended(kept: Kept, before: int) -> None:
    while len(kept.exits) == before:  # noqa: ASYNC110  its keeper tells nobody
        await asyncio.sleep(0.1)
