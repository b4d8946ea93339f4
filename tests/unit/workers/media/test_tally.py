"""Where a stream ends, by its packets."""

import pytest

from tests.unit.workers.media.test_reading import audio, read, video
from workers.media.tally import PacketTally

FRAME = 0.04


def packets(*starts: float, stream: int = 0) -> bytes:
    rows = (
        f"stream_index={stream}|pts_time={at:.3f}|dts_time={at:.3f}|duration_time={FRAME}" for at in starts
    )
    return ("\n".join(rows) + "\n").encode()


def run_of(start: float, count: int = 50) -> list[float]:
    return [start + number * FRAME for number in range(count)]


def test_a_stream_ends_with_its_last_packet() -> None:
    tally = PacketTally(read(video(), audio()))
    tally.hear(packets(*run_of(0)))
    tally.hear(packets(*run_of(0, 75), stream=1))
    assert (tally.end(0), tally.end(1), tally.end(2)) == (2.0, 3.0, None)


def test_lines_may_be_cut_anywhere() -> None:
    tally, told = PacketTally(read(video())), packets(*run_of(0))
    for start in range(0, len(told), 7):
        tally.hear(told[start : start + 7])
    assert tally.end(0) == 2.0


def test_a_transport_stream_that_starts_over_goes_on() -> None:
    tally = PacketTally(read(video(start_time="1.4"), format_name="mpegts"))
    tally.hear(packets(*run_of(1.4), *run_of(1.4)))
    assert round(tally.end(0) or 0, 2) == 4.0


def test_the_longest_gap_between_pictures_is_kept() -> None:
    tally = PacketTally(read(video()))
    tally.hear(packets(0, FRAME, 3600))
    assert tally.gap == 3600 - FRAME


def test_where_reading_began_in_the_midst_nothing_is_missing_before() -> None:
    tally = PacketTally(read(video()), whole=False)
    tally.hear(packets(3600, 3601))
    assert tally.apart == tally.gap == 1


def test_a_first_picture_that_comes_late_leaves_a_gap() -> None:
    tally = PacketTally(read(video(), audio()))
    tally.hear(packets(3600))
    assert tally.gap == 3600


def test_a_picture_that_is_to_stay_leaves_a_gap() -> None:
    tally = PacketTally(read(video()))
    tally.hear(b"stream_index=0|pts_time=0|dts_time=0|duration_time=7200\n")
    assert tally.gap == 7200
    assert tally.apart == 0


@pytest.mark.parametrize(
    ("container", "gap"), [("mpegts", 0.04), ("ogg", 0.04), ("flv", 3600), ("asf", 3600)]
)
def test_a_step_of_the_clock_is_a_gap_where_ffmpeg_fills_it(container: str, gap: float) -> None:
    tally = PacketTally(read(video(), format_name=container))
    tally.hear(packets(0, FRAME, 3600 + FRAME))
    assert tally.gap == pytest.approx(gap)


def test_what_is_not_shown_does_not_count_for_the_length() -> None:
    tally = PacketTally(read(video(), audio()))
    tally.hear(packets(*run_of(0)))
    tally.hear(packets(9000, stream=2))
    assert tally.reach == 2.0


def test_a_picture_that_does_not_say_how_long_it_stays_stays_for_one_frame() -> None:
    tally = PacketTally(read(video()))
    tally.hear(b"stream_index=0|pts_time=1.0|dts_time=1.0|duration_time=N/A|flags=K_\n")
    assert tally.end(0) == 1.04


def test_what_an_edit_list_leaves_out_does_not_count() -> None:
    tally = PacketTally(read(video()))
    tally.hear(packets(*run_of(0)))
    tally.hear(b"stream_index=0|pts_time=9.0|dts_time=9.0|duration_time=0.04|flags=KD\n")
    assert tally.end(0) == 2.0


def test_the_longest_way_from_a_keyframe_is_kept() -> None:
    tally = PacketTally(read(video(), audio()))
    for at, flags in ((0, "K_"), (40, "__"), (41, "K_"), (60, "__")):
        tally.hear(f"stream_index=0|pts_time={at}|dts_time={at}|duration_time=1|flags={flags}\n".encode())
        tally.hear(f"stream_index=1|pts_time={at}|dts_time={at}|duration_time=1|flags=K_\n".encode())
    assert tally.keyframe_gap == 41


def test_it_tells_of_a_clock_that_was_mended() -> None:
    steady, jumping = (PacketTally(read(video(), format_name="mpegts")) for _ in range(2))
    steady.hear(packets(*run_of(0)))
    jumping.hear(packets(*run_of(0), *run_of(0)))
    assert (steady.jumped, jumping.jumped) == (False, True)


def test_a_picture_that_does_not_say_when_it_is_shown_comes_as_long_after_decoding_as_others() -> None:
    tally = PacketTally(read(video()))
    for shown in ("1.04", "1.08", "N/A"):
        decoded = "1.08" if shown == "N/A" else f"{float(shown) - 0.04:.2f}"
        tally.hear(f"stream_index=0|pts_time={shown}|dts_time={decoded}|duration_time=0.04\n".encode())
    assert tally.end(0) == pytest.approx(1.16)


def test_lines_about_no_packet_are_passed_over() -> None:
    tally = PacketTally(read(video()))
    tally.hear(b"\n" + packets(0) + b"\n\n")
    assert tally.end(0) == FRAME
