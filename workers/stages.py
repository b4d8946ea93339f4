"""The table of stages. Topology, steps, processes and diagrams derive from it."""

from functools import partial

from pipeline.adapters.webhook import WebhookNotifier
from pipeline.events import (
    ChunkGrew,
    ChunkRequested,
    ChunksCompleted,
    ChunkTranscoded,
    DownloadMade,
    HeadRequested,
    MetadataExtracted,
    PreviewMade,
    SoundRequested,
    StageFailed,
    StoryboardMade,
    ThumbnailGenerated,
    UserNotified,
    VideoPlanned,
    VideoPlayable,
    VideoTranscoded,
    VideoUploaded,
)
from pipeline.settings import Settings
from pipeline.stage import Stage, steps
from workers.download import download
from workers.media.cores import CorePool
from workers.metadata import metadata
from workers.notify import notify, worth_telling
from workers.preview import preview
from workers.storyboard import storyboard
from workers.thumbnail import thumbnail
from workers.transcode.chunk import chunk
from workers.transcode.join import join
from workers.transcode.plan import plan

_TRANSCODE = "transcode"
_CHUNKS = ("head", "sound", "tail")
"""Stages that encode."""
_SOUNDS = 2
"""At a time: a film's takes minutes, and a short video must not wait for it. Each is one thread."""
_NOTICES = 4
"""At a time: they wait for servers of others, at no cost, and a slow one keeps the others waiting."""
_BEHIND_FIRST, _BEHIND_HEADS = 5, 10
"""How nice heads and sound are, and tails. On a busy machine each gets a third of what goes before it: the
first chunk of a leading rendition and the first seconds of sound, never nice, then heads, then tails."""


def build(settings: Settings) -> tuple[Stage, ...]:
    """In the order a video passes them."""
    notice = partial(
        notify,
        notifier=WebhookNotifier(settings.notice),
        default_url=settings.notice.url,
        public_url=settings.api.reached_at,
    )
    return (
        *_transcode(settings),
        Stage("thumbnail", (VideoTranscoded,), (ThumbnailGenerated,), thumbnail, weight=2),
        Stage(
            "metadata",
            (ThumbnailGenerated,),
            (MetadataExtracted,),
            partial(metadata, keep_location=settings.media.keep_location),
        ),
        Stage(
            "notify",
            (MetadataExtracted, StageFailed),
            (UserNotified,),
            notice,
            wants=worth_telling,
            required=False,
            slots=_NOTICES,
        ),
        *_also_made(settings),
    )


def _transcode(settings: Settings) -> tuple[Stage, ...]:
    """One step, and one process: plans and joins have slots of their own and never wait behind an encode,
    and heads go before tails."""
    cores = CorePool(settings.media.cores_per_slot)
    part = partial(Stage, step=_TRANSCODE, weight=20)
    encoding = partial(part, completes=False, releases=_CHUNKS)
    planned = partial(plan, settings=settings.media)
    made = partial(chunk, stall=settings.media.stall)
    soon, later = partial(made, nice=_BEHIND_FIRST), partial(made, cores=cores, nice=_BEHIND_HEADS)
    return (
        encoding(_TRANSCODE, (VideoUploaded,), (VideoPlanned, VideoPlayable), planned, slots=4),
        encoding("head", (HeadRequested,), (ChunkTranscoded,), soon, slots=2),
        encoding("sound", (SoundRequested,), (ChunkTranscoded, ChunkGrew), soon, slots=_SOUNDS),
        encoding("tail", (ChunkRequested,), (ChunkTranscoded,), later, slots=cores.slots),
        part("join", (ChunksCompleted,), (VideoTranscoded,), join, slots=4),
    )


def _also_made(settings: Settings) -> tuple[Stage, ...]:
    """What a video does not wait for."""
    beside = (
        Stage("storyboard", (VideoTranscoded,), (StoryboardMade,), storyboard, required=False),
        Stage("preview", (VideoTranscoded,), (PreviewMade,), preview, required=False),
    )
    kept = Stage("download", (VideoTranscoded,), (DownloadMade,), download, required=False)
    return (*beside, kept) if settings.media.download else beside


def names(settings: Settings) -> tuple[str, ...]:
    """The steps: each is a process of its own, with all of its stages."""
    return tuple(steps(build(settings)))
