"""GET /v1/changes, where it has ended already: an open stream needs a socket, as in tests/integration."""

import pytest

from tests.unit.upload_api.conftest import Api
from upload_api.fanout import Fanout
from upload_api.mailbox import Mailbox


@pytest.fixture(autouse=True)
def ended(api: Api) -> None:
    api.app.state.fanout.close()


async def test_the_answer_is_a_stream_that_nobody_keeps_or_holds_back(api: Api) -> None:
    answer = await api.http.get("/v1/changes")
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == "text/event-stream"
    assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")


async def test_it_begins_with_when_to_connect_again(api: Api) -> None:
    assert (await api.http.get("/v1/changes")).text == "retry: 2000\n\n"


async def test_more_videos_than_a_stream_may_be_narrowed_to_are_a_problem(api: Api) -> None:
    answer = await api.http.get("/v1/changes", params={"video": [str(number) for number in range(201)]})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_stream_too_many_is_refused_with_when_to_ask_again(api: Api) -> None:
    api.app.state.fanout = fanout = Fanout(lambda: api.chain.ledger, most=1)
    with fanout.listening(Mailbox()):
        answer = await api.http.get("/v1/changes")
    assert (answer.status_code, answer.json()["code"]) == (503, "streams_taken")
    assert answer.headers["retry-after"]
