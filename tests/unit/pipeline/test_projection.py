"""What each event writes onto the video and its steps."""

from datetime import UTC, datetime

import pytest

from pipeline.events import (
    DownloadMade,
    Envelope,
    Event,
    MetadataExtracted,
    PreviewMade,
    StageFailed,
    StoryboardMade,
    ThumbnailGenerated,
    UserNotified,
    VideoTranscoded,
    VideoUploaded,
    first_envelope,
)
from pipeline.projection import become_ready, project, step_done, step_failed, step_retrying
from pipeline.video import Step, StepState, Video, VideoStatus

BEFORE, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
ERROR = {"code": "broken", "message": "It is broken.", "hint": "Mend it."}
UPLOADED = VideoUploaded(source="v/source", filename="a.mp4", size=5)
TRANSCODED = VideoTranscoded(
    source="v/source", hls="v/master.m3u8", duration=1.0, renditions=(), has_audio=False, size=7
)
POSTERS = {"large.jpg": "v/large.jpg", "small.webp": "v/small.webp"}
EXTRACTED = MetadataExtracted(hls="v/master.m3u8", metadata={"duration": 1.0})


def failed(*, required: bool) -> StageFailed:
    return StageFailed(stage="transcode", required=required, attempts=1, **ERROR)


def video(status: VideoStatus = VideoStatus.PROCESSING) -> Video:
    return Video(
        id="v", status=status, filename="a.mp4", source="v/source", created_at=BEFORE, updated_at=BEFORE
    )


def step(state: StepState = StepState.RUNNING) -> Step:
    return Step(video_id="v", run=1, stage="transcode", position=0, weight=1.0, required=True, state=state)


def said(event: Event) -> Envelope:
    return first_envelope(event, source="/test", video_id="v", run=1, traceparent="t")


def projected(event: Event, before: Video | None = None) -> Video:
    after = before or video()
    project(after, said(event), NOW)
    return after


@pytest.mark.parametrize("event", [UPLOADED, UserNotified(delivered=True, about="ready")])
def test_an_event_that_says_nothing_of_the_video_changes_only_when_it_was_touched(event: Event) -> None:
    expected = video()
    expected.updated_at = NOW
    assert projected(event).model_dump() == expected.model_dump()


def test_a_transcoded_video_can_be_played() -> None:
    after = projected(TRANSCODED)
    assert (after.playback, after.status) == ({"hls": "v/master.m3u8"}, "processing")


def test_pictures_are_added_to_what_can_be_played() -> None:
    after = projected(ThumbnailGenerated(source="s", hls="h", posters=POSTERS), before=projected(TRANSCODED))
    assert after.playback == {"hls": "v/master.m3u8", "poster": "v/large.jpg", "posters": POSTERS}


def test_a_file_without_a_picture_has_no_poster() -> None:
    after = projected(ThumbnailGenerated(source="s", hls="h"), before=projected(TRANSCODED))
    assert after.playback == {"hls": "v/master.m3u8"}


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (StoryboardMade(storyboard="v/key"), "storyboard"),
        (PreviewMade(preview="v/key"), "preview"),
        (DownloadMade(download="v/key", size=5), "download"),
    ],
)
def test_what_is_also_made_is_added_to_what_can_be_played(event: Event, name: str) -> None:
    after = projected(event, before=projected(TRANSCODED))
    assert after.playback == {"hls": "v/master.m3u8", name: "v/key"}
    assert after.status == "processing"


@pytest.mark.parametrize("event", [StoryboardMade(), PreviewMade()])
def test_sound_alone_has_neither_storyboard_nor_preview(event: Event) -> None:
    after = projected(event, before=projected(TRANSCODED))
    assert after.playback == {"hls": "v/master.m3u8"}


def test_metadata_makes_the_video_ready() -> None:
    after = projected(EXTRACTED)
    assert (after.status, after.ready_at, after.details) == ("ready", NOW, {"duration": 1.0})


def test_metadata_of_a_video_that_failed_elsewhere_waits_for_that_to_be_mended() -> None:
    after = projected(EXTRACTED, before=video(VideoStatus.FAILED))
    assert (after.status, after.details) == ("failed", {"duration": 1.0})
    after.move(VideoStatus.PROCESSING)
    become_ready(after)
    assert after.status == "ready"


def test_a_video_is_not_ready_before_everything_was_said_of_it() -> None:
    processing = video()
    become_ready(processing)
    assert processing.status == "processing"


def test_a_required_stage_that_failed_fails_the_video_with_its_words() -> None:
    after = projected(failed(required=True))
    assert (after.status, after.error) == ("failed", ERROR | {"stage": "transcode"})


@pytest.mark.parametrize("status", [VideoStatus.PROCESSING, VideoStatus.READY])
def test_a_side_branch_that_failed_leaves_the_video_alone(status: VideoStatus) -> None:
    after = projected(failed(required=False), before=video(status))
    assert (after.status, after.error) == (status, None)


@pytest.mark.parametrize("status", [VideoStatus.READY, VideoStatus.CANCELLED])
def test_a_failure_that_comes_late_does_not_undo_how_the_video_ended(status: VideoStatus) -> None:
    after = projected(failed(required=True), before=video(status))
    assert (after.status, after.error) == (status, None)


def test_the_first_failure_of_a_video_is_the_one_it_tells() -> None:
    second = failed(required=True).model_copy(update={"stage": "thumbnail"})
    after = projected(second, before=projected(failed(required=True)))
    assert after.error == ERROR | {"stage": "transcode"}


def test_a_step_that_is_done_forgets_its_error_and_remembers_its_fence() -> None:
    done = step()
    done.error = ERROR
    step_done(done, 3, NOW)
    assert (done.state, done.progress, done.fence, done.finished_at) == ("done", 1.0, 3, NOW)
    assert done.error is None


def test_a_step_that_failed_says_why_and_when() -> None:
    gone = step()
    step_failed(gone, ERROR, NOW)
    assert (gone.state, gone.error, gone.finished_at) == ("failed", ERROR, NOW)


def test_a_step_to_be_retried_says_why_and_is_not_finished() -> None:
    again = step()
    step_retrying(again, ERROR)
    assert (again.state, again.error, again.finished_at) == ("retrying", ERROR, None)
