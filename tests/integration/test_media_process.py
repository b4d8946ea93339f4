"""What happens to ffmpeg when its worker goes away, or wants it to."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.errors import ScratchFull
from tests.media import job_for, make_clip, stored, uploaded
from tests.transcoding import transcode
from workers.media.errors import FfmpegMissing, FfmpegStalled, NotConfined
from workers.media.faults import explain
from workers.media.process import Place, ToolFailed, capture, step_back, watch

ROOT = Path(__file__).parents[2]
PATIENT = timedelta(seconds=30)
WORKER = """
import asyncio, datetime
from workers.media.process import watch
endless = ["ffmpeg", "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2", "-f", "null", "-"]
asyncio.run(watch(endless, lambda block: True, patience=datetime.timedelta(minutes=1)))
"""
LIMITED = """
import asyncio, datetime
from workers.media.process import capture
told = ["prlimit", "--as", "--output=HARD", "--noheadings", "--raw"]
limit, _ = asyncio.run(capture(told, within=datetime.timedelta(minutes=1)))
assert int(limit) == 3 * 1024**3, limit
"""


def runs(pid: int) -> bool:
    """Whether the process lives; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ffmpegs_below(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in children if Path(f"/proc/{pid}/comm").read_text().strip() == "ffmpeg"]


async def until(is_so: Callable[[], object], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - nobody tells of a process that appears
            await asyncio.sleep(0.02)


async def test_a_cancelled_transcode_ends_its_ffmpeg_within_five_seconds(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=30, size="1280x720")
    job = job_for(uploaded(clip), await stored(clip), tmp_path)
    running = asyncio.ensure_future(transcode(uploaded(clip), job))
    await until(lambda: ffmpegs_below(os.getpid()))
    [pid] = ffmpegs_below(os.getpid())
    started = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert time.monotonic() - started < 5
    assert not runs(pid)


async def test_ffmpeg_dies_with_a_worker_that_is_killed() -> None:
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, cwd=ROOT)
    try:
        await until(lambda: ffmpegs_below(worker.pid))
        [pid] = ffmpegs_below(worker.pid)
    finally:
        worker.kill()
        await worker.wait()
    await until(lambda: not runs(pid), seconds=5)


async def test_a_tool_that_ignores_sigterm_is_killed() -> None:
    stubborn = [
        sys.executable,
        "-c",
        "import signal; signal.signal(15, signal.SIG_IGN); print(1, flush=True); signal.pause()",
    ]
    heard = asyncio.Event()

    def hear(block: bytes) -> bool:
        heard.set()
        return True

    running = asyncio.create_task(watch(stubborn, hear, patience=PATIENT))
    await heard.wait()
    running.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_a_tool_that_makes_no_progress_is_stopped() -> None:
    with pytest.raises(FfmpegStalled):
        await watch(["sleep", "60"], lambda block: True, patience=timedelta(milliseconds=100))


async def test_a_tool_that_hangs_is_stopped_long_before_its_time_is_over() -> None:
    """Stopped from outside, it neither computes nor reads nor writes."""
    hanging = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"]
    place = Place(idle=timedelta(milliseconds=500))
    async with asyncio.timeout(20):
        with pytest.raises(FfmpegStalled):
            await watch(hanging, bool, patience=timedelta(hours=1), place=place)


async def test_a_tool_that_is_silent_and_busy_is_let_be() -> None:
    busy = "import time\nend = time.monotonic() + 2\nwhile time.monotonic() < end: sum(range(10000))"
    place = Place(idle=timedelta(seconds=1))
    await watch([sys.executable, "-c", busy], bool, patience=PATIENT, place=place)


@pytest.mark.parametrize("said", ["No space left on device", "Disk quota exceeded"])
async def test_a_tool_that_found_no_room_has_failed_whatever_its_exit_code_says(said: str) -> None:
    """ffmpeg says it and ends well."""
    with pytest.raises(ToolFailed) as failed:
        await capture(
            [sys.executable, "-c", f"import sys; sys.stderr.write('clip.mp4: {said}')"], within=PATIENT
        )
    assert isinstance(explain(failed.value), ScratchFull)


