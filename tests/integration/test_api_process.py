"""`python -m upload_api` as a process: it starts without a broker, stops cleanly, leaves nothing behind."""

import os
import socket
from pathlib import Path

import httpx

from tests.api_processes import NOBODY, in_bucket, running, stop
from tests.processes import eventually
from tests.servers import S3Server


def test_it_starts_and_says_what_is_missing_when_everything_is_away(tmp_path: Path) -> None:
    away = {"STORE__ENDPOINT": f"http://{NOBODY}", "STORE__SECRET_KEY": "any-secret"}
    with running(tmp_path, away) as (process, url):
        ready = httpx.get(f"{url}/readyz")
        assert (ready.status_code, ready.json()["parts"]) == (
            503,
            {"database": "ready", "store": "away", "broker": "away"},
        )
        assert stop(process) == 0


def test_open_streams_end_with_it_and_do_not_hold_it_up(tmp_path: Path) -> None:
    away = {"STORE__ENDPOINT": f"http://{NOBODY}", "STORE__SECRET_KEY": "any-secret"}
    with running(tmp_path, away) as (process, url), httpx.stream("GET", f"{url}/v1/changes") as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        assert stop(process) == 0
        assert "data" not in "".join(lines)  # the end is a whole one
        assert "timeout graceful shutdown exceeded" not in (tmp_path / "api.log").read_text()


def test_an_upload_is_accepted_without_a_broker(tmp_path: Path, s3: S3Server) -> None:
    with running(tmp_path, in_bucket(s3, s3.new_bucket())) as (process, url):
        assert httpx.get(f"{url}/readyz").json()["status"] == "degraded"
        body = os.urandom(6 * 1024**2)
        answer = httpx.post(f"{url}/v1/videos?filename=a.mp4", content=body)
        assert (answer.status_code, answer.json()["size"]) == (202, len(body))
        events = httpx.get(f"{url}{answer.json()['links']['events']}").json()["items"]
        assert [(event["type"], event["published"]) for event in events] == [("video.uploaded", False)]
        assert stop(process) == 0


def test_an_upload_that_is_under_way_at_the_end_leaves_no_row_and_no_object(
    tmp_path: Path, s3: S3Server
) -> None:
    bucket = s3.new_bucket()
    with running(tmp_path, in_bucket(s3, bucket)) as (process, url):
        address = httpx.URL(url)
        with socket.create_connection((address.host, address.port or 80)) as client:
            client.sendall(b"POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n")
            client.sendall(b"x" * 11 * 1024**2)
            eventually(lambda: httpx.get(f"{url}/v1/videos").json()["items"])
            assert stop(process) == 0
        assert list(s3.client.list_objects(bucket, recursive=True)) == []
    with running(tmp_path, in_bucket(s3, bucket)) as (_, url):
        assert httpx.get(f"{url}/v1/videos").json()["items"] == []


def test_a_file_goes_straight_to_the_store_and_is_taken_in(tmp_path: Path, s3: S3Server) -> None:
    settings = in_bucket(s3, s3.new_bucket()) | {"UPLOAD__DIRECT": "true"}
    with running(tmp_path, settings) as (_, url):
        body = os.urandom(6 * 1024**2)
        told = {"filename": "a.mp4", "size": len(body)}
        upload = httpx.post(f"{url}/v1/direct-uploads", json=told).raise_for_status().json()
        etags = []
        for part in upload["parts"]:
            block, body = body[: part["size"]], body[part["size"] :]
            etags.append(httpx.put(part["url"], content=block).raise_for_status().headers["ETag"])
        done = httpx.post(f"{url}/v1/direct-uploads/{upload['video_id']}/complete", json={"etags": etags})
        assert (done.status_code, done.json()["status"]) == (202, "processing")
        assert done.json()["size"] == told["size"]
