"""A video that browsers do not play, through the real stages on a real broker, store and database."""

from pathlib import Path

import pytest

from cli.conformance.inspection import inspect
from cli.conformance.places import Folder
from pipeline.playlists import read_media
from pipeline.settings import Settings
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
