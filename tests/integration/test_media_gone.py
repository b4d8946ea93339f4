"""Objects that somebody removes, empties or cuts in the store between two stages: nothing becomes ready."""

from pathlib import Path

import pytest

from pipeline.adapters.memory_store import MemoryStore
from pipeline.errors import ObjectMissing
from pipeline.events import ThumbnailGenerated, VideoTranscoded
from pipeline.job import Job
from pipeline.settings import MediaSettings
from tests.media import SOURCE, content, job_for, make_clip, stored, uploaded
from tests.transcoding import transcoded
from workers.download import download
from workers.media.errors import OutputIncomplete, SourceChanged
from workers.metadata import metadata
from workers.preview import preview
from workers.storyboard import storyboard
from workers.thumbnail import thumbnail
from workers.transcode.plan import plan

SMALL = "64x48"


async def made(folder: Path) -> tuple[VideoTranscoded, MemoryStore]:
    return await transcoded(make_clip(folder / "clip.mp4", size=SMALL, seconds=9), folder)


async def cut(store: MemoryStore, key: str, left: int | None) -> None:
    whole = await content(store, key)
    await store.delete([key])
    if left is not None:
        await store.put(key, whole[:left], "video/mp4")


async def a_segment(store: MemoryStore) -> str:
    return next(info.key for info in await store.list("video/") if info.key.endswith("00001.m4s"))


@pytest.mark.parametrize("left", [None, 0])
async def test_no_video_is_ready_without_one_of_its_segments(left: int | None, tmp_path: Path) -> None:
    event, store = await made(tmp_path)
    [posters] = await thumbnail(event, job_for(event, store, tmp_path, "thumbnail"))
    assert isinstance(posters, ThumbnailGenerated)
    await cut(store, await a_segment(store), left)
    with pytest.raises(OutputIncomplete, match=r"00001\.m4s"):
        await metadata(posters, job_for(posters, store, tmp_path, "metadata"))


async def test_nor_without_its_poster(tmp_path: Path) -> None:
    event, store = await made(tmp_path)
    [posters] = await thumbnail(event, job_for(event, store, tmp_path, "thumbnail"))
    assert isinstance(posters, ThumbnailGenerated)
    await cut(store, posters.posters["large.jpg"], 0)
    with pytest.raises(OutputIncomplete, match=r"large\.jpg"):
        await metadata(posters, job_for(posters, store, tmp_path, "metadata"))


@pytest.mark.parametrize("left", [None, 0, 200])
@pytest.mark.parametrize("handler", [thumbnail, storyboard, preview, download])
async def test_nothing_is_made_of_a_video_with_a_hole(
    handler: object, left: int | None, tmp_path: Path
) -> None:
    event, store = await made(tmp_path)
    for info in await store.list("video/"):
        if info.key.endswith("00001.m4s"):
            await cut(store, info.key, left)
    job = job_for(event, store, tmp_path, "beside")
    with pytest.raises(OutputIncomplete):
        await handler(event, job)  # type: ignore[operator]  # each of them takes these two
    assert not await store.list(job.prefix), "what is there might be shown"


async def at_the_plan(folder: Path) -> tuple[Job, MemoryStore, Path]:
    clip = make_clip(folder / "clip.mp4", size=SMALL)
    store = await stored(clip)
    return job_for(uploaded(clip), store, folder), store, clip


async def test_a_source_that_was_cut_after_it_was_accepted_is_not_shown_as_a_shorter_one(
    tmp_path: Path,
) -> None:
    job, store, clip = await at_the_plan(tmp_path)
    await cut(store, SOURCE, 9000)
    with pytest.raises(SourceChanged, match="9000 of"):
        await plan(uploaded(clip), job, settings=MediaSettings())


async def test_a_source_that_is_gone_is_named_as_such(tmp_path: Path) -> None:
    job, store, clip = await at_the_plan(tmp_path)
    await cut(store, SOURCE, None)
    with pytest.raises(ObjectMissing):
        await plan(uploaded(clip), job, settings=MediaSettings())


async def test_a_source_that_is_cut_before_the_last_stage_is_found_there(tmp_path: Path) -> None:
    event, store = await made(tmp_path)
    size = (await store.stat(SOURCE)).size
    [posters] = await thumbnail(event, job_for(event, store, tmp_path, "thumbnail"))
    job = job_for(posters, store, tmp_path, "metadata")
    object.__setattr__(job.video, "size", size + 1)
    with pytest.raises(SourceChanged, match=f"{size} of {size + 1}"):
        await metadata(posters, job)  # type: ignore[arg-type]  # it is a ThumbnailGenerated
