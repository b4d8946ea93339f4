"""An encoder that tells again and again that it is as far as before does not get on."""

from workers.media.pace import Pace


def test_it_gets_on_while_its_output_becomes_longer() -> None:
    told: list[float] = []
    pace = Pace(told.append)
    assert pace.hear(b"frame=1\nout_time_us=40000\nspeed=1x\n")
    assert not pace.hear(b"frame=1\nout_time_us=40000\nspeed=0.5x\nprogress=continue\n")
    assert not pace.hear(b"out_time_us=800")
    assert pace.hear(b"00\n")
    assert told == [0.04, 0.08]


def test_what_has_no_time_yet_is_no_move() -> None:
    assert not Pace().hear(b"out_time_us=N/A\nout_time_us=-23000\n")
