"""An accepted upload is answered, whatever the broker does."""

import asyncio

from pipeline.ports import Message
from pipeline.services import Services
from tests.chain import eventually
from tests.unit.upload_api.conftest import Api


class SlowBus:
    """Takes its time for every message."""

    def __init__(self) -> None:
        self.may_confirm = asyncio.Event()
        self.published: list[Message] = []

    async def publish(self, message: Message) -> None:
        await self.may_confirm.wait()
        self.published.append(message)


async def test_an_upload_is_answered_while_the_broker_confirms_nothing_and_told_later(api: Api) -> None:
    bus, now = SlowBus(), api.app.state.services
    api.app.state.services = Services(**(vars(now) | {"bus": bus}))
    async with asyncio.timeout(30):
        answer = await api.http.post("/v1/videos?filename=a.mp4", content=b"video")
    assert answer.status_code == 202
    assert bus.published == []
    bus.may_confirm.set()

    async def is_marked() -> bool:
        return all(entry.published_at for entry in await api.chain.ledger.timeline(answer.json()["id"]))

    await eventually(is_marked)
    assert [message.type for message in bus.published] == ["video.uploaded.v1"]
    assert not api.app.state.under_way
