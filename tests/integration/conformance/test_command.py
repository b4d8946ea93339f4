"""`./reelmill verify` on a folder, on a web server, and on a video that the API knows."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.__main__ import app
from tests.integration.conformance.faults import FAULTS
from tests.integration.conformance.trees import Copy


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        pass


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """Knows no byte ranges."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _run(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["verify", *arguments])


def test_a_folder_that_conforms_ends_with_0_and_shows_what_was_measured(own: Copy) -> None:
    result = _run(str(own.root), "--decode")
    assert result.exit_code == 0, result.output
    assert "conforms: 0 errors, 0 warnings" in result.output
    assert "640x360" in result.output


def test_a_folder_that_does_not_ends_with_1_and_says_where_and_why(own: Copy) -> None:
    FAULTS["EXTINF off by 2 ms"].plant(own)
    result = _run(str(own.root))
    assert result.exit_code == 1
    assert "error: extinf_wrong: 240p/index.m3u8: 00000.m4s" in result.output
    assert "EXTINF 4.002000, measured 4.000000 s" in result.output


def test_a_warning_fails_only_where_that_is_asked_for(own: Copy) -> None:
    FAULTS["subtitles in no language"].plant(own)
    assert _run(str(own.root)).exit_code == 0
    assert _run(str(own.root), "--strict").exit_code == 1


def test_a_program_gets_figures_and_findings(own: Copy) -> None:
    FAULTS["BANDWIDTH too low"].plant(own)
    told = json.loads(_run(str(own.root), "--json").stdout)
    assert told["conforms"] is False
    assert [one["frames"] for one in told["renditions"][:2]] == [225, 225]
    assert {finding["code"] for finding in told["findings"]} == {"bandwidth_low"}


def test_a_playlist_may_lead_out_of_its_folder_to_the_work_of_another_job(own: Copy) -> None:
    (own.root.parent / "2").mkdir()
    (own.root / "240p").rename(own.root.parent / "2" / "240p")
    own.edit(own.master, "^240p/", "../2/240p/")
    assert _run(str(own.root)).exit_code == 0


def test_a_master_is_taken_as_it_is_named_when_there_are_several(own: Copy) -> None:
    FAULTS["several masters"].plant(own)
    assert _run(str(own.root)).exit_code == 1
    assert _run(str(own.master)).exit_code == 0


def test_a_url_is_measured_over_http(own: Copy) -> None:
    with _served(own.root) as url:
        assert _run(f"{url}/master.m3u8").exit_code == 0
        own.segments("240p")[2].unlink()
        result = _run(f"{url}/master.m3u8")
    assert result.exit_code == 1
    assert "the server answers 404" in result.output


def test_a_video_is_found_through_the_api(own: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    videos = own.root / "v1" / "videos"
    videos.mkdir(parents=True)
    (videos / "a-video").write_text(json.dumps({"playback": {"hls": "/master.m3u8"}}))
    (videos / "waiting").write_text(json.dumps({"playback": None}))
    with _served(own.root) as url:
        monkeypatch.setenv("REELMILL_URL", url)
        assert _run("a-video").exit_code == 0
        waiting = _run("waiting")
    assert waiting.exit_code == 1
    assert "not_playable" in waiting.output
