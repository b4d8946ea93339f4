"""Dead letters, on every database: listed with their reason, and replayed once each."""

from dataclasses import fields

import pytest

from pipeline import messages
from pipeline.adapters.database import Database
from pipeline.claims import Failure
from pipeline.errors import DeadLetterMissing
from pipeline.events import Envelope
from pipeline.letters import DeadLetter, Letters
from pipeline.ports import Message
from tests.contract.ledgers import (
    NOTIFY,
    THUMBNAIL,
    TRANSCODE,
    accepted,
    carried,
    claimed,
    died,
    ready_video,
    unpublished,
)

UNREADABLE = Failure("event_malformed", "It is no event.", "Look at it.", "MalformedEvent", "stack")


async def test_a_dead_letter_tells_what_died_why_and_what_to_do(ledger: Database) -> None:
    claim = await claimed(ledger)
    await died(ledger, claim)
    (letter,) = await ledger.dead()
    assert (letter.stage, letter.event_id) == ("transcode", claim.envelope.id)
    assert (letter.type, letter.video_id) == ("video.uploaded.v1", claim.video.id)
    assert (letter.code, letter.message, letter.hint) == ("flaky", "It failed this time.", "Wait.")
    assert (letter.reason, letter.attempts, letter.crashes) == ("permanent", 1, 0)
    whole = await ledger.letter("transcode", claim.envelope.id)
    assert Envelope.decode(whole.body) == claim.envelope
    assert whole.headers["reelmill-error-type"] == "Flaky"
    assert DeadLetter(**{field.name: getattr(whole, field.name) for field in fields(letter)}) == letter


async def test_dead_letters_are_listed_oldest_first_and_by_stage(ledger: Database) -> None:
    first = await claimed(ledger)
    last = await carried(ledger, await accepted(ledger), TRANSCODE)
    second = await claimed(ledger, THUMBNAIL, last)
    await died(ledger, first)
    await died(ledger, second)
    assert [letter.stage for letter in await ledger.dead()] == ["transcode", "thumbnail"]
    assert [letter.event_id for letter in await ledger.dead(Letters(stage="thumbnail"))] == [last.id]
    assert await ledger.dead(Letters(stage="notify")) == []


async def test_a_replay_sends_the_event_to_its_stage_alone_and_the_failed_video_goes_on(
    ledger: Database,
) -> None:
    claim = await claimed(ledger)
    await died(ledger, claim)
    (message,) = await ledger.replay("transcode", claim.envelope.id)
    assert (message.exchange, message.routing_key) == ("", "reelmill.transcode")
    assert message in await unpublished(ledger)
    copy = Envelope.decode(message.body)
    assert copy.id == message.id == messages.replayed_id(claim.envelope.id, 1)
    assert copy.model_copy(update={"id": claim.envelope.id}) == claim.envelope
    video, (step, *_) = await ledger.video(claim.video.id)
    assert (video.status, video.error, step.state) == ("processing", None, "waiting")


async def test_a_second_replay_of_one_letter_does_nothing(ledger: Database) -> None:
    claim = await claimed(ledger)
    await died(ledger, claim)
    await ledger.replay("transcode", claim.envelope.id)
    before = await unpublished(ledger)
    assert await ledger.replay("transcode", claim.envelope.id) == []
    assert await unpublished(ledger) == before
    assert await ledger.dead() == []


async def test_a_replay_that_dies_again_leaves_a_letter_that_can_be_replayed_too(ledger: Database) -> None:
    envelope = await accepted(ledger)
    seen = {envelope.id}
    for _ in range(3):
        await died(ledger, await claimed(ledger, TRANSCODE, envelope))
        (letter,) = await ledger.dead()
        (message,) = await ledger.replay("transcode", letter.event_id)
        envelope = Envelope.decode(message.body)
        seen.add(envelope.id)
    assert len(seen) == 4


async def test_a_replay_of_a_side_branch_leaves_the_ready_video_alone(ledger: Database) -> None:
    ready = await ready_video(ledger)
    await died(ledger, await claimed(ledger, NOTIFY, ready), required=False)
    before, _ = await ledger.video(ready.subject)
    assert len(await ledger.replay("notify", ready.id)) == 1
    after, (*_, step) = await ledger.video(ready.subject)
    assert after.model_dump() == before.model_dump()
    assert (step.state, step.error) == ("waiting", None)


async def test_what_was_never_dead_is_no_letter(ledger: Database) -> None:
    claim = await claimed(ledger)
    before = await unpublished(ledger)
    named = [("transcode", claim.envelope.id), ("transcode", "x"), ("thumbnail", claim.envelope.id)]
    for stage, event_id in named:
        with pytest.raises(DeadLetterMissing):
            await ledger.replay(stage, event_id)
    assert await unpublished(ledger) == before


async def test_a_message_that_is_no_event_is_buried_once_with_its_letter(ledger: Database) -> None:
    message = unreadable()
    for _ in range(2):
        await ledger.bury("transcode", UNREADABLE, message)
    assert await unpublished(ledger) == [message]
    (letter,) = await ledger.dead(Letters(stage="transcode"))
    assert (await ledger.letter("transcode", message.id)).body == message.body
    assert (letter.code, letter.reason) == ("event_malformed", "unreadable")
    assert (letter.video_id, letter.type) == (None, "unknown")


async def test_a_buried_message_is_replayed_as_it_came(ledger: Database) -> None:
    message = unreadable()
    await ledger.bury("transcode", UNREADABLE, message)
    (again,) = await ledger.replay("transcode", message.id)
    assert (again.body, again.routing_key) == (b"\x00junk", "reelmill.transcode")
    assert await ledger.replay("transcode", message.id) == []


def unreadable() -> Message:
    return messages.unreadable("transcode", b"\x00junk", "message id", UNREADABLE, "host:1")
