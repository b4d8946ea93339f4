"""Processes of the product, `python -m ...`, on the real parts that a test was given."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cli.local.stack import ROOT
from pipeline.settings import Settings


def environment_of(settings: Settings) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "REELMILL_DATABASE__URL": settings.database.url,
        "REELMILL_BROKER__URL": settings.broker.url.get_secret_value(),
        "REELMILL_STORE__ENDPOINT": settings.store.endpoint,
        "REELMILL_STORE__ACCESS_KEY": settings.store.access_key,
        "REELMILL_STORE__SECRET_KEY": settings.store.secret_key.get_secret_value(),
        "REELMILL_STORE__BUCKET": settings.store.bucket,
        "REELMILL_WORK__RUNGS": '["PT1S", "PT2S"]',
        "REELMILL_WORK__LEASE": "PT2S",
        "REELMILL_UPLOAD__ABANDONED_AFTER": "PT1S",
        "REELMILL_RELAY__SWEEP": "PT1S",
    }


@asynccontextmanager
async def running(*module: str, settings: Settings, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m MODULE ARGUMENT...` until the block ends; its output can be read from it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *module,
        env=environment_of(settings) | more,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
