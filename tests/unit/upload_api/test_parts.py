"""How a file is cut into parts, and how much of it is held."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator

from pipeline.settings import UploadSettings
from pipeline.video import Video
from upload_api.bodies import _Form
from upload_api.forms import FormReader
from upload_api.memory import Memory
from upload_api.parts import PartWriter, Pulse, part_size

MIB = 1024**2


def test_a_part_is_larger_where_the_file_would_not_fit_into_ten_thousand() -> None:
    limits = UploadSettings(max_bytes=10**12, part_bytes=8 * MIB)
    assert part_size(limits, 10 * MIB) == 8 * MIB
    assert part_size(limits, 10**12) * 10_000 >= 10**12
    assert part_size(limits, None) * 10_000 >= 10**12


async def test_one_part_is_on_its_way_while_the_next_is_collected_and_no_more() -> None:
    sent: list[int] = []
    landing = asyncio.Event()

    class SlowUpload:
        upload_id = "slow"

        async def add(self, data: bytes) -> None:
            sent.append(len(data))
            await landing.wait()

        async def complete(self) -> None: ...

        async def abort(self) -> None: ...

    class SlowStore:
        async def start_upload(self, key: str, content_type: str) -> SlowUpload:
            return SlowUpload()

    class Uploads:
        async def started(self, video_id: str, upload_id: str) -> None: ...

        async def seen(self, video_id: str) -> None: ...

    uploads = Uploads()
    video = Video(filename="a.mp4", source="v/source")
    parts = PartWriter(SlowStore(), uploads, video, Pulse(uploads, "v", 60), 10, Memory(20))  # type: ignore[arg-type]
    await parts.add(b"x" * 19)  # the first part is on its way, 9 bytes of the second wait
    third = asyncio.create_task(parts.add(b"y" * 11))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not third.done()
    assert sent == [10]
    landing.set()
    await third
    await parts.finish()
    assert sent == [10, 10, 10]


async def test_what_is_held_takes_its_own_size_however_small_its_blocks() -> None:
    uploads = object()
    video = Video(filename="a.mp4", source="v/source")
    parts = PartWriter(object(), uploads, video, Pulse(uploads, "v", 60), 8 * MIB, Memory(16 * MIB))  # type: ignore[arg-type]
    tracemalloc.start()
    try:
        for _ in range(MIB // 16):
            await parts.add(b"xx")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 8 * MIB + MIB // 2, "one part, whatever it came in"


async def test_the_beginning_of_a_form_takes_its_own_size_however_small_its_blocks() -> None:
    async def blocks() -> AsyncIterator[bytes]:
        yield b'--cut\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
        for _ in range(MIB // 16):
            yield b"xx"
        yield b"\r\n--cut--\r\n"

    form = _Form(FormReader(b"cut"), blocks(), None, hold=8 * MIB)
    tracemalloc.start()
    try:
        await form.open()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 8 * MIB + MIB // 2, "one part, whatever it came in"
    assert [len(block) async for block in form.file()] == [MIB // 8]
