"""When a video was taken, by what cameras write."""

from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.workers.media.test_reading import read, video
from workers.metadata import created_at

ODD = st.text() | st.datetimes(timezones=st.timezones()).map(datetime.isoformat)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"creation_time": "2024-02-03T04:05:06.000000Z"}, "2024-02-03T04:05:06+00:00"),
        ({"com.apple.quicktime.creationdate": "2024-02-03T04:05:06+0100"}, "2024-02-03T03:05:06+00:00"),
        ({"date": "2024-02-03"}, "2024-02-03T00:00:00+00:00"),
        ({"creation_time": "yesterday", "date": "2024-02-03"}, "2024-02-03T00:00:00+00:00"),
        ({"creation_time": "1904-01-01T00:00:00Z", "date": "2024-02-03"}, "2024-02-03T00:00:00+00:00"),
        ({"creation_time": "9999-12-31T23:59:59-05:00", "date": "2024-02-03"}, "2024-02-03T00:00:00+00:00"),
        ({}, None),
    ],
)
def test_the_first_time_that_can_be_read_is_told_in_utc(tags: dict[str, str], expected: str | None) -> None:
    assert created_at(read(video(), tags=tags)) == expected


@given(ODD, ODD)
@example("9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00")
@example("", "\0")
def test_no_time_can_fail_a_video(creation_time: str, date: str) -> None:
    told = created_at(read(video(), tags={"creation_time": creation_time, "date": date}))
    assert told is None or told.endswith("+00:00")
