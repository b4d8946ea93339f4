"""docker-compose.prod.yml over it: secrets from files, defaults refused, and a real Caddy in front."""

import hashlib
import os
import ssl
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from cli.local.ports import pick_free
from cli.local.stack import ROOT
from tests.compose.engine import Docker
from tests.compose.project import Project
from tests.compose.report import Report
from tests.media import make_clip
from tests.processes import eventually

_OVER = str(Path(__file__).with_name("for_others.yml"))
_MIB = 1024**2
_UPLOAD = 120 * _MIB


def check(docker: Docker, folder: Path, report: Report) -> None:
    port = pick_free(["https"])["https"]
    files = ("docker-compose.yml", "docker-compose.prod.yml", _OVER)
    project = Project(docker, *files, SITE="localhost", HTTPS_PORT=str(port))
    subprocess.run([ROOT / "deploy" / "make_secrets.sh"], check=True, capture_output=True)
    project.compose("down", "--volumes", "--remove-orphans")
    try:
        _starts(project, report)
        _refuses(project, report)
        with _client(project, folder, port) as http:
            _serves(project, report, http, folder)
    finally:
        project.close()
        (folder / "for_others.log").write_text("\n".join(project.logs()))
        project.compose("down", "--volumes", "--timeout", "30")


def _starts(project: Project, report: Report) -> None:
    with report.checking("prod: everything healthy, with secrets from files") as seen:
        seen.append(f"up in {project.timed('up', '--detach', '--wait', '--build'):.0f} s")
        published = project.docker.run("ps", "--format", "{{.Names}} {{.Ports}}").splitlines()
        open_ones = [line for line in published if "->" in line]
        assert len(open_ones) == 1, open_ones
        seen.append(f"one port open: {open_ones[0].split()[0]}")
        environment = project.docker.inspect(project.containers("api")[0], "{{json .Config.Env}}")
        for secret in (ROOT / "secrets").iterdir():
            assert secret.read_text().strip() not in environment, secret.name
        assert "only-for-trying" not in environment
        seen.append("no secret in the API's environment")
    with report.checking("prod: broker, store and database reach nothing outside") as seen:
        container = project.containers("transcode")[0]
        networks = project.docker.inspect(
            container, "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}"
        )
        assert networks.split() == ["reelmill_parts"]
        assert project.docker.inspect("reelmill_parts", "{{.Internal}}") == "true"
        seen.append("an internal network of their own; transcode has no other")


def _refuses(project: Project, report: Report) -> None:
    with report.checking("prod: a default password is refused") as seen:
        given = ("--env", "REELMILL_STORE__SECRET_KEY=only-for-trying")
        for command in (("upload_api",), ("workers", "relay"), ("pipeline", "migrate")):
            asked = ("run", "--rm", "--no-deps", "--no-TTY", *given, "relay", "python", "-m", *command)
            said = project.compose(*asked, fails=True)
            assert "REELMILL_STORE__SECRET_KEY" in said, said
            assert "only-for-trying" not in said
        seen.append(f"API, worker and migration end with: {' '.join(said.split())[-220:]}")


def _client(project: Project, folder: Path, port: int) -> httpx.Client:
    """One that trusts the proxy's own authority and shows the key."""
    name = "/data/caddy/pki/authorities/local/root.crt"
    eventually(lambda: "BEGIN" in project.inside("proxy", "cat", name), within=60)
    authority = folder / "caddy.crt"
    authority.write_text(project.inside("proxy", "cat", name))
    key = (ROOT / "secrets" / "api_key").read_text().strip()
    trusted = ssl.create_default_context(cafile=str(authority))
    return httpx.Client(
        base_url=f"https://localhost:{port}",
        headers={"authorization": f"Bearer {key}"},
        verify=trusted,
        timeout=120,
        trust_env=False,
    )


