"""Processes that are killed at a failpoint again and again, and started again each time: real ones, forked
from one that has imported everything, so that twenty deaths take seconds."""

import asyncio
import multiprocessing
import os
import runpy
import signal
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["chaos.slow_worker", "upload_api.app", "uvicorn", "uvloop", "workers.__main__"]
)
_LOOK_SECONDS = 0.02


class Mortal:
    """`module` with `arguments`, dying at `failpoint` until it has died `deaths` times; then it lives."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        failpoint: str = "",
        deaths: int = 0,
    ) -> None:
        self.died = 0
        """At its failpoint."""
        self.other_ends: list[int | None] = []
        self._module = module
        self._arguments = arguments
        self._environment = environment
        self._failpoint = failpoint
        self._deaths = deaths

    @property
    def is_armed(self) -> bool:
        return self.died < self._deaths

    async def keep(self) -> None:
        """Until it is cancelled."""
        while True:
            process = self._started()
            try:
                while process.is_alive():  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(_LOOK_SECONDS)
            finally:
                process.kill()
                process.join()
            if process.exitcode == -signal.SIGKILL and self.is_armed:
                self.died += 1
            else:
                self.other_ends.append(process.exitcode)

    def _started(self) -> multiprocessing.process.BaseProcess:
        armed = {"REELMILL_FAILPOINTS": f"{self._failpoint}=kill" if self.is_armed else ""}
        asked = (self._module, list(self._arguments), dict(self._environment) | armed)
        process = _CONTEXT.Process(target=_serve, args=asked, daemon=True)
        process.start()
        return process


def _serve(module: str, arguments: list[str], environment: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("REELMILL_")]:
        del os.environ[name]
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    warnings.filterwarnings("ignore", category=RuntimeWarning)  # that it was imported before is meant to be
    with suppress(KeyboardInterrupt):
        runpy.run_module(module, run_name="__main__")
