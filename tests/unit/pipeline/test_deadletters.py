"""Dead letters in the dead queues: those that the broker put there are taken up, and settled ones removed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager

import pytest

from pipeline import deadletters
from pipeline.deadletters import DeadLetterOffice
from pipeline.errors import DeadLetterMissing, Permanent
from pipeline.events import Envelope, Event, StageFailed, VideoUploaded
from pipeline.job import Job
from pipeline.letters import LetterName, Letters
from pipeline.ports import Delivery, Message
from pipeline.topology import DEAD, dead_queue, work_queue
from tests.chain import Chain, eventually, in_memory, stages

QUEUE = dead_queue("transcode")


async def refused(event: VideoUploaded, job: Job) -> Sequence[Event]:
    raise Permanent("On purpose.")


@pytest.fixture
async def chain() -> AsyncIterator[Chain]:
    async with in_memory(stages(transcode=refused)) as chain:
        yield chain


@pytest.fixture
def office(chain: Chain) -> DeadLetterOffice:
    return DeadLetterOffice(chain.bus, chain.ledger, chain.stages)


async def given_up_by_the_broker(chain: Chain) -> Envelope:
    """An event that its queue moved to the dead queue as it came: with none of our headers."""
    await chain.upload()
    async with chain.bus.take(work_queue("transcode"), 1) as (delivery,):
        body = delivery.body
        await delivery.ack()
    await chain.bus.publish(Message("delivered too often", "event", DEAD, "transcode", body))
    return Envelope.decode(body)


async def letters_of(chain: Chain) -> list[dict[str, object]]:
    async with chain.bus.take(QUEUE, 10) as letters:
        return [dict(letter.headers) for letter in letters]


async def test_a_stray_fails_its_video_with_the_delivery_limit(
    chain: Chain, office: DeadLetterOffice
) -> None:
    envelope = await given_up_by_the_broker(chain)
    assert await office.tidy(chain.stages[0]) == 1
    video, steps = await chain.video(envelope.subject)
    assert video.status == "failed"
    assert video.error is not None
    assert (video.error["code"], video.error["stage"]) == ("delivery_limit", "transcode")
    assert steps["transcode"].state == "failed"


async def test_a_stray_gets_our_headers_instead_of_none(chain: Chain, office: DeadLetterOffice) -> None:
    await given_up_by_the_broker(chain)
    await office.tidy(chain.stages[0])
    (headers,) = await letters_of(chain)
    assert headers["reelmill-reason"] == "delivery limit"
    assert headers["reelmill-code"] == "delivery_limit"
    assert {"reelmill-attempts", "reelmill-host", "reelmill-version", "reelmill-stack"} <= set(headers)
    assert await office.tidy(chain.stages[0]) == 0


async def test_the_letter_the_event_and_the_row_of_a_stray_tell_the_same_attempts(
    chain: Chain, office: DeadLetterOffice
) -> None:
    envelope = await given_up_by_the_broker(chain)
    await office.tidy(chain.stages[0])
    (headers,) = await letters_of(chain)
    (letter,) = await chain.ledger.dead()
    (told,) = [
        entry for entry in await chain.ledger.timeline(envelope.subject) if entry.type == StageFailed.topic
    ]
    assert int(str(headers["reelmill-attempts"])) == letter.attempts == told.data["attempts"] == 1


async def test_a_stray_can_be_replayed_like_any_other(chain: Chain, office: DeadLetterOffice) -> None:
    envelope = await given_up_by_the_broker(chain)
    await office.tidy(chain.stages[0])
    assert await office.replay("transcode", envelope.id)
    assert (await chain.video(envelope.subject))[0].status == "processing"
    assert await chain.bus.depth(work_queue("transcode")) == 1
    assert await chain.bus.depth(QUEUE) == 0


async def test_a_stray_whose_job_is_still_held_is_left_until_that_is_over(
    chain: Chain, office: DeadLetterOffice
) -> None:
    envelope = await given_up_by_the_broker(chain)
    await chain.ledger.claim(chain.stages[0], envelope, "somebody")
    assert await office.tidy(chain.stages[0]) == 0
    assert await chain.bus.depth(QUEUE) == 1
    assert (await chain.video(envelope.subject))[0].status == "processing"


async def test_a_stray_of_a_video_that_is_gone_is_removed(chain: Chain, office: DeadLetterOffice) -> None:
    envelope = await given_up_by_the_broker(chain)
    await chain.ledger.delete(envelope.subject)
    assert await office.tidy(chain.stages[0]) == 1
    assert await chain.bus.depth(QUEUE) == 0
    assert await chain.ledger.dead() == []


async def test_a_stray_that_is_no_event_stays_where_people_can_see_it(
    chain: Chain, office: DeadLetterOffice
) -> None:
    await chain.bus.publish(Message("junk", "event", DEAD, "transcode", b"junk"))
    assert await office.tidy(chain.stages[0]) == 0
    assert await chain.bus.depth(QUEUE) == 1


async def test_letters_that_are_dead_stay_and_those_replayed_elsewhere_go(
    chain: Chain, office: DeadLetterOffice
) -> None:
    async with chain.running("transcode"):
        ids = [await chain.upload() for _ in range(2)]
        for video_id in ids:
            await chain.until(video_id, lambda video, _: video.status == "failed")
        await eventually(lambda: _holds(chain, 2))
    assert await office.tidy(chain.stages[0]) == 0
    await chain.ledger.retry(ids[0])
    assert await office.tidy(chain.stages[0]) == 1
    assert await chain.bus.depth(QUEUE) == 1


async def test_a_letter_written_while_the_office_looks_is_not_taken_for_settled(
    chain: Chain, office: DeadLetterOffice
) -> None:
    """Its row may be committed, and its letter published, between any two of the office's questions."""
    video_id = await chain.upload()
    ask = chain.ledger.dead_ids

    async def asked_too_early(stage: str) -> frozenset[str]:
        before = await ask(stage)
        async with chain.running("transcode"):
            await chain.until(video_id, lambda video, _: video.status == "failed")
            await eventually(lambda: _holds(chain, 1))
        return before

    chain.ledger.dead_ids = asked_too_early  # type: ignore[method-assign]
    await office.tidy(chain.stages[0])
    assert await chain.bus.depth(QUEUE) == 1