async def test_a_tool_that_floods_stderr_is_read_all_the_way() -> None:
    flood = [sys.executable, "-c", "import sys; sys.stderr.write('x' * 5_000_000 + 'end')"]
    _, stderr = await capture(flood, within=PATIENT)
    assert stderr.endswith("end")
    assert len(stderr) < 100_000


async def test_an_exit_code_comes_with_what_was_said() -> None:
    with pytest.raises(ToolFailed, match="went wrong") as failure:
        await capture([sys.executable, "-c", "import sys; sys.exit('it went wrong')"], within=PATIENT)
    assert failure.value.code == 1


@pytest.mark.parametrize("after", [0, 3, 60, 400, 450, 480, 499, 500, 2000])
def test_no_error_tells_a_signature(after: int) -> None:
    """However far from the end its URL stands, or where what was kept of it begins."""
    url = "https://store/key?X-Amz-Credential=AKIAKEY&X-Amz-Signature=" + "ab" * 32
    said = f"{url}: Server returned 500\n" + "[mov] broke\n" * (after // 12) + "x" * (after % 12)
    for stderr in (said, said * 200, said[40:] + "\n" + said * 200):
        told = str(ToolFailed(1, stderr[-16 * 1024 :]))
        assert not any(secret in told for secret in ("X-Amz", "AKIA", "abab"))
        assert len(told) <= 500


async def test_a_missing_tool_is_named() -> None:
    with pytest.raises(FfmpegMissing, match="no-such-ffmpeg"):
        await capture(["no-such-ffmpeg"], within=PATIENT)


async def test_secrets_are_not_handed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELMILL_STORE__SECRET_KEY", "hidden")
    answer, _ = await capture(["env"], within=PATIENT)
    assert b"hidden" not in answer


async def test_a_tool_is_held_to_its_cores_and_lets_others_go_first() -> None:
    core = max(os.sched_getaffinity(0))
    asked = "import os, sys; sys.stdout.write(f'{os.sched_getaffinity(0)} {os.nice(0)}')"
    said = bytearray()

    def hear(block: bytes) -> bool:
        said.extend(block)
        return True

    await watch(
        [sys.executable, "-c", asked],
        hear,
        patience=PATIENT,
        place=Place((core,), nice=3),
    )
    assert said.decode() == f"{{{core}}} {os.nice(0) + 3}"


async def test_a_tool_that_runs_can_be_made_to_step_back() -> None:
    waits = "before = os.nice(0); print(before, flush=True)\nwhile os.nice(0) == before: time.sleep(0.01)"
    said: list[int] = []
    groups: list[int] = []

    def hear(block: bytes) -> bool:
        if not said:
            step_back(groups[0], 3)
        said.extend(map(int, block.split()))
        return True

    asked = (sys.executable, "-c", f"import os, time\n{waits}\nprint(os.nice(0))")
    await watch(asked, hear, patience=PATIENT, place=Place(began=groups.append))
    assert said == [os.nice(0), os.nice(0) + 3]
    step_back(groups[0], 3)  # is nothing to a tool that has ended


async def test_what_is_nice_gives_way_to_the_others_of_its_worker() -> None:
    """Linux weighs niceness only among the processes of one session."""
    said, _ = await capture(["sh", "-c", "ps -o sid=,pgid= -p $$"], within=PATIENT)
    session, group = map(int, said.split())
    assert session == os.getsid(0)
    assert group != os.getpgid(0)  # it can still be ended with all that it started


async def test_cores_that_are_not_there_are_an_outage_of_this_worker() -> None:
    with pytest.raises(ToolFailed) as failed:
        await watch(["ffprobe", "-version"], bool, patience=PATIENT, place=Place(cores=(1000,)))
    assert isinstance(explain(failed.value), NotConfined)


async def test_no_more_memory_is_asked_for_than_this_process_may_have(tmp_path: Path) -> None:
    script = tmp_path / "limited.py"
    script.write_text(LIMITED)
    limited = ["prlimit", f"--as={3 * 1024**3}", sys.executable, str(script)]
    process = await asyncio.create_subprocess_exec(
        *limited, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert await process.wait() == 0
