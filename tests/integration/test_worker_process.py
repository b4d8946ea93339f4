"""`python -m workers` as an ops person meets it: it says why it cannot run, and stops when told to."""

import asyncio
import signal

import aio_pika
import httpx
import pytest

from cli.local.ports import HOST, pick_free
from pipeline.settings import Settings
from pipeline.topology import work_queue
from tests.chain import eventually
from tests.integration.modules import running

pytestmark = pytest.mark.parametrize("real_settings", ["sqlite"], indirect=True)


@pytest.mark.parametrize("name", ["transcode", "relay"])
async def test_a_queue_that_was_declared_otherwise_is_named_before_the_process_ends(
    name: str, real_settings: Settings
) -> None:
    async with await aio_pika.connect(real_settings.broker.url.get_secret_value()) as connection:
        await (await connection.channel()).declare_queue(work_queue("transcode"), durable=True)
    async with running("workers", name, settings=real_settings) as process:
        said, _ = await asyncio.wait_for(process.communicate(), 40)
    assert process.returncode == 1
    assert b"topology_mismatch" in said
    assert b"queue reelmill.transcode" in said


async def test_a_worker_that_waits_for_its_store_stops_when_told_to(real_settings: Settings) -> None:
    away = {"REELMILL_STORE__ENDPOINT": "http://127.0.0.1:1"}
    async with running("workers", "transcode", settings=real_settings, **away) as process:
        assert process.stdout is not None
        assert b"store_unavailable" in await asyncio.wait_for(process.stdout.readline(), 30)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0


@pytest.mark.parametrize("window", ["accept.before", "accept.after"])
async def test_an_api_killed_there_leaves_a_whole_video_or_nothing(
    window: str, real_settings: Settings
) -> None:
    port = pick_free(["api"])["api"]
    listening = {"REELMILL_API__PORT": str(port), "REELMILL_FAILPOINTS": f"{window}=kill"}
    url = f"http://{HOST}:{port}"
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
        async with running("upload_api", settings=real_settings, **listening) as api:
            await eventually(lambda: _answers(client), seconds=30)
            with pytest.raises(httpx.HTTPError):
                await client.post("/v1/videos?filename=a.mp4", content=b"no video")
            assert await asyncio.wait_for(api.wait(), 30) == -signal.SIGKILL
        listening["REELMILL_FAILPOINTS"] = ""
        async with (
            running("upload_api", settings=real_settings, **listening),
            running("workers", "transcode", "relay", settings=real_settings),
        ):
            await eventually(lambda: _answers(client), seconds=30)
            expected = [] if window == "accept.before" else ["failed"]
            await eventually(lambda: _statuses(client, expected), seconds=60)


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.HTTPError:
        return False


async def _statuses(client: httpx.AsyncClient, expected: list[str]) -> bool:
    listed = (await client.get("/v1/videos")).json()["items"]
    return [video["status"] for video in listed] == expected
