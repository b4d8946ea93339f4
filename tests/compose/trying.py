"""docker-compose.yml as it is, with nothing set: up to a ready video, and through what may happen to it."""

import json
import signal
import time
from pathlib import Path

from pipeline.settings import Settings
from pipeline.topology import derive
from tests.compose.engine import Docker
from tests.compose.pending import pending
from tests.compose.project import Project
from tests.compose.report import Report
from tests.media import make_clip
from tests.processes import eventually
from workers.stages import build

WORKERS = ("transcode", "thumbnail", "metadata", "notify", "storyboard", "preview", "relay")
STEPS = WORKERS[:-1]


def check(docker: Docker, folder: Path, report: Report) -> None:
    project = Project(docker, "docker-compose.yml")
    clip, short = make_clip(folder / "clip.mp4", seconds=20, size="1280x720"), folder / "short.mp4"
    make_clip(short, seconds=6, size="320x240")
    project.compose("down", "--volumes", "--remove-orphans")
    try:
        _starts(project, report)
        _works(project, report, clip)
        _is_confined(project, report)
        _survives(project, report, clip, short)
    finally:
        project.close()
        (folder / "trying.log").write_text("\n".join(project.logs()))
        project.compose("down", "--volumes", "--timeout", "30")


def _starts(project: Project, report: Report) -> None:
    with report.checking("the image builds from the Dockerfile") as seen:
        seen.append(f"{project.timed('build', within=3600):.0f} s")
        size = int(project.docker.inspect("reelmill:local", "{{.Size}}"))
        seen.append(f"{size / 1e6:.0f} MB")
        layers = project.docker.run("history", "--format", "{{.Size}} {{.CreatedBy}}", "reelmill:local")
        seen.append(", ".join(line[:60] for line in layers.splitlines() if not line.startswith("0B")))
    with report.checking(
        "no package of the image waits for an update of Debian's, security included"
    ) as seen:
        seen.append(pending(project.docker, "reelmill:local"))
    with report.checking("everything healthy in order") as seen:
        seen.append(f"up in {project.timed('up', '--detach', '--wait'):.0f} s")
        seen.append(_order(project))


def _order(project: Project) -> str:
    names = ("rabbitmq", "minio", "postgres", "migrate", "api", *WORKERS)
    states = {name: project.state(project.containers(name)[0]) for name in names}
    assert states["migrate"]["ExitCode"] == 0
    for name in names:
        if name != "migrate":
            assert states[name]["Health"]["Status"] == "healthy", name
    begun = {name: str(state["StartedAt"]) for name, state in states.items()}
    assert max(begun["postgres"], "") < begun["migrate"] < str(states["migrate"]["FinishedAt"])
    for name in ("api", *WORKERS):
        assert begun[name] > str(states["migrate"]["FinishedAt"]), name
        assert begun[name] > max(begun["rabbitmq"], begun["minio"]), name
    return "servers, then migrate (exit 0), then the API and seven workers, all healthy"


def _works(project: Project, report: Report, clip: Path) -> None:
    with report.checking("the page answers") as seen:
        page = project.http.get("/", headers={"accept": "text/html"}).raise_for_status()
        script = project.http.get("/assets/hls.js/hls.mjs").raise_for_status()
        seen.append(f"/ {len(page.text)} bytes of HTML, hls.js {len(script.content)} bytes")
        seen.append(f"/readyz {project.http.get('/readyz').json()}")
    video = ""
    with report.checking("a video goes from upload to ready") as seen:
        started = time.monotonic()
        video = project.upload(clip, title="Compose")
        found = project.ready(video)
        seen.append(f"20 s of 720p with every step in {time.monotonic() - started:.0f} s")
        steps = {step["name"]: step["state"] for step in found["steps"]}
        assert set(steps) == set(STEPS), steps
        seen.append(", ".join(f"{name} {status}" for name, status in steps.items()))
        master = project.http.get(found["playback"]["hls"]).raise_for_status()
        assert master.text.startswith("#EXTM3U")
    _shows(project, report, video)
    _is_spoken_to(project, report, clip.with_name("short.mp4"))


