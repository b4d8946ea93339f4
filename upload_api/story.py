"""The timeline of a video as the API tells it: every entry, or the hundreds of chunk events only counted."""

from collections.abc import Sequence

from pipeline.events import ChunkGrew, ChunkRequested, ChunkTranscoded, HeadRequested, SoundRequested
from pipeline.ledger import TimelineEntry
from upload_api.rendering import event_out
from upload_api.schemas import ChunkCounts, Timeline

_REQUESTS = {kind.topic for kind in (ChunkRequested, HeadRequested, SoundRequested)}
_DONE = {ChunkTranscoded.topic}
_OF_CHUNKS = _REQUESTS | _DONE | {ChunkGrew.topic}
_PLAIN = {"event", "again"}
"""Kinds that tell what happened; the others tell of trouble, and are never left out."""


def timeline_of(entries: Sequence[TimelineEntry], *, chunks: bool) -> Timeline:
    shown = [entry for entry in entries if chunks or not _is_of_a_chunk(entry)]
    return Timeline(items=[event_out(entry) for entry in shown], chunks=_counted(entries))


def _is_of_a_chunk(entry: TimelineEntry) -> bool:
    return entry.type in _OF_CHUNKS and entry.kind in _PLAIN


def _counted(entries: Sequence[TimelineEntry]) -> ChunkCounts:
    """Of the newest run; an event that was sent again counts once."""
    run = max((entry.run for entry in entries), default=0)
    told = [entry for entry in entries if entry.run == run and entry.kind == "event"]
    return ChunkCounts(
        requested=len({entry.event_id for entry in told if entry.type in _REQUESTS}),
        done=len({entry.data.get("number") for entry in told if entry.type in _DONE}),
    )
