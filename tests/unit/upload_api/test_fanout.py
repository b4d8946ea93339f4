"""One reader for all streams, over the ledger in memory."""

import json
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from pipeline.changes import Changed
from pipeline.errors import DatabaseAway
from pipeline.ledger import Ledger
from pipeline.uploading import NewUpload
from pipeline.video import Step, Video
from tests.chain import Chain, eventually, in_memory
from upload_api.fanout import Fanout
from upload_api.mailbox import Mailbox

SOON = 10.0
QUICK = 0.01


class Counted:
    """A ledger that counts what is asked of it, and can be away or broken."""

    def __init__(self, inner: Ledger) -> None:
        self._inner = inner
        self.problem: Exception | None = None
        self.strange: str | None = None
        """The id of a video in a state that we do not know."""
        self.looks = 0
        self.since: list[datetime | None] = []
        self.read = 0

    async def changed(self, since: datetime | None) -> Changed:
        self.looks += 1
        self.since.append(since)
        if self.problem:
            raise self.problem
        return await self._inner.changed(since)

    async def videos(self, ids: Collection[str]) -> Sequence[tuple[Video, Sequence[Step]]]:
        found = await self._inner.videos(ids)
        for video, _ in found:
            video.status = "dreaming" if video.id == self.strange else video.status
        self.read += len(found)
        return found