def _shows(project: Project, report: Report, video: str) -> None:
    with report.checking("RabbitMQ's management UI shows the topology") as seen:
        wanted = derive(build(Settings()), Settings().work.rungs)
        queues = {queue["name"] for queue in project.broker.get("/queues").json()}
        exchanges = {one["name"] for one in project.broker.get("/exchanges").json()}
        assert {queue.name for queue in wanted.queues} == queues
        assert {one.name for one in wanted.exchanges} <= exchanges
        version = project.broker.get("/overview").json()["rabbitmq_version"]
        seen.append(
            f"RabbitMQ {version}: {len(queues)} queues, {len(wanted.exchanges)} exchanges, as declared"
        )
    with report.checking("the store holds the objects") as seen:
        seen.append(_stored(project, video))
    with report.checking("PostgreSQL holds the rows") as seen:
        query = (
            "select (select count(*) from video), (select count(*) from step), (select count(*) from event)"
        )
        rows = _asked(project, query)
        seen.append(f"{rows[0]} video, {rows[1]} steps, {rows[2]} events")
        seen.append(_asked(project, "show server_version")[0])
        assert rows[0] == "1"
    with report.checking("logs are JSON with the trace id") as seen:
        seen.append(_traced(project, project.video(video)["trace_id"]))


def _is_spoken_to(project: Project, report: Report, clip: Path) -> None:
    with report.checking("./reelmill speaks to it from outside, by REELMILL_URL") as seen:
        uploaded = json.loads(project.command("upload", str(clip), "--wait", "--json"))
        assert uploaded["status"] == "ready", uploaded
        assert "ready" in project.command("status", uploaded["id"])
        seen.append(f"upload, status; {project.command('doctor').splitlines()[-1]}")
    with report.checking("a dead letter is found and replayed from outside") as seen:
        text = clip.with_name("no-video.mp4")
        text.write_text("It rained, and nobody filmed. " * 200)
        video = project.upload(text)
        eventually(lambda: project.video(video)["status"] == "failed", within=120)
        listed = project.command("dead", "list", "--video", video)
        assert "not_media" in listed, listed
        seen.append(project.command("dead", "replay", "--all", "--code", "not_media", "--dry-run").strip())
        seen.append(project.command("dead", "replay", "--all", "--video", video).strip())
        eventually(lambda: project.video(video)["status"] == "failed", within=120)
        project.http.delete(f"/v1/videos/{video}").raise_for_status()
    with report.checking("the command line inside of the API's container") as seen:
        seen.append(project.inside("api", "python", "-m", "cli", "doctor").strip().splitlines()[-1])


def _stored(project: Project, video: str) -> str:
    listing = (
        "import asyncio; from pipeline.settings import from_environment;"
        "from pipeline.adapters.store import S3Store;"
        "store = S3Store(from_environment().store);"
        f"found = asyncio.run(store.list('{video}/'));"
        "print(len(found), sum(one.size for one in found))"
    )
    count, size = project.inside("api", "python", "-c", listing).split()[-2:]
    assert int(count) > 10
    return f"{count} objects, {int(size) / 1e6:.1f} MB below the video's id"


def _asked(project: Project, query: str) -> list[str]:
    command = ("psql", "-U", "reelmill", "-d", "reelmill", "-At", "-c", query)
    return project.inside("postgres", *command).strip().split("|")


def _traced(project: Project, trace: str) -> str:
    lines = project.logs("api", *WORKERS)
    broken = [line for line in lines if not line.startswith("{")]
    assert not broken, broken[:3]
    of_video = [entry for entry in map(json.loads, lines) if entry.get("trace_id") == trace]
    processes = sorted({entry["process"] for entry in of_video})
    assert set(processes) >= set(STEPS), processes
    return f"{len(lines)} lines, {len(of_video)} of that video by its trace id, from {', '.join(processes)}"


def _is_confined(project: Project, report: Report) -> None:
    with report.checking("our containers can do as little as possible") as seen:
        look = (
            "import os, pathlib, shutil; said = pathlib.Path('/proc/self/status').read_text().splitlines();"
            "may = [row.split()[1] for row in said if row.startswith(('CapEff', 'CapBnd', 'NoNewPrivs'))];"
            "tools = [tool for tool in ('sh', 'apt', 'dpkg', 'perl', 'cc') if shutil.which(tool)];"
            "print(os.getuid(), may, shutil.disk_usage('/scratch').total >> 20, tools)"
        )
        said = project.inside("transcode", "python", "-c", look).strip().splitlines()[-1]
        assert said == "10001 ['0000000000000000', '0000000000000000', '1'] 2048 []", said
        seen.append(
            "user 10001, no capabilities, no new privileges, scratch of 2048 MiB, no shell or package manager"
        )
        written = project.inside("transcode", "python", "-c", "open('/app/x', 'w')", fails=True)
        assert "Read-only file system" in written
        seen.append("/app cannot be written")
    with report.checking("what each took of its memory") as seen:
        shown = project.docker.run("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}} {{.PIDs}}")
        seen += [line.removeprefix("reelmill-") for line in sorted(shown.splitlines())]


def _survives(project: Project, report: Report, clip: Path, short: Path) -> None:
    _is_scaled(project, report, short)
    _drains(project, report, clip)
    _dies(project, report)
    _hangs(project, report)
    _loses_its_broker(project, report, short)
    _comes_back(project, report, short)


