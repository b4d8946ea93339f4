"""A video's progress."""

import pytest

from pipeline.video import Step, StepState, Video, VideoStatus
from upload_api.rendering import progress


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
