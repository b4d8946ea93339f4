"""Many dead letters at once, on every database: found by what they have in common, replayed, dropped."""

import pytest

from pipeline import messages
from pipeline.adapters.database import Database
from pipeline.claims import Absorbed, Claim, Failure
from pipeline.errors import DeadLetterMissing, IllegalTransition
from pipeline.letters import DeadLetter, LetterName, Letters
from tests.contract.ledgers import (
    CRASH,
    NOTIFY,
    TRANSCODE,
    claimed,
    death,
    died,
    publish_all,
    ready_video,
    unpublished,
)

STALLED = Failure("ffmpeg_stalled", "It stood still.", "Look.", "FfmpegStalled", "Traceback: there")
NOT_A_LETTER: LetterName = ("transcode", "never heard of")


async def dead(ledger: Database, failure: Failure = STALLED) -> Claim:
    claim = await claimed(ledger)
    await ledger.commit(claim, *death(claim, failure))
    return claim


def name(claim: Claim) -> LetterName:
    return claim.stage, claim.envelope.id


def names(letters: object) -> list[LetterName]:
    assert isinstance(letters, list)
    assert all(isinstance(letter, DeadLetter) for letter in letters)
    return [(letter.stage, letter.event_id) for letter in letters]


async def test_letters_are_found_by_what_is_said_of_them_and_by_all_of_it(ledger: Database) -> None:
    stalled, crashed = await dead(ledger), await dead(ledger, CRASH)
    event = (await ready_video(ledger)).id
    notice = await claimed(ledger, NOTIFY, await ready_video(ledger))
    await died(ledger, notice, required=False)
    assert names(await ledger.dead(Letters(code="ffmpeg_stalled"))) == [name(stalled)]
    assert names(await ledger.dead(Letters(video_id=crashed.video.id))) == [name(crashed)]
    assert names(await ledger.dead(Letters(event_id=notice.envelope.id))) == [name(notice)]
    assert len(await ledger.dead(Letters(reason="permanent"))) == 3
    assert names(await ledger.dead(Letters(stage="transcode", code="flaky"))) == []
    assert names(await ledger.dead(Letters(event_id=event))) == []


async def test_many_are_replayed_in_one_go_and_a_second_time_none(ledger: Database) -> None:
    claims = [await dead(ledger) for _ in range(3)]
    await publish_all(ledger)
    asked = [NOT_A_LETTER, *map(name, claims)]
    again = await ledger.replay_all(asked)
    assert [message.id for message in again] == [messages.replayed_id(one.envelope.id, 1) for one in claims]
    assert again == await unpublished(ledger)
    assert await ledger.replay_all(asked) == []
    assert await ledger.dead() == []
    for claim in claims:
        video, (step, *_) = await ledger.video(claim.video.id)
        assert (video.status, video.error, step.state) == ("processing", None, "waiting")


async def test_replaying_none_is_harmless(ledger: Database) -> None:
    await dead(ledger)
    assert await ledger.replay_all([]) == []
    assert await ledger.drop([]) == []
    assert len(await ledger.dead()) == 1


async def test_a_dropped_letter_is_forgotten_and_its_video_stays_failed(ledger: Database) -> None:
    claim, other = await dead(ledger), await dead(ledger)
    assert await ledger.drop([name(claim), NOT_A_LETTER]) == [name(claim)]
    assert names(await ledger.dead()) == [name(other)]
    assert claim.envelope.id not in await ledger.dead_ids("transcode")
    with pytest.raises(DeadLetterMissing):
        await ledger.letter(*name(claim))
    video, (step, *_) = await ledger.video(claim.video.id)
    assert (video.status, step.state) == ("failed", "failed")


async def test_dropping_twice_or_after_a_replay_does_nothing(ledger: Database) -> None:
    dropped, replayed = await dead(ledger), await dead(ledger)
    await ledger.drop([name(dropped)])
    await ledger.replay(*name(replayed))
    before = [await ledger.timeline(claim.video.id) for claim in (dropped, replayed)]
    assert await ledger.drop([name(dropped), name(replayed)]) == []
    assert await ledger.replay(*name(dropped)) == []
    assert [await ledger.timeline(claim.video.id) for claim in (dropped, replayed)] == before


async def test_a_drop_is_told_on_the_timeline_and_never_published(ledger: Database) -> None:
    claim = await dead(ledger)
    await publish_all(ledger)
    await ledger.drop([name(claim)])
    told = (await ledger.timeline(claim.video.id))[-1]
    assert (told.kind, told.stage, told.event_id) == ("drop", "transcode", claim.envelope.id)
    assert told.published_at is not None
    assert await unpublished(ledger) == []


async def test_a_copy_of_a_dropped_event_is_absorbed(ledger: Database) -> None:
    claim = await dead(ledger)
    await ledger.drop([name(claim)])
    taken = await ledger.claim(TRANSCODE, claim.envelope, "host:2")
    assert taken == Absorbed("it is dropped already")


async def test_a_video_whose_letters_were_all_dropped_cannot_be_tried_again(ledger: Database) -> None:
    claim = await dead(ledger)
    await ledger.drop([name(claim)])
    with pytest.raises(IllegalTransition, match="dropped"):
        await ledger.retry(claim.video.id)


async def test_what_is_no_event_can_be_dropped_too(ledger: Database) -> None:
    message = messages.unreadable("transcode", b"junk", "message id", STALLED, "host:1")
    await ledger.bury("transcode", STALLED, message)
    assert await ledger.drop([("transcode", message.id)]) == [("transcode", message.id)]
    assert await ledger.dead() == []
