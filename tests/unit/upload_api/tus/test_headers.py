from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from upload_api.tus.headers import http_date


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Etc/UTC"), ZoneInfo("UTC")])
def test_a_moment_is_told_as_http_has_it_whichever_driver_it_came_by(zone: tzinfo) -> None:
    moment = datetime(2026, 11, 27, 20, 11, 30, tzinfo=zone)
    assert http_date(moment) == "Fri, 27 Nov 2026 20:11:30 GMT"
