"""A video's progress, and whether it still changes."""

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
    ("status", "states", "expected"),
    [
        (VideoStatus.UPLOADING, [], True),
        (VideoStatus.PROCESSING, ["done", "waiting"], True),
        (VideoStatus.READY, ["done", "waiting"], True),
        (VideoStatus.READY, ["done", "running"], True),
        (VideoStatus.READY, ["done", "retrying"], True),
        (VideoStatus.READY, ["done", "failed"], False),
        (VideoStatus.READY, ["done", "done"], False),
        (VideoStatus.FAILED, ["failed", "waiting"], False),
        (VideoStatus.FAILED, ["failed", "retrying"], True),
        (VideoStatus.CANCELLED, ["done", "cancelled"], False),
    ],
)
def test_a_video_changes_until_its_notice_is_out_but_what_follows_a_failure_waits_for_ever(
    status: str, states: list[str], expected: bool
) -> None:
    assert still_changes(video(status), [step(1, 0, state) for state in states]) == expected
