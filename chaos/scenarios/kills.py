"""Uploads while a random worker, relay or API process is killed every 5 s, and broker, store or database
every 60 s. SQLite is no process: there the other two take turns."""

import asyncio

from chaos import plan
from chaos.report import Outcome
from chaos.run import Options, Run, a_run

UPLOADS, SECONDS = 1000, 600.0
EVERY, EACH = 5.0, 60.0


async def kills(options: Options, every: float = EVERY, each: float = EACH) -> Outcome:
    async with a_run(options) as run:
        seconds = options.seconds or SECONDS
        processes = run.installation.names("api", "worker", "relay")
        faults = plan.kills(options.seed, seconds, processes, run.installation.servers, every, each)
        return await under(run, faults, seconds)


async def under(run: Run, faults: tuple[plan.Fault, ...], seconds: float) -> Outcome:
    """Uploads spread over those seconds while the faults happen."""
    uploads = run.drawn(UPLOADS)
    async with asyncio.TaskGroup() as group:
        group.create_task(run.client.spread(uploads, seconds))
        group.create_task(run.injector.follow(faults))
    return await run.outcome(f"{len(uploads)} uploads over {seconds:.0f} s", uploads)
