"""VideoTranscoded -> StoryboardMade: what a player shows above its bar, from the smallest rendition.

They are upright, small and in screen colours; of a long film only the segments that are shown are read.
"""

from collections.abc import Sequence

from pipeline.events import Event, StoryboardMade, VideoTranscoded
from pipeline.job import Job
from workers.media.errors import OutputIncomplete
from workers.media.footage import Footage, open_tree
from workers.media.keeping import Output, keep
from workers.media.stills import check_still
from workers.media.storyboard import draw, sheet_name, sheets, tile_size, write_index

_INDEX = "storyboard.vtt"


async def storyboard(event: VideoTranscoded, job: Job) -> Sequence[Event]:
    """Sound alone has none, and that is no failure."""
    key = await _storyboard(event, job) if event.renditions else None
    job.progress = 1.0
    return [StoryboardMade(storyboard=key)]


async def _storyboard(event: VideoTranscoded, job: Job) -> str:
    smallest = event.renditions[-1]
    footage = (await open_tree(job.store, event.hls))[smallest.name]
    size = tile_size(smallest.width, smallest.height)
    times = await _sheets(footage, size, job)
    index = write_index(times, size, footage.playlist.duration).encode()
    await keep(job, [Output(_INDEX, index, "text/vtt")])
    return job.key(_INDEX)


async def _sheets(footage: Footage, size: tuple[int, int], job: Job) -> list[list[float]]:
    """The times of the tiles of each sheet; a sheet's segments lie here only while it is drawn."""
    planned = sheets(len(footage.playlist.segments))
    times: list[list[float]] = []
    for number, sheet in enumerate(planned):
        clip = await footage.bring(sheet.segments, job.scratch / "segments.mp4")
        picture = job.scratch / sheet_name(number)
        drawn = await draw(clip, sheet, size, footage.playlist.seconds[0], picture)
        if len(drawn) < len(sheet.segments):  # each begins with a keyframe
            raise OutputIncomplete(f"{len(drawn)} of {len(sheet.segments)} segments show a picture.")
        await keep(job, [Output(picture.name, check_still(picture), "image/jpeg")])
        times.append(drawn)
        job.progress = (number + 1) / len(planned)
    zero = next((time for drawn in times for time in drawn), 0.0)  # the first of all is the video's first
    return [[time - zero for time in drawn] for drawn in times]
