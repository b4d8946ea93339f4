"""The source read where it lies: over HTTP, by range requests, from a real object store."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from pipeline.adapters.store import S3Store
from pipeline.errors import ObjectMissing, StoreAway
from pipeline.events import ThumbnailGenerated, VideoTranscoded
from pipeline.settings import StoreSettings
from tests.media import H264, SOURCE, job_for, make_clip, uploaded
from tests.servers import S3Server
from workers.media.probe import look
from workers.metadata import metadata
from workers.thumbnail import thumbnail
from workers.transcode.whole import transcode


@pytest.fixture
def store(s3: S3Server) -> Iterator[S3Store]:
    settings = StoreSettings(
        endpoint=s3.endpoint,
        access_key=s3.access_key,
        secret_key=SecretStr(s3.secret_key),
        bucket=s3.new_bucket(),
    )
    with closing(S3Store(settings)) as opened:
        yield opened


async def test_a_video_passes_all_media_stages_in_a_real_store(store: S3Store, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", *H264, seconds=5)  # its index at the end: ffmpeg must seek
    await store.prepare()
    await store.put(SOURCE, clip, "video/mp4")
    first = uploaded(clip)
    [second] = await transcode(first, job_for(first, store, tmp_path))
    assert isinstance(second, VideoTranscoded)
    [third] = await thumbnail(second, job_for(second, store, tmp_path, "thumbnail"))
    assert isinstance(third, ThumbnailGenerated)
    assert len(third.posters) == 4
    assert await metadata(third, job_for(third, store, tmp_path, "metadata"))


async def test_a_source_that_is_gone_is_said_to_be(store: S3Store, tmp_path: Path) -> None:
    await store.prepare()
    with pytest.raises(ObjectMissing):
        await look(store.locate("nothing/here"))


async def test_a_store_that_is_away_is_not_the_files_fault() -> None:
    with pytest.raises(StoreAway):
        await look("http://127.0.0.1:1/bucket/key")
