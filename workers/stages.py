"""The table of stages. Topology, steps, processes and diagrams derive from it."""

from functools import partial

from pipeline.adapters.webhook import WebhookNotifier
from pipeline.events import (
    DownloadMade,
    MetadataExtracted,
    PreviewMade,
    StageFailed,
    StoryboardMade,
    ThumbnailGenerated,
    UserNotified,
    VideoTranscoded,
    VideoUploaded,
)
from pipeline.settings import Settings
from pipeline.stage import Stage, steps
from workers.download import download
from workers.metadata import metadata
from workers.notify import notify, worth_telling
from workers.preview import preview
from workers.storyboard import storyboard
from workers.thumbnail import thumbnail
from workers.transcode.whole import transcode


def build(settings: Settings) -> tuple[Stage, ...]:
    """In the order a video passes them."""
    notice = partial(
        notify,
        notifier=WebhookNotifier(settings.notice),
        default_url=settings.notice.url,
        public_url=settings.api.reached_at,
    )
    return (
        Stage("transcode", (VideoUploaded,), (VideoTranscoded,), transcode, weight=20),
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
        ),
        *_also_made(settings),
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
