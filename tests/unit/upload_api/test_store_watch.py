"""The store is asked before bytes are taken, and not by everybody."""

import asyncio

import pytest

from pipeline.errors import StoreAway
from upload_api import store_watch
from upload_api.store_watch import StoreWatch


class CountedStore:
    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.asked = 0

    async def ready(self) -> bool:
        self.asked += 1
        await asyncio.sleep(0)
        return self.answers


def watching(store: CountedStore) -> StoreWatch:
    return StoreWatch(lambda: store)  # type: ignore[arg-type, return-value]


async def test_of_many_who_ask_at_once_one_asks_the_store() -> None:
    store = CountedStore()
    watch = watching(store)
    await asyncio.gather(*(watch.require() for _ in range(20)))
    assert store.asked == 1


async def test_of_many_who_come_during_an_outage_one_waits_for_it() -> None:
    store = CountedStore(answers=False)
    watch = watching(store)
    said = await asyncio.gather(*(watch.require() for _ in range(20)), return_exceptions=True)
    assert {type(each) for each in said} == {StoreAway}
    assert store.asked == 1


async def test_an_answer_does_not_hold_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_watch, "_NO_HOLDS", -1.0)
    store = CountedStore(answers=False)
    watch = watching(store)
    with pytest.raises(StoreAway):
        await watch.require()
    store.answers = True
    await watch.require()