def _is_scaled(project: Project, report: Report, clip: Path) -> None:
    with report.checking("up --scale transcode=3 shares the work") as seen:
        project.compose("up", "--detach", "--wait", "--scale", "transcode=3")
        containers = project.containers("transcode")
        assert len(containers) == 3
        for video in [project.upload(clip) for _ in range(8)]:
            project.ready(video, within=900)
        done = [_jobs(project, container) for container in containers]
        seen.append(f"8 videos; jobs done by each container: {done}")
        assert all(done)


def _jobs(project: Project, container: str) -> int:
    lines = project.docker.run("logs", container).splitlines()
    return sum('"event": "done"' in line for line in lines)


def _drains(project: Project, report: Report, clip: Path) -> None:
    with report.checking("stopping a worker drains it within its grace period") as seen:
        video = project.upload(clip)
        busy = _busy(project)
        started = time.monotonic()
        project.docker.run("stop", "--time", "30", busy)
        took, state = time.monotonic() - started, project.state(busy)
        assert (state["ExitCode"], took < 30) == (0, True), state
        handed = project.docker.run("logs", busy).count("handed_back")
        seen.append(f"exit 0 after {took:.1f} s of 30, {handed} jobs handed back in the midst of them")
        assert handed
        found = project.ready(video)
        attempts = {step["name"]: step["attempts"] for step in found["steps"]}
        seen.append(f"the video ready by the others, attempts {attempts['transcode']}")
        project.docker.run("start", busy)


def _busy(project: Project) -> str:
    """A transcoder with an ffmpeg at work."""
    found: list[str] = []

    def is_busy() -> bool:
        for container in project.containers("transcode"):
            if "ffmpeg" in project.docker.run("top", container, "-eo", "pid,args"):
                found.append(container)
                return True
        return False

    eventually(is_busy, within=60)
    return found[0]


def _dies(project: Project, report: Report) -> None:
    with report.checking("a worker that dies is restarted") as seen:
        container = project.containers("thumbnail")[0]
        project.kill(container, "workers thumbnail")
        eventually(lambda: project.restarts(container) == 1, within=30)
        eventually(lambda: project.health(container) == "healthy", within=90)
        seen.append("kill -9, restarted once, healthy again")


def _hangs(project: Project, report: Report) -> None:
    with report.checking("a worker that hangs is unhealthy, though its connections stand") as seen:
        container = project.containers("metadata")[0]
        project.kill(container, "workers metadata", signal.SIGSTOP)
        started = time.monotonic()
        eventually(lambda: project.health(container) == "unhealthy", within=120)
        seen.append(f"unhealthy {time.monotonic() - started:.0f} s after SIGSTOP")
        last = project.state(container)["Health"]["Log"][-1]["Output"].strip()
        seen.append(f"docker inspect says: {last}")
        project.kill(container, "workers metadata", signal.SIGCONT)
        eventually(lambda: project.health(container) == "healthy", within=60)


def _loses_its_broker(project: Project, report: Report, clip: Path) -> None:
    with report.checking(
        "without RabbitMQ uploads are accepted, workers say so, and all goes on by itself"
    ) as seen:
        project.compose("stop", "rabbitmq")
        video = project.upload(clip)
        status = project.http.get("/readyz").json()["status"]
        worker = project.containers("preview")[0]
        eventually(lambda: project.health(worker) == "unhealthy", within=120)
        seen.append(f"accepted, API {status}, workers unhealthy")
        project.compose("start", "rabbitmq")
        project.ready(video)
        eventually(lambda: project.health(worker) == "healthy", within=90)
        seen.append("ready and healthy once it was back, no restart")
        assert project.restarts(worker) == 0


def _comes_back(project: Project, report: Report, clip: Path) -> None:
    with report.checking("down and up keeps all") as seen:
        before = project.http.get("/v1/videos").json()["items"]
        took = project.timed("down")
        left = project.docker.run("volume", "ls", "--quiet").split()
        assert sorted(left) == ["reelmill_minio", "reelmill_postgres", "reelmill_rabbitmq"], left
        seen.append(f"down in {took:.0f} s, up in {project.timed('up', '--detach', '--wait'):.0f} s")
        after = project.http.get("/v1/videos").json()["items"]
        assert [video["id"] for video in after] == [video["id"] for video in before]
        for video in after:
            assert project.http.get(project.video(video["id"])["playback"]["hls"]).status_code == 200
        seen.append(f"{len(after)} videos listed as before, and their playlists are there")
        project.ready(project.upload(clip))
        seen.append("a new one gets ready")
