"""The source read where it lies: over HTTP, by range requests, from a real object store."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from pipeline.adapters.store import S3Store
from pipeline.errors import ObjectMissing, StoreAway
from pipeline.events import ChunkTranscoded, ThumbnailGenerated, VideoTranscoded
from pipeline.settings import StoreSettings
from tests.joints import asked, recipe_of
from tests.media import H264, SOURCE, ffmpeg, job_for, make_clip, uploaded
from tests.servers import S3Server
from tests.transcoding import transcode
from workers.media.probe import look
from workers.metadata import metadata
from workers.thumbnail import thumbnail
from workers.transcode.chunk import chunk


class Meter:
    """Stands between a client and the store, and counts what the store answers."""

    def __init__(self, port: int) -> None:
        self.bytes = 0
        self._port = port

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _serve(self, asking: asyncio.StreamReader, answering: asyncio.StreamWriter) -> None:
        answers, asks = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(
            self._pass_on(asking, asks),
            self._pass_on(answers, answering, counted=True),
            return_exceptions=True,
        )

    async def _pass_on(
        self, given: asyncio.StreamReader, taken: asyncio.StreamWriter, *, counted: bool = False
    ) -> None:
        try:
            while block := await given.read(64 * 1024):
                self.bytes += len(block) if counted else 0
                taken.write(block)
                await taken.drain()
        finally:
            taken.close()


def opened(s3: S3Server, endpoint: str) -> S3Store:
    settings = StoreSettings(
        endpoint=endpoint,
        access_key=s3.access_key,
        secret_key=SecretStr(s3.secret_key),
        bucket=s3.new_bucket(),
    )
    return S3Store(settings)


@pytest.fixture
def store(s3: S3Server) -> Iterator[S3Store]:
    with closing(opened(s3, s3.endpoint)) as ready:
        yield ready


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


async def test_a_chunk_reads_its_part_of_the_source_and_no_more(s3: S3Server, tmp_path: Path) -> None:
    piece = ("-c:v", "libx264", "-preset", "ultrafast", "-b:v", "8M", "-g", "25")
    noise = "color=size=640x360:rate=25:duration=2,noise=alls=60:allf=t,format=yuv420p"
    ffmpeg("-f", "lavfi", "-i", noise, *piece, str(tmp_path / "piece.mp4"))
    clip = tmp_path / "clip.mp4"  # its index at the end
    ffmpeg("-stream_loop", "39", "-i", str(tmp_path / "piece.mp4"), "-c", "copy", str(clip))
    meter = Meter(int(s3.endpoint.rpartition(":")[2]))
    async with meter.listening() as endpoint:
        with closing(opened(s3, endpoint)) as metered:
            await metered.put(SOURCE, clip, "video/mp4")
            event = asked(await recipe_of(metered), ["240p"], 10, 11)
            before = meter.bytes
            [made] = await chunk(event, job_for(event, metered, tmp_path, "chunk"))
    assert isinstance(made, ChunkTranscoded)
    assert made.made[0].frames == (100,)
    assert meter.bytes - before < clip.stat().st_size / 4  # a twentieth is its part; the rest was on its way