async def test_a_broker_that_is_away_does_not_undo_a_replay(chain: Chain, office: DeadLetterOffice) -> None:
    envelope = await given_up_by_the_broker(chain)
    await office.tidy(chain.stages[0])
    chain.bus.away = True  # type: ignore[attr-defined]
    assert await office.replay("transcode", envelope.id)
    assert (await chain.video(envelope.subject))[0].status == "processing"


async def test_what_was_never_dead_cannot_be_replayed(chain: Chain, office: DeadLetterOffice) -> None:
    for stage in ("transcode", "no such stage"):
        with pytest.raises(DeadLetterMissing):
            await office.replay(stage, "never heard of")


async def given_up(chain: Chain, count: int) -> list[str]:
    async with chain.running("transcode"):
        ids = [await chain.upload() for _ in range(count)]
        for video_id in ids:
            await chain.until(video_id, lambda video, _: video.status == "failed")
        await eventually(lambda: _holds(chain, count))
    return ids


async def test_all_of_a_reason_are_replayed_and_a_second_time_none(
    chain: Chain, office: DeadLetterOffice
) -> None:
    ids = await given_up(chain, 3)
    replayed = await office.replay_all(Letters(reason="permanent"))
    assert [letter.video_id for letter in replayed] == ids
    assert await chain.bus.depth(work_queue("transcode")) == 3
    assert await chain.bus.depth(QUEUE) == 0
    assert await office.replay_all(Letters(reason="permanent")) == []


async def test_what_dies_again_while_many_are_replayed_is_left_for_the_next_time(
    chain: Chain, office: DeadLetterOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    await given_up(chain, 3)
    monkeypatch.setattr(deadletters, "_BATCH", 1)
    replay = chain.ledger.replay_all

    async def replayed_and_dead_again(names: Sequence[LetterName]) -> Sequence[Message]:
        again = await replay(names)
        for message in again:
            await chain.bus.publish(message)
        async with chain.running("transcode"):
            await eventually(lambda: _are_dead(chain, 3))
        return again

    chain.ledger.replay_all = replayed_and_dead_again  # type: ignore[method-assign]
    assert len(await office.replay_all(Letters())) == 3
    assert len(await chain.ledger.dead()) == 3


async def test_however_many_are_replayed_their_queue_is_looked_through_once(
    chain: Chain, office: DeadLetterOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    await given_up(chain, 4)
    monkeypatch.setattr(deadletters, "_BATCH", 2)
    looks: list[str] = []
    take = chain.bus.take

    def counted(queue: str, limit: int) -> AbstractAsyncContextManager[Sequence[Delivery]]:
        looks.append(queue)
        return take(queue, limit)

    monkeypatch.setattr(chain.bus, "take", counted)
    await office.replay_all(Letters())
    assert looks == [QUEUE]


async def test_dropped_letters_leave_their_queue_and_nothing_is_sent_again(
    chain: Chain, office: DeadLetterOffice
) -> None:
    ids = await given_up(chain, 2)
    dropped = await office.drop_all(Letters(video_id=ids[0]))
    assert [letter.video_id for letter in dropped] == [ids[0]]
    assert await chain.bus.depth(QUEUE) == 1
    assert await chain.bus.depth(work_queue("transcode")) == 0
    assert (await chain.video(ids[0]))[0].status == "failed"
    assert await office.drop_all(Letters(video_id=ids[0])) == []


async def test_a_broker_that_is_away_undoes_neither_many_replays_nor_a_drop(
    chain: Chain, office: DeadLetterOffice
) -> None:
    ids = await given_up(chain, 2)
    chain.bus.away = True  # type: ignore[attr-defined]
    assert len(await office.replay_all(Letters(video_id=ids[0]))) == 1
    assert len(await office.drop_all(Letters(video_id=ids[1]))) == 1
    assert await chain.ledger.dead() == []


async def _are_dead(chain: Chain, count: int) -> bool:
    return len(await chain.ledger.dead()) == count


async def _holds(chain: Chain, letters: int) -> bool:
    return await chain.bus.depth(QUEUE) == letters
