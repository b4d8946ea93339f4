"""Which state may follow which, of videos and of steps, as two tables; and moments on any database."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest
from sqlalchemy.dialects import sqlite

from pipeline.errors import IllegalTransition
from pipeline.video import Step, StepState, UtcDateTime, Video, VideoStatus

VIDEO_MOVES = {
    ("uploading", "processing"),
    ("processing", "ready"),
    ("processing", "failed"),
    ("processing", "cancelled"),
    ("failed", "processing"),
    ("failed", "cancelled"),
}
STEP_MOVES = {
    ("waiting", "running"),
    ("waiting", "failed"),
    ("waiting", "cancelled"),
    ("running", "running"),
    ("running", "waiting"),
    ("running", "retrying"),
    ("running", "done"),
    ("running", "failed"),
    ("running", "cancelled"),
    ("retrying", "running"),
    ("retrying", "failed"),
    ("retrying", "cancelled"),
    ("done", "running"),
    ("failed", "waiting"),
    ("failed", "running"),
    ("failed", "cancelled"),
}


@pytest.mark.parametrize(("before", "after"), list(product(VideoStatus, repeat=2)))
def test_a_video_moves_only_where_the_table_allows(before: VideoStatus, after: VideoStatus) -> None:
    video = Video(status=before, filename="a.mp4", source="v/source")
    if (before, after) in VIDEO_MOVES:
        video.move(after)
        assert video.status == after
    else:
        with pytest.raises(IllegalTransition, match=before):
            video.move(after)
        assert video.status == before


@pytest.mark.parametrize(("before", "after"), list(product(StepState, repeat=2)))
def test_a_step_moves_only_where_the_table_allows(before: StepState, after: StepState) -> None:
    step = Step(video_id="v", run=1, stage="transcode", position=0, weight=1.0, required=True, state=before)
    if (before, after) in STEP_MOVES:
        step.move(after)
        assert step.state == after
    else:
        with pytest.raises(IllegalTransition, match="transcode"):
            step.move(after)
        assert step.state == before


def test_a_moment_is_kept_in_utc_and_read_with_its_zone() -> None:
    column, dialect = UtcDateTime(), sqlite.dialect()
    tokyo = datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=9)))
    kept = column.process_bind_param(tokyo, dialect)
    assert kept == tokyo
    assert kept.tzinfo is UTC
    assert column.process_result_value(kept.replace(tzinfo=None), dialect) == tokyo
    assert column.process_bind_param(None, dialect) is None
    assert column.process_result_value(None, dialect) is None
