"""The table of stages. Topology, steps, processes and diagrams derive from it."""

from functools import partial

from pipeline.adapters.webhook import WebhookNotifier
from pipeline.events import (
    MetadataExtracted,
    StageFailed,
    ThumbnailGenerated,
    UserNotified,
    VideoTranscoded,
    VideoUploaded,
)
from pipeline.settings import Settings
from pipeline.stage import Stage
from workers.metadata import metadata
from workers.notify import notify, worth_telling
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
    )


def names(settings: Settings) -> tuple[str, ...]:
    return tuple(stage.name for stage in build(settings))
