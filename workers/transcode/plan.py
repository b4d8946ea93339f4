"""VideoUploaded -> VideoPlanned: refuses what cannot be played, tells at once what plays as it is, and cuts
the work into chunks. It encodes nothing, so that no plan waits behind an encode."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog

from pipeline.events import Event, PlannedRendition, VideoPlanned, VideoPlayable, VideoUploaded
from pipeline.job import Job
from pipeline.settings import MediaSettings
from workers.media import ladder
from workers.media.accepted import check_accepted
from workers.media.keeping import Output, keep
from workers.media.layout import Layout, in_one, lay_out
from workers.media.probe import glance, scan
from workers.media.rates import steady_rate
from workers.media.recipe import Recipe, recipe_json
from workers.media.remux import remux, suffix
from workers.media.shape import Shape, shape_of
from workers.media.source import Source
from workers.media.websafe import judge

log = structlog.get_logger()
_TYPES = {"mp4": "video/mp4", "mkv": "video/x-matroska"}
UNSERVED = ".source"
"""The API serves no part of a key that begins with a dot: it is the upload, not an output."""


async def plan(event: VideoUploaded, job: Job, *, settings: MediaSettings) -> Sequence[Event]:
    """Raises one of media/errors.py, permanent for what is wrong with the file."""
    await check_accepted(job.store, event.source, event.size)
    source, shape = await _looked_at(event, job)
    web_safe = await _announced(event, job, source, shape, settings)
    source = await scan(source, job.store.locate(event.source), indexed=shape.indexed)
    if not web_safe:  # what its header left open may be known now
        web_safe = await _announced(event, job, source, shape, settings)
    key, recipe = event.source, _recipe(source, settings)
    layout = lay_out(recipe, web_safe=web_safe)
    if layout.cut and (source.cut_short or not shape.indexed):
        key, recipe, layout = await _reachable(event, job, recipe, shape, layout)
    job.progress = 1.0
    return [planned(key, recipe, layout)]


async def _looked_at(event: VideoUploaded, job: Job) -> tuple[Source, Shape]:
    """Side by side: somebody waits for the first picture."""
    shaping = asyncio.create_task(shape_of(job.store, event.source, event.size))
    try:
        source = await glance(job.store, event.source)
        return source, await shaping
    finally:
        shaping.cancel()
        await asyncio.gather(shaping, return_exceptions=True)  # a refusal goes before what it came to


async def _announced(
    event: VideoUploaded, job: Job, source: Source, shape: Shape, settings: MediaSettings
) -> bool:
    verdict = judge(
        source, shape, max_bit_rate=settings.original_max_bit_rate, keep_location=settings.keep_location
    )
    if verdict.content_type is None:
        log.info("not_played_as_it_is", why=verdict.why_not)
        return False
    await job.announce(VideoPlayable(by="original", original=event.source, content_type=verdict.content_type))
    return True


async def _reachable(
    event: VideoUploaded, job: Job, recipe: Recipe, shape: Shape, layout: Layout
) -> tuple[str, Recipe, Layout]:
    """Its copy with an index, or, where no copy is like it, the original in one piece."""
    name = f"source.{suffix(shape)}"
    file = job.scratch / name
    copied = await remux(recipe.source, job.store.locate(event.source), file)
    if copied is None:
        return event.source, recipe, in_one(recipe)
    copy = Output(f"{UNSERVED}/{name}", file, _TYPES[suffix(shape)])
    await keep(job, [copy])
    return job.key(copy.name), replace(recipe, source=copied), layout


def _recipe(source: Source, settings: MediaSettings) -> Recipe:
    picture = source.video
    rungs = ladder.plan(picture.width, picture.height, steady_rate(picture), settings) if picture else ()
    return Recipe(source, rungs, keep_location=settings.keep_location)


def planned(key: str, recipe: Recipe, layout: Layout) -> VideoPlanned:
    return VideoPlanned(
        source=key,
        recipe=recipe_json(recipe),
        segment=str(recipe.segment),
        duration=recipe.source.duration,
        lead=layout.lead,
        audio=recipe.source.audio is not None,
        renditions=tuple(
            PlannedRendition(
                name=rung.name,
                width=rung.width,
                height=rung.height,
                rate=str(rung.rate),
                max_bit_rate=rung.max_bit_rate,
            )
            for rung in recipe.rungs
        ),
        chunks=layout.chunks,
    )