def _serves(project: Project, report: Report, http: httpx.Client, folder: Path) -> None:
    with report.checking("prod: the key is asked for") as seen:
        assert http.get("/v1/videos").status_code == 200
        assert http.get("/v1/videos", headers={"authorization": ""}).status_code == 401
        seen.append("401 without, 200 with the key of the file")
    with report.checking("prod: the command line inside of the API's container knows the key") as seen:
        seen.append(project.inside("api", "python", "-m", "cli", "doctor").strip().splitlines()[-1])
        seen.append(project.inside("api", "python", "-m", "cli", "dead", "list").strip())
    with report.checking("prod: 120 MB by tus through Caddy, not buffered") as seen:
        before = _memory(project)
        seen.append(_by_tus(project, http, os.urandom(_UPLOAD)))
        seen.append(f"the proxy's memory {before} before, {_memory(project)} after")
    with report.checking("prod: an upload that is too large is told so") as seen:
        limit = 20 * 1024**3
        answer = http.post("/v1/uploads", headers={"tus-resumable": "1.0.0", "upload-length": str(limit + 1)})
        seen.append(f"{answer.status_code} {answer.json()['code']}")
        assert answer.status_code == 413
    with report.checking("prod: events arrive live, and range requests work") as seen:
        clip = folder / "short.mp4"
        if not clip.exists():
            make_clip(clip, seconds=4, size="640x360")
        seen.append(_live(http, clip))


def _by_tus(project: Project, http: httpx.Client, data: bytes) -> str:
    tus = {"tus-resumable": "1.0.0"}
    made = http.post(
        "/v1/uploads",
        headers={**tus, "upload-length": str(len(data)), "upload-metadata": "filename YS5iaW4="},
    )
    assert made.status_code == 201, made.text
    address = urlsplit(made.headers["location"])
    assert address.netloc in {"", http.base_url.netloc.decode()}, "a client outside must get there"
    path, started, half = address.path, time.monotonic(), len(data) // 2
    for start, end in ((0, half), (half, len(data))):
        headers = {**tus, "upload-offset": str(start), "content-type": "application/offset+octet-stream"}
        sent = http.patch(path, headers=headers, content=data[start:end])
        assert (sent.status_code, sent.headers["upload-offset"]) == (204, str(end)), sent.text
    took = time.monotonic() - started
    assert hashlib.sha256(data).hexdigest() in _hash(project, made.headers["reelmill-video"])
    return (
        f"{len(data) / 1e6:.0f} MB in two requests, {len(data) / 1e6 / took:.0f} MB/s, stored as it was sent"
    )


def _hash(project: Project, video: str) -> str:
    """Of what the store holds."""
    look = (
        "import asyncio, hashlib; from pipeline.settings import from_environment;"
        "from pipeline.adapters.store import S3Store;"
        "store, found = S3Store(from_environment().store), hashlib.sha256();"
        f"\nasync def read():\n async for block in store.read('{video}/source'): found.update(block)\n"
        "asyncio.run(read()); print(found.hexdigest())"
    )
    return project.inside("api", "python", "-c", look)


def _memory(project: Project) -> str:
    return project.docker.run(
        "stats", "--no-stream", "--format", "{{.MemUsage}}", project.containers("proxy")[0]
    ).split()[0]


def _live(http: httpx.Client, clip: Path) -> str:
    """Events are stamped as they arrive; one that was held back would come with the ones after it."""
    frames: list[tuple[float, str]] = []
    opened = threading.Event()

    def listen() -> None:
        with http.stream("GET", "/v1/changes") as stream:
            for line in stream.iter_lines():
                frames.append((time.monotonic(), line))
                opened.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    assert opened.wait(10), "not even the stream's opening came"
    answer = http.post("/v1/videos", params={"filename": "a.mp4"}, content=clip.read_bytes())
    assert answer.status_code == 202, answer.text
    accepted, video = time.monotonic(), str(answer.json()["id"])
    eventually(
        lambda: any('"status":"ready"' in line and video in line for _, line in list(frames)), within=240
    )
    told = [at - accepted for at, line in frames if video in line]
    assert told[0] < 3, told
    assert len({round(at, 1) for at in told}) > 2, told
    playlist = http.get(f"/v1/videos/{video}").json()["playback"]["hls"]
    part = http.get(playlist, headers={"range": "bytes=0-6"})
    assert (part.status_code, part.text) == (206, "#EXTM3U"), (part.status_code, part.text)
    return f"{len(told)} events, from {told[0]:.1f} to {told[-1]:.0f} s after it; 206 for a range"
