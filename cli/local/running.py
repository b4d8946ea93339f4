"""One run of a stack, from the first process to the last."""

import asyncio
import signal
from collections.abc import Callable, Mapping

from cli.local.folder import remove_stack_file, write_stack_file
from cli.local.stack import Applications, Stack
from cli.local.supervisor import Supervisor, all_or_none

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def run(
    stack: Stack, applications: Applications, tell: Callable[[str], None], ready: Callable[[], None]
) -> None:
    """Until a signal asks it to stop; the second one no longer waits for anybody."""

    def changed(pids: Mapping[str, int]) -> None:
        write_stack_file(stack.folder, stack.urls, {"api": stack.api_port, **stack.ports}, pids)

    supervisor = Supervisor(stack.folder / "logs", tell, changed)
    life = asyncio.create_task(_live(supervisor, stack, applications, ready))
    stop = _Stop(life, supervisor, tell)
    for number in _STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await asyncio.wait({life})
    finally:
        await supervisor.stop()
        remove_stack_file(stack.folder)
    if not life.cancelled():
        life.result()


async def _live(
    supervisor: Supervisor, stack: Stack, applications: Applications, ready: Callable[[], None]
) -> None:
    await supervisor.start(stack.broker.epmd_program())
    servers = supervisor.start(stack.broker.server_program(), stack.store.program())
    await all_or_none(servers, supervisor.run_once(applications.migration))
    await supervisor.start(*applications.processes)
    ready()
    await asyncio.Event().wait()


class _Stop:
    def __init__(self, life: asyncio.Task[None], supervisor: Supervisor, tell: Callable[[str], None]) -> None:
        self._life = life
        self._supervisor = supervisor
        self._tell = tell
        self._asked = False

    def __call__(self) -> None:
        if self._asked:
            self._supervisor.kill()
            return
        self._asked = True
        self._tell("stopping; once more kills what is still running")
        self._life.cancel()
