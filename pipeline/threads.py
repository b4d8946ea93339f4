"""Synchronous calls from asyncio: so many at a time, errors translated, nothing lost on cancellation."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

Result = TypeVar("Result")


class Threads:
    def __init__(self, most: int, *, name: str, translate: Callable[[Exception], Exception]) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix=name)
        self._translate = translate

    def close(self) -> None:
        """Never waits: a call that is under way ends by its own timeout."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def run(
        self,
        function: Callable[..., Result],
        *arguments: object,
        undo: Callable[[Result], None] | None = None,
    ) -> Result:
        """`undo` gets, in the thread, the result of a call whose caller was cancelled meanwhile."""
        return await self.outcome(self.start(function, *arguments), undo)

    def start(self, function: Callable[..., Result], *arguments: object) -> Future[Result]:
        return self._pool.submit(function, *arguments)

    async def outcome(self, call: Future[Result], undo: Callable[[Result], None] | None = None) -> Result:
        try:
            return await asyncio.wrap_future(call)
        except asyncio.CancelledError:
            if undo:
                call.add_done_callback(partial(self._hand_over, undo))
            raise
        except Exception as error:
            translated = self._translate(error)
            if translated is error:
                raise
            raise translated from error

    def drop(self, function: Callable[[], object]) -> None:
        """Runs what nobody waits for; does nothing once closed."""
        with suppress(RuntimeError):
            self._pool.submit(function)

    def _hand_over(self, undo: Callable[[Result], None], call: Future[Result]) -> None:
        """A call that is done already calls back at once, in the event loop: there `undo` must not block."""
        try:
            self._pool.submit(_undo, undo, call)
        except RuntimeError:  # closed: what is cleared away now is cleared away here or never
            _undo(undo, call)


def _undo(undo: Callable[[Result], None], call: Future[Result]) -> None:
    if not call.cancelled() and not call.exception():
        undo(call.result())
