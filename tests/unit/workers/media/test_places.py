"""Which texts tell where something was filmed."""

import pytest

from workers.media.places import names_place, tells_place


@pytest.mark.parametrize(
    "text",
    [
        "GPS(2.2945,48.8584,20) BAROMETER:12.3",
        "HOME(2.2945,48.8584) 2026.01.01 12:00:00",
        "F/2.8, SS 1000, ISO 100, GPS (2.2945, 48.8584, 15), D 1.2m",
        "latitude: 48.85",
        "[latitude : 48.858400] [longtitude : 2.294500]",
        '"gps_longitude": -2.29',
        "Lat: 48.85 Lon: 2.29",
        "+48.8584+002.2945/",
        "48.8584, 2.2945",
        "48.8584\n2.2945",
        "N 48.85 E 2.29",
        "48°51'30.2\"N 2°17'40.2\"E",
        "48.86° N",
        "48°51.504'N",
        "$GPRMC,112345.00,A,4851.504,N,00217.67,E",
    ],
)
def test_coordinates_are_a_place(text: str) -> None:
    assert tells_place(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hello there",
        "It is 21.5° outside.",
        "21.50° e sole",
        "-90° now",
        "Pi is 3.14159265.",
        "A lat of 20, or 3.5 or 4.5",
        "I was long 12.50 at home",
        "The GPS is broken. 10.5 miles left.",
        "2026.01.02 11:12:13.4567",
        "ISO 100, 1/2000.0, EV 0.7, 24.00 mm",
    ],
)
def test_what_people_say_is_none(text: str) -> None:
    assert not tells_place(text)


@pytest.mark.parametrize(
    "name",
    ["com.apple.quicktime.location.ISO6709", "location-eng", "GPSLatitude", "xyz", "geo", "DJI longtitude"],
)
def test_a_name_may_tell_that_a_place_follows(name: str) -> None:
    assert names_place(name)


@pytest.mark.parametrize("name", ["title", "encoder", "GEOB", "xyzzy", "com.apple.quicktime.model"])
def test_other_names_do_not(name: str) -> None:
    assert not names_place(name)
