"""The timeline of a video as the API tells it: every entry, or the hundreds of chunk events only counted."""

from pipeline.events import VideoPlanned
from pipeline.ledger import Ledger, TimelineEntry
from upload_api.rendering import event_out
from upload_api.schemas import ChunkCounts, EventOut, Timeline


async def timeline_of(ledger: Ledger, video_id: str, *, chunks: bool) -> Timeline:
    """Pages ask for it every few seconds while a video is made: what there are thousands of is not read."""
    entries = await ledger.timeline(video_id, chunks=chunks)
    count = await ledger.chunk_count(video_id)
    return Timeline(
        items=[_item(entry, chunks) for entry in entries],
        chunks=ChunkCounts(requested=count.requested, done=count.done),
    )


def _item(entry: TimelineEntry, chunks: bool) -> EventOut:
    """Without the recipe, which is for workers, and as long as all else together."""
    left_out = {"recipe"} if chunks or entry.type != VideoPlanned.topic else {"recipe", "chunks"}
    item = event_out(entry)
    item.data = {name: value for name, value in item.data.items() if name not in left_out}
    return item
