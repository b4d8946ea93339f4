"""An answer given before the body was read."""

import asyncio

from starlette.types import Message, Receive, Scope, Send

from upload_api.lingering import Lingering

SCOPE: Scope = {"type": "http", "headers": [(b"content-length", b"1000")]}


async def answer_at_once(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 413, "headers": []})
    await send({"type": "http.response.body", "body": b"no"})


async def read_all(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await answer_at_once(scope, receive, send)


class Connection:
    def __init__(self, blocks: int) -> None:
        self.unsent = blocks
        self.said: list[Message] = []
        self.unsent_when_answered: int | None = None

    async def receive(self) -> Message:
        await asyncio.sleep(0)
        self.unsent -= 1
        return {"type": "http.request", "body": b"x", "more_body": self.unsent > 0}

    async def send(self, message: Message) -> None:
        self.said.append(message)
        if message.get("body"):
            self.unsent_when_answered = self.unsent


async def test_the_answer_goes_out_first_and_the_rest_of_the_body_is_read_before_the_end() -> None:
    connection = Connection(5)
    await Lingering(answer_at_once)(SCOPE, connection.receive, connection.send)
    assert connection.unsent_when_answered == 5
    assert connection.unsent == 0
    assert (b"connection", b"close") in connection.said[0]["headers"]
    assert [message.get("more_body", False) for message in connection.said[1:]] == [True, False]


async def test_a_body_that_was_read_changes_nothing() -> None:
    connection = Connection(5)
    await Lingering(read_all)(SCOPE, connection.receive, connection.send)
    assert connection.said[0]["headers"] == []
    assert len(connection.said) == 2


async def test_patience_ends() -> None:
    connection = Connection(10**9)
    await Lingering(answer_at_once, patience=0)(SCOPE, connection.receive, connection.send)
    assert connection.said[-1]["more_body"] is False
