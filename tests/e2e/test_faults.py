"""An installation is hurt while videos flow: every accepted one ends ready, each notice counts once."""

import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.installation import Installation
from tests.processes import descendants, eventually, is_gone
from tests.receiver import Receiver


def _is_encoding(installation: Installation, video_id: str) -> bool:
    step = installation.step(video_id, "transcode")
    return bool(step["state"] == "running" and step["progress"] > 0)


def _nothing_is_held(installation: Installation) -> bool:
    """No queue but the dead ones holds a message, acked or not."""
    counts = [
        queue.get("messages_unacknowledged", 1) + queue.get("messages_ready", 1)
        for name, queue in installation.queues().items()
        if not name.startswith("reelmill.dead.")
    ]
    return len(counts) > 0 and sum(counts) == 0


def test_a_video_goes_from_upload_to_ready_and_its_notice_arrives(
    installation: Installation, clip: Path, receiver: Receiver
) -> None:
    video_id = installation.upload(clip, notify_url=receiver.url)
    video = installation.wait_until(video_id, "ready")

    playlist = installation.client.get(video["playback"]["hls"])
    assert playlist.text.startswith("#EXTM3U")
    assert installation.client.get(video["playback"]["poster"]).headers["content-type"] == "image/jpeg"
    eventually(lambda: receiver.about(video_id) == ["video.ready"])


def test_a_file_that_is_no_video_fails_with_a_reason_and_a_next_step(
    installation: Installation, tmp_path: Path, receiver: Receiver
) -> None:
    letter = tmp_path / "letter.mp4"
    letter.write_text("Dear reader, this is no video.\n" * 100)
    video_id = installation.upload(letter, notify_url=receiver.url)
    video = installation.wait_until(video_id, "failed")

    assert video["error"]["code"]
    assert video["error"]["hint"]
    eventually(lambda: receiver.about(video_id) == ["video.failed"])
    assert "letter.mp4" in receiver.notices[next(iter(receiver.notices))]["data"]["filename"]


def test_a_transcode_worker_killed_in_the_middle_of_a_job_costs_no_video(
    installation: Installation, long_clip: Path, receiver: Receiver
) -> None:
    video_id = installation.upload(long_clip, notify_url=receiver.url)
    eventually(lambda: _is_encoding(installation, video_id))
    worker = installation.pid("transcode")
    its_processes = descendants(worker)
    installation.kill("transcode")

    assert its_processes, "ffmpeg should have been running"
    eventually(lambda: all(is_gone(pid) for pid in its_processes), within=5)
    installation.wait_until(video_id, "ready")
    eventually(lambda: _nothing_is_held(installation), within=60)
    assert receiver.about(video_id) == ["video.ready"], "told once, and not again by who took over"


def test_a_broker_killed_while_videos_flow_costs_no_video(
    installation: Installation, clip: Path, receiver: Receiver
) -> None:
    first = [installation.upload(clip, notify_url=receiver.url) for _ in range(4)]
    eventually(lambda: any(installation.video(video_id)["progress"] > 0.2 for video_id in first))
    installation.kill("rabbitmq")
    while_away = installation.upload(clip, notify_url=receiver.url)

    for video_id in [*first, while_away]:
        installation.wait_until(video_id, "ready", within=180)
        eventually(lambda video_id=video_id: receiver.about(video_id) == ["video.ready"])  # type: ignore[misc]
    eventually(lambda: _nothing_is_held(installation), within=60)
    assert [receiver.about(video_id) for video_id in [*first, while_away]] == [["video.ready"]] * 5


def test_an_upload_is_accepted_while_the_broker_is_away_and_readyz_says_so(
    installation: Installation, clip: Path
) -> None:
    eventually(installation.is_ready, within=60)
    os.kill(installation.pid("rabbitmq"), signal.SIGSTOP)
    try:
        video_id = installation.upload(clip)
        assert installation.video(video_id)["status"] == "processing"
        installation.kill("rabbitmq")
        eventually(lambda: installation.client.get("/readyz").json()["status"] == "degraded")
        assert installation.client.get("/readyz").status_code == 200
    finally:
        eventually(installation.is_ready, within=60)
    installation.wait_until(video_id, "ready")


def test_a_cancelled_video_stops_ffmpeg_within_five_seconds(
    installation: Installation, long_clip: Path
) -> None:
    video_id = installation.upload(long_clip)
    eventually(lambda: _is_encoding(installation, video_id))
    encoders = descendants(installation.pid("transcode"))
    assert encoders
    installation.client.post(f"/v1/videos/{video_id}/cancel").raise_for_status()

    eventually(lambda: all(is_gone(pid) for pid in encoders), within=5)
    assert installation.video(video_id)["status"] == "cancelled"


