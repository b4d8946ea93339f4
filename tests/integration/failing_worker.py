"""A real worker process of the test chain, for tests that kill it."""

import asyncio
import sys

from pipeline import messages
from pipeline.runner import Runner
from pipeline.services import open_services
from pipeline.settings import Settings
from tests.chain import stages


async def _work(name: str) -> None:
    settings = Settings()
    async with open_services(settings, stages()) as services:
        stage = next(stage for stage in services.stages if stage.name == name)
        consumed = messages.consumed_topics(services.stages)
        await Runner(stage, services.bus, services.store, services.ledger, settings.work, consumed).run()


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1]))
