"""What a failed run of ffmpeg is taken for."""

import pytest

from pipeline.errors import ObjectMissing, ReelmillError, ScratchFull, StoreAway
from workers.media import errors
from workers.media.faults import explain, lost
from workers.media.process import ToolFailed

REFUSED = "[hls @ 0x55] Format not on whitelist 'mov,matroska'\n/x: Invalid argument"
PICTURE = "[png_pipe @ 0x55] Format not on whitelist 'mov'\n/x: Invalid argument"
STREAMS = "[mov @ 0x55] Number of streams exceeds max_streams parameter (64)\nx: Cannot allocate memory"


@pytest.mark.parametrize(
    ("code", "stderr", "expected"),
    [
        (1, REFUSED, errors.ContainerRefused),
        (1, PICTURE, errors.StillImage),
        (1, STREAMS, errors.TooManyStreams),
        (1, "av_interleaved_write_frame(): No space left on device", ScratchFull),
        (1, "Connection to tcp://127.0.0.1:1 failed: Connection refused", StoreAway),
        (1, "HTTP error 503 Service Unavailable", StoreAway),
        (1, "HTTP error 404 Not Found", ObjectMissing),
        (1, "Stream ends prematurely at 100, should be 200", errors.SourceUnreadable),
        (1, "[magicyuv @ 0x55] Codec (magicyuv) not on whitelist 'h264'", errors.CodecRefused),
        (-9, "", errors.FfmpegKilled),
        (255, "Exiting normally, received signal 15.", errors.FfmpegKilled),
        (1, "Conversion failed!", errors.Damaged),
    ],
)
def test_the_reason_is_told_from_what_ffmpeg_says(
    code: int, stderr: str, expected: type[ReelmillError]
) -> None:
    assert type(explain(ToolFailed(code, stderr))) is expected


@pytest.mark.parametrize(
    "said",
    [
        "taskset: failed to set pid 0's affinity: Invalid argument",
        "prlimit: failed to set the AS resource limit: Operation not permitted",
        "setpriv: failed to execute ffmpeg: No such file or directory",
        "nice: cannot set niceness: Permission denied",
    ],
)
def test_what_kept_the_tool_from_starting_is_not_blamed_on_the_file(said: str) -> None:
    error = explain(ToolFailed(1, f"{said}\n"), otherwise=errors.NotMedia)
    assert isinstance(error, errors.NotConfined)
    assert said in error.plain


def test_a_refused_container_is_named() -> None:
    assert "It is hls." in explain(ToolFailed(1, REFUSED)).plain


def test_a_presigned_address_is_never_told() -> None:
    failure = ToolFailed(1, "http://store/b/k?X-Amz-Signature=secret: Invalid data found")
    assert "secret" not in explain(failure, otherwise=errors.NotMedia).plain


def test_output_that_is_missing_is_the_sources_fault_only_if_decoding_failed() -> None:
    assert isinstance(lost("", "Error while decoding stream #0:0"), errors.Damaged)
    assert isinstance(lost("", ""), errors.OutputIncomplete)


def test_what_broke_off_on_the_way_is_not_called_damaged() -> None:
    said = "Stream ends prematurely at 100, should be 200\nError while decoding stream #0:0"
    assert isinstance(lost("", said), errors.SourceUnreadable)


def test_a_presigned_address_does_not_get_into_logs_and_dead_letters() -> None:
    said = "http://store:9000/reelmill/v/source?X-Amz-Signature=secret: Invalid data found"
    assert "secret" not in str(ToolFailed(1, said))
    assert "Invalid data" in str(ToolFailed(1, said))
