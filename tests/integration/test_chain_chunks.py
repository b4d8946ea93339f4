"""A video that browsers do not play, through the real stages on a real broker, store and database."""

from pathlib import Path

import pytest

from cli.conformance.inspection import inspect
from cli.conformance.places import Folder
from pipeline import outbox
from pipeline.playlists import read_media
from pipeline.settings import Settings
from pipeline.tracing import new_traceparent
from tests.chain import eventually
from tests.integration.conftest import OpenChain
from tests.media import make_clip
from tests.transcoding import saved_from
from workers.stages import build

pytestmark = pytest.mark.parametrize("real_settings", ["sqlite"], indirect=True)


async def test_a_long_clip_is_playable_before_it_is_ready_and_conforms(
    open_chain: OpenChain, real_settings: Settings, tmp_path: Path
) -> None:
    codecs = ("-c:v", "mpeg4", "-q:v", "12", "-c:a", "aac")
    clip = make_clip(tmp_path / "clip.mp4", *codecs, seconds=100, size="480x360", rate="15")
    chain = await open_chain(build(real_settings))
    await chain.store.prepare()
    async with chain.running():
        video_id = await chain.upload_file(clip)

        async def watched() -> bool:
            return (await chain.video(video_id))[0].playable_at is not None

        async def ready() -> bool:
            video, _ = await chain.video(video_id)
            assert video.status != "failed", video.error
            return video.status == "ready"

        await eventually(watched, seconds=60)
        video, _ = await chain.video(video_id)
        assert video.status == "processing", "nobody waits for all of it"
        await eventually(ready, seconds=120)
    video, steps = await chain.video(video_id)
    assert steps["transcode"].progress == 1.0
    master = await saved_from(video.playback["hls"], chain.store, tmp_path / "tree")
    assert inspect(Folder(), str(master)).findings == []
    for name, least in (("360p", 6), ("240p", 3), ("audio", 1)):
        playlist = read_media((master.parent / name / "index.m3u8").read_text())
        assert len({uri.split("/")[3] for uri in playlist.segments}) == least, name
        assert playlist.duration == pytest.approx(100, abs=0.1)


async def test_a_video_of_which_the_store_lost_a_segment_is_made_again_by_a_restart(
    open_chain: OpenChain, real_settings: Settings, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", "-c:v", "mpeg4", "-c:a", "aac", seconds=30, size="320x240")
    stages = build(real_settings)
    chain = await open_chain(stages)
    await chain.store.prepare()
    video_id = await chain.upload_file(clip)

    async def chunks_made() -> bool:
        count = await chain.ledger.chunk_count(video_id)
        return 0 < count.requested == count.done

    async def has_failed() -> bool:
        return (await chain.video(video_id))[0].status == "failed"

    async def ready() -> bool:
        return (await chain.video(video_id))[0].status == "ready"

    async with chain.running(*(stage.name for stage in stages if stage.name != "join")):
        await eventually(chunks_made, seconds=60)
    lost = next(info.key for info in await chain.store.list(f"{video_id}/1/") if info.key.endswith(".m4s"))
    await chain.store.delete([lost])
    async with chain.running():
        await eventually(has_failed, seconds=60)
        await outbox.publish(chain.bus, chain.ledger, await chain.ledger.retry(video_id))
        await eventually(has_failed, seconds=60)
        again = await chain.ledger.restart(video_id, new_traceparent())
        await outbox.publish(chain.bus, chain.ledger, again)
        await eventually(ready, seconds=120)
    video, _ = await chain.video(video_id)
    assert video.run == 2
    master = await saved_from(video.playback["hls"], chain.store, tmp_path / "tree")
    assert inspect(Folder(), str(master)).findings == []