class Noting(Mailbox):
    """Keeps what is put in."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[bytes] = []

    def put(self, video_id: str, frame: bytes) -> None:
        self.frames.append(frame)


class Scene:
    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.ledger = Counted(chain.ledger)
        self.fanout = Fanout(lambda: self.ledger, pause=QUICK)

    async def next(self, box: Mailbox) -> list[dict[str, Any]]:
        """The data of the events that come next."""
        lines = (await box.next(SOON)).decode().splitlines()
        return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]

    async def heard(self, box: Mailbox, video_id: str, status: str | None = None) -> dict[str, Any]:
        """The next event about that video, in that state where one is named."""
        while True:
            for event in await self.next(box):
                if event.get("id") == video_id and status in {None, event.get("status")}:
                    return event

    async def looked(self, times: int = 2) -> None:
        """That often from now: what was there before has been seen by then."""
        until = self.ledger.looks + times

        async def reached() -> bool:
            return self.ledger.looks >= until

        await eventually(reached)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        yield Scene(await stack.enter_async_context(in_memory()))


async def test_whoever_listens_is_told_of_a_new_video_as_a_status_shows_it(scene: Scene) -> None:
    box = Mailbox()
    with scene.fanout.listening(box):
        video_id = await scene.chain.upload()
        event = await scene.heard(box, video_id, "processing")
    assert [step["state"] for step in event["steps"]] == ["waiting"] * 4


async def test_all_streams_get_the_very_same_bytes(scene: Scene) -> None:
    boxes = [Noting() for _ in range(3)]
    with _all(scene.fanout, boxes):
        await scene.chain.upload()
        await scene.looked()
    first, *others = [[id(frame) for frame in box.frames] for box in boxes]
    assert first
    assert others == [first, first]


async def test_what_did_not_change_is_not_told_again_though_looks_overlap(scene: Scene) -> None:
    box = Mailbox()
    with scene.fanout.listening(box):
        video_id = await scene.chain.upload()
        await scene.heard(box, video_id, "processing")
        await scene.looked(5)
        assert (await box.next(QUICK)).startswith(b": still here")


async def test_a_deleted_video_is_told_gone(scene: Scene) -> None:
    video_id = await scene.chain.upload()
    box = Mailbox()
    with scene.fanout.listening(box):
        await scene.heard(box, video_id, "processing")
        await scene.chain.ledger.delete(video_id)
        assert await scene.next(box) == [{"id": video_id}]


async def test_an_upload_that_comes_to_nothing_is_told_gone(scene: Scene) -> None:
    box = Mailbox()
    with scene.fanout.listening(box):
        begun = await scene.chain.ledger.begin(NewUpload("a.mp4"))
        await scene.heard(box, begun.video.id, "uploading")
        await scene.chain.ledger.discard(begun.video.id)
        assert await scene.next(box) == [{"id": begun.video.id}]


async def test_one_that_comes_back_is_told_what_it_missed_and_the_others_are_not(scene: Scene) -> None:
    staying = Mailbox()
    with scene.fanout.listening(staying):
        video_id = await scene.chain.upload()
        await scene.heard(staying, video_id, "processing")
        await scene.looked()
        assert staying.mark
        back = Mailbox(since=staying.mark - timedelta(minutes=5))
        with scene.fanout.listening(back):
            await scene.heard(back, video_id, "processing")
            await scene.looked()
            assert back.since is None
            assert (await staying.next(QUICK)).startswith(b": still here")


async def test_many_that_come_back_at_once_cost_one_look(scene: Scene) -> None:
    video_id = await scene.chain.upload()
    mark = (await scene.chain.ledger.changed(None)).mark
    boxes = [Mailbox(since=mark - timedelta(seconds=number)) for number in range(20)]
    with _all(scene.fanout, boxes):
        for box in boxes:
            await scene.heard(box, video_id)
    assert scene.ledger.since[0] == mark - timedelta(seconds=19)
    assert scene.ledger.read == scene.ledger.looks


async def test_a_cursor_is_not_given_out_before_all_up_to_it_is_in(scene: Scene) -> None:
    scene.ledger.problem = DatabaseAway()
    box = Mailbox()
    with scene.fanout.listening(box):
        await scene.looked(1)
        assert b"id: " not in await box.next(QUICK)


@pytest.mark.parametrize("problem", [DatabaseAway("gone for lunch"), RuntimeError("a mistake of ours")])
async def test_an_outage_ends_nothing_and_what_happened_meanwhile_is_told(
    scene: Scene, problem: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upload_api.fanout._OUTAGE_PAUSE", QUICK)
    box = Mailbox()
    with scene.fanout.listening(box):
        await scene.looked()
        scene.ledger.problem = problem
        await scene.looked()
        video_id = await scene.chain.upload()
        scene.ledger.problem = None
        await scene.heard(box, video_id, "processing")
    assert not box.closed


async def test_a_video_that_cannot_be_shown_keeps_nobody_from_hearing_of_others(scene: Scene) -> None:
    strange = await scene.chain.upload()
    scene.ledger.strange = strange
    box = Mailbox()
    with scene.fanout.listening(box):
        video_id = await scene.chain.upload()
        await scene.heard(box, video_id, "processing")
        await scene.looked()
        assert strange.encode() not in await box.next(QUICK)


async def test_nobody_reads_the_database_while_nobody_listens(scene: Scene) -> None:
    assert not scene.fanout.reads()
    with scene.fanout.listening(Mailbox()):
        with scene.fanout.listening(Mailbox()):
            assert scene.fanout.reads()
        assert scene.fanout.reads()
    assert not scene.fanout.reads()
    assert scene.ledger.looks == 0


async def test_there_are_only_so_many_streams(scene: Scene) -> None:
    fanout = Fanout(lambda: scene.ledger, most=2)
    with _all(fanout, [Mailbox()]):
        assert not fanout.is_full()
        with _all(fanout, [Mailbox()]):
            assert fanout.is_full()


async def test_a_closed_fanout_ends_all_streams_and_those_to_come(scene: Scene) -> None:
    early, late = Mailbox(), Mailbox()
    with scene.fanout.listening(early):
        scene.fanout.close()
        assert await early.next(SOON) == b""
        with scene.fanout.listening(late):
            assert await late.next(SOON) == b""
    assert not scene.fanout.reads()


@contextmanager
def _all(fanout: Fanout, boxes: Sequence[Mailbox]) -> Iterator[None]:
    with ExitStack() as stack:
        for box in boxes:
            stack.enter_context(fanout.listening(box))
        yield
