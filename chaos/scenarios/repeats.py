"""Every event three times and shuffled: one final set of objects, one row of each, one notice."""

from chaos.repeater import Repeater
from chaos.report import Outcome
from chaos.run import Options, a_run

UPLOADS, SECONDS = 200, 60.0
_LATEST = 4.0
"""Seconds: while its event is worked on, and after it."""


async def repeats(options: Options) -> Outcome:
    async with a_run(options) as run:
        uploads = run.drawn(UPLOADS)
        async with Repeater(run.installation.broker.amqp_url(), options.seed, _LATEST) as repeater:
            await run.client.spread(uploads, options.seconds or SECONDS)
            await run.settled(uploads)  # no more events; the last copies are to come
            await repeater.all_said()
            outcome = await run.outcome(f"{len(uploads)} uploads, every event three times", uploads)
        outcome.notes.append(f"{repeater.events} events, {repeater.copies} copies of them")
        if repeater.copies < 2 * repeater.events or not repeater.events:
            outcome.failures.append("Not every event was repeated twice.")
        spent = sum(job.failures + job.crashes for job in outcome.seen.jobs)
        if spent:
            outcome.failures.append(f"Repeats cost {spent} attempts.")
    return outcome
