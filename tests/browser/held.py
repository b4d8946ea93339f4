"""An API in this process without a worker: what its videos play is what a test puts there, and when."""

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import uvicorn

from cli.local.ports import HOST, pick_free
from pipeline.ports import Store
from pipeline.services import Services
from tests.chain import in_memory, settings_for
from tests.media import H264
from tests.processes import eventually
from tests.showing import Showing
from upload_api.app import create_app

_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mp4": "video/mp4",
    ".m4s": "video/iso.segment",
    ".vtt": "text/vtt",
    ".jpg": "image/jpeg",
}


@dataclass
class Held:
    url: str
    showing: Showing
    store: Store
    loop: asyncio.AbstractEventLoop

    def upload(self, file: Path) -> str:
        return self.take(file.read_bytes(), filename=file.name)

    def take(self, content: bytes = b"picture", **fields: str) -> str:
        """Nobody looks at what it is: it waits for a worker."""
        sent = {"filename": "a.mp4"} | fields
        answer = httpx.post(f"{self.url}/v1/videos", params=sent, content=content, timeout=30)
        return str(answer.raise_for_status().json()["id"])

    def put(self, folder: Path, prefix: str) -> None:
        """All files below `folder` into the store."""
        for file in folder.rglob("*.*"):
            storing = self.store.put(f"{prefix}{file.relative_to(folder)}", file, _TYPES[file.suffix])
            asyncio.run_coroutine_threadsafe(storing, self.loop).result(30)


@contextmanager
def held(undo: timedelta = timedelta(minutes=1)) -> Iterator[Held]:
    """In a thread with a loop of its own: Playwright's synchronous API keeps the main thread's. What is
    deleted can be brought back for as long as `undo`."""
    port = pick_free(["api"])["api"]
    opened: list[Held] = []
    ending = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(port, opened, ending, undo)), daemon=True)
    thread.start()
    try:
        eventually(lambda: opened and _answers(opened[0].url))
        yield opened[0]
    finally:
        ending.set()
        thread.join(30)


async def _serve(port: int, opened: list[Held], ending: threading.Event, undo: timedelta) -> None:
    async with in_memory(settings=settings_for(undo=undo)) as chain:
        showing = Showing(chain.ledger)
        services = Services(chain.settings, chain.stages, chain.bus, chain.store, showing)
        config = uvicorn.Config(
            create_app(services), host=HOST, port=port, log_config=None, ws="none", lifespan="off"
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        opened.append(Held(f"http://{HOST}:{port}", showing, chain.store, asyncio.get_running_loop()))
        await asyncio.to_thread(ending.wait)
        server.should_exit = server.force_exit = True
        await serving


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def make_tree(folder: Path, seconds: int) -> Path:
    """HLS of a test picture with a tone: `360p` and `audio` in segments of four seconds, and a master."""
    for name in ("360p", "audio"):
        (folder / name).mkdir(parents=True)
    picture = ("-map", "0:v", *H264, "-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-b:v", "400k")
    sound = ("-map", "1:a", "-c:a", "aac", "-ar", "48000", "-ac", "2")
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y"]
    for source in (f"testsrc2=size=640x360:rate=25:duration={seconds}", f"sine=duration={seconds}"):
        command += ["-f", "lavfi", "-i", source]
    for name, options in (("360p", picture), ("audio", sound)):
        command += [*options, "-output_ts_offset", "10", *_HLS, f"{folder}/{name}/index.m3u8"]
        command[-1:-1] = ["-hls_segment_filename", f"{folder}/{name}/%05d.m4s"]
    subprocess.run(command, check=True)
    (folder / "master.m3u8").write_text(_MASTER)
    return folder


_HLS = (
    *("-f", "hls", "-hls_time", "4", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"),
    *("-hls_segment_options", "movflags=+frag_discont", "-hls_fmp4_init_filename", "init.mp4"),
)
_MASTER = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,URI="audio/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,AUDIO="audio"
360p/index.m3u8
"""