def test_a_deleted_video_is_not_found_and_its_objects_go(installation: Installation, clip: Path) -> None:
    video_id = installation.upload(clip)
    video = installation.wait_until(video_id, "ready")
    assert _files_of(installation, video_id)
    assert installation.client.delete(f"/v1/videos/{video_id}").status_code == 204

    assert installation.client.get(f"/v1/videos/{video_id}").status_code == 404
    assert installation.client.get(video["playback"]["hls"]).status_code == 404
    eventually(lambda: not _files_of(installation, video_id), within=60)


def test_a_video_deleted_in_the_middle_of_its_work_and_restored_becomes_ready(
    installation: Installation, long_clip: Path, receiver: Receiver
) -> None:
    video_id = installation.upload(long_clip, notify_url=receiver.url)
    eventually(lambda: _is_encoding(installation, video_id))
    encoders = descendants(installation.pid("transcode"))
    assert installation.client.delete(f"/v1/videos/{video_id}").status_code == 204
    eventually(lambda: all(is_gone(pid) for pid in encoders), within=5)
    assert installation.client.get(f"/v1/videos/{video_id}").status_code == 404

    restored = installation.client.post(f"/v1/videos/{video_id}/restore")
    assert (restored.status_code, restored.json()["status"]) == (200, "processing")
    video = installation.wait_until(video_id, "ready")
    assert installation.client.get(video["playback"]["hls"]).status_code == 200
    eventually(lambda: receiver.about(video_id) == ["video.ready"])


def test_an_api_killed_during_an_upload_leaves_no_row_object_or_part(installation: Installation) -> None:
    before = _rows(installation)
    with closing(socket.create_connection(("127.0.0.1", installation.port))) as client:
        client.sendall(
            b"POST /v1/videos?filename=a.mp4 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n\r\n"
        )
        client.sendall(b"\0" * 20_000_000)
        eventually(lambda: bool(_uploads_under_way(installation)))
        (video_id,) = _uploads_under_way(installation)
        installation.kill("api")
        assert _answer(client) == b"", "a broken connection is the error that this client sees"

    eventually(lambda: video_id not in _rows(installation), within=60)
    assert _rows(installation) == before
    assert not _files_of(installation, video_id)
    eventually(installation.is_ready, within=60)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Installation]:
    running = Installation(tmp_path / "data").start()
    yield running
    running.close()


def test_a_restart_of_everything_goes_on_where_it_was(
    fresh: Installation, clip: Path, long_clip: Path, receiver: Receiver
) -> None:
    videos = [fresh.upload(path, notify_url=receiver.url) for path in (clip, long_clip, clip)]
    eventually(lambda: _is_encoding(fresh, videos[1]), within=60)
    assert fresh.stop() == 0
    fresh.start()

    for video_id in videos:
        fresh.wait_until(video_id, "ready", within=180)
        eventually(lambda video_id=video_id: receiver.about(video_id) == ["video.ready"])  # type: ignore[misc]
    eventually(lambda: _nothing_is_held(fresh), within=60)
    assert [receiver.about(video_id) for video_id in videos] == [["video.ready"]] * 3
    assert _query(fresh, "SELECT crashes FROM inbox WHERE crashes > 0") == [], "handed back, not crashed"


def _answer(client: socket.socket) -> bytes:
    try:
        return client.recv(1000)
    except ConnectionError:
        return b""


def _files_of(installation: Installation, video_id: str) -> list[Path]:
    """Folders may vanish meanwhile, which `rglob` does not bear."""
    paths = (
        Path(folder) / name for folder, _, names in os.walk(installation.folder / "store") for name in names
    )
    return [path for path in paths if video_id in str(path)]


def _rows(installation: Installation) -> set[str]:
    return {row[0] for row in _query(installation, "SELECT id FROM video")}


def _uploads_under_way(installation: Installation) -> list[str]:
    asked = "SELECT id FROM video WHERE status = 'uploading' AND upload_id IS NOT NULL"
    return [row[0] for row in _query(installation, asked)]


def _query(installation: Installation, statement: str) -> list[tuple[str]]:
    with closing(sqlite3.connect(installation.folder / "reelmill.db", timeout=10)) as connection:
        return connection.execute(statement).fetchall()
