"""A video's progress, and whether it still changes."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.video import Step, StepState, Video, VideoStatus
from upload_api.rendering import progress, still_changes


def step(weight: float, done: float, state: str = StepState.RUNNING) -> Step:
    return Step(
        video_id="v",
        run=1,
        stage=str(weight),
        position=0,
        weight=weight,
        required=True,
        state=state,
        progress=done,
    )


def video(status: str) -> Video:
    return Video(filename="a.mp4", source="v/source", status=status)


@pytest.mark.parametrize(
    ("status", "steps", "expected"),
    [
        (VideoStatus.UPLOADING, [], 0.0),
        (VideoStatus.PROCESSING, [step(3, 0.5), step(1, 0)], 0.375),
        (VideoStatus.PROCESSING, [step(3, 0.2, StepState.DONE), step(1, 0)], 0.75),
        (VideoStatus.PROCESSING, [step(1, 7.0)], 1.0),
        (VideoStatus.FAILED, [step(1, 1), step(1, 0)], 0.5),
        (VideoStatus.READY, [step(3, 1), step(1, 0)], 1.0),
    ],
)
def test_progress_is_the_share_of_the_work_that_is_done(
    status: str, steps: list[Step], expected: float
) -> None:
    assert progress(video(status), steps) == expected


@pytest.mark.parametrize(
    ("status", "states", "seconds_ago", "expected"),
    [
        (VideoStatus.UPLOADING, [], 99, True),
        (VideoStatus.PROCESSING, ["done", "waiting"], 99, True),
        (VideoStatus.READY, ["done", "waiting"], 1, True),
        (VideoStatus.READY, ["done", "waiting"], 99, False),
        (VideoStatus.READY, ["done", "running"], 99, True),
        (VideoStatus.READY, ["done", "retrying"], 99, True),
        (VideoStatus.READY, ["done", "failed"], 1, False),
        (VideoStatus.READY, ["done", "done"], 1, False),
        (VideoStatus.FAILED, ["failed", "waiting"], 1, True),
        (VideoStatus.FAILED, ["failed", "waiting"], 99, False),
        (VideoStatus.FAILED, ["failed", "retrying"], 99, True),
        (VideoStatus.CANCELLED, ["done", "cancelled"], 1, False),
    ],
)
def test_a_video_changes_until_its_notice_is_out_but_what_follows_a_failure_waits_for_ever(
    status: str, states: list[str], seconds_ago: int, expected: bool
) -> None:
    shown = video(status)
    shown.updated_at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    assert still_changes(shown, [step(1, 0, state) for state in states]) == expected
