"""`python -m upload_api`: the upload API as a process of its own. Stops cleanly on SIGTERM."""

import asyncio
import signal
import sys

import uvicorn
import uvloop

from pipeline import logging
from pipeline.patience import patiently
from pipeline.services import open_services
from pipeline.settings import Settings, SettingsInvalid, from_environment
from upload_api.app import create_app
from upload_api.server import Server
from workers import stages
from workers.machine import of_api_machine

_LAST_SECONDS = 4
"""How long requests under way may go on after SIGTERM; uploads that take longer clear themselves away."""


async def serve(settings: Settings) -> None:
    async with open_services(settings, stages.build(settings)) as services:
        config = uvicorn.Config(
            create_app(services, of_api_machine),
            host=settings.api.host,
            port=settings.api.port,
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_LAST_SECONDS,
        )
        bucket = asyncio.create_task(patiently(services.store.prepare))
        await Server(config).serve()
        bucket.cancel()


def main() -> None:
    # uvicorn raises the signal again once it has stopped, which would end us by that signal and not with 0
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        settings = from_environment()
    except SettingsInvalid as problem:
        sys.exit(f"{problem.plain}\n{problem.hint}")
    logging.configure(settings, process="upload_api")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))


main()
