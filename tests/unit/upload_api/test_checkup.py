"""/v1/checkup as its clients see it."""

import asyncio
from collections.abc import Sequence

from pipeline.checkup import Finding
from pipeline.checkup.findings import ok, wrong
from pipeline.settings import Settings
from tests.chain import eventually
from tests.unit.upload_api.conftest import Api


async def test_it_tells_each_finding_with_its_verdict_and_counts_what_is_wrong(api: Api) -> None:
    answer = await api.http.get("/v1/checkup")
    told = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    verdicts = [finding["verdict"] for finding in told["findings"]]
    assert (told["wrong"], told["notes"]) == (verdicts.count("wrong"), verdicts.count("note"))
    by_code = {finding["code"]: finding for finding in told["findings"]}
    assert by_code["store_works"]["verdict"] == "ok"
    assert by_code["no_consumer"].keys() == {"about", "code", "verdict", "said", "next"}


async def test_it_answers_though_parts_are_away(api: Api) -> None:
    api.bus.away = api.store.away = True
    told = (await api.http.get("/v1/checkup")).json()
    assert {"broker_away", "store_away"} <= {finding["code"] for finding in told["findings"]}


async def test_it_tells_of_the_machine_too_where_somebody_can_look_at_it(api: Api) -> None:
    async def looked_at(_: Settings) -> Sequence[Finding]:
        return [wrong("machine", "ffmpeg", "There is none.", "Install it.")]

    api.app.state.machine = looked_at
    told = (await api.http.get("/v1/checkup")).json()
    assert told["findings"][-1]["code"] == "ffmpeg"
    assert told["wrong"] >= 1


async def test_whoever_asks_while_one_is_under_way_gets_the_same_answer_and_later_a_new_one(api: Api) -> None:
    looks: list[int] = []
    go_on = asyncio.Event()

    async def looked_at(_: Settings) -> Sequence[Finding]:
        looks.append(len(looks) + 1)
        await go_on.wait()
        return [ok("machine", "look", str(looks[-1]))]

    async def has_begun() -> bool:
        return bool(looks)

    async def seen() -> str:
        told = (await api.http.get("/v1/checkup")).json()
        return str(told["findings"][-1]["said"])

    api.app.state.machine = looked_at
    asking = [asyncio.ensure_future(seen()) for _ in range(3)]
    await eventually(has_begun)
    go_on.set()
    assert await asyncio.gather(*asking) == ["1"] * 3
    assert await seen() == "2"
