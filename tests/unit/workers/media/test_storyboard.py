"""Which keyframes stand on which sheet, and how the index names them."""

import itertools

import pytest

from workers.media.storyboard import Sheet, sheets, tile_size, write_index


@pytest.mark.parametrize("count", [1, 3, 50, 51, 100, 101, 200, 201, 900, 10_800])
def test_a_video_of_any_length_gets_at_most_two_hundred_tiles_spread_over_all_of_it(count: int) -> None:
    planned = sheets(count)
    shown = [segment for sheet in planned for segment in sheet.segments]
    assert sum(len(sheet.segments) * sheet.each for sheet in planned) <= 200
    assert len({after - before for before, after in itertools.pairwise(shown)}) <= 1
    assert shown[0] == 0
    assert count - shown[-1] <= max(1, -(-count // 100))
    assert all(len(sheet.segments) * sheet.each <= 100 and sheet.rows <= 10 for sheet in planned)


def test_a_short_video_has_a_tile_for_every_keyframe_and_no_empty_rows() -> None:
    assert sheets(3) == [Sheet((0, 1, 2), each=2)]
    assert sheets(3)[0].rows == 1


def test_an_hour_has_a_tile_every_twenty_seconds() -> None:
    first, second = sheets(900)
    assert first.segments[:3] == (0, 5, 10)
    assert (first.each, len(first.segments), len(second.segments)) == (1, 100, 80)


@pytest.mark.parametrize(
    ("picture", "tile"),
    [((426, 240), (160, 90)), ((240, 426), (90, 160)), ((240, 240), (160, 160)), ((2, 240), (2, 160))],
)
def test_a_tile_is_as_wide_or_as_tall_as_the_picture(picture: tuple[int, int], tile: tuple[int, int]) -> None:
    assert tile_size(*picture) == tile


def test_the_index_names_a_place_on_a_sheet_for_every_moment() -> None:
    times = [[2.0 * number for number in range(100)], [200.0, 204.5]]
    lines = write_index(times, (160, 90), 3700.25).splitlines()
    assert lines[0] == "WEBVTT"
    assert lines[2:4] == ["00:00:00.000 --> 00:00:02.000", "sheet-0.jpg#xywh=0,0,160,90"]
    assert "sheet-0.jpg#xywh=480,180,160,90" in lines
    assert lines[-2:] == ["00:03:24.500 --> 01:01:40.250", "sheet-1.jpg#xywh=160,0,160,90"]
