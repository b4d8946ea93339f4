"""The few steps that tests of chunks begin with: planned, claimed by their number, transcoded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline import messages
from pipeline.adapters.database import Database
from pipeline.claims import Claim, Done
from pipeline.events import (
    ChunkGrew,
    ChunkRequested,
    ChunkTranscoded,
    Envelope,
    Event,
    VideoPlanned,
    next_envelope,
)
from pipeline.ports import Message
from tests.chain import chunked_stages, made, plan_of
from tests.contract.ledgers import accepted, claimed, death

CHUNKED = chunked_stages()
PLAN, HEAD, SOUND, TAIL, JOIN, *_ = CHUNKED
BY_TOPIC = {event.topic: stage for stage in CHUNKED for event in stage.consumes}
WINDOWS: Mapping[str, int] = {"head": 2, "sound": 2, "tail": 2}


@dataclass
class Film:
    """A video whose plan is committed, with the messages that were to be published since."""

    ledger: Database
    id: str
    told: list[Message] = field(default_factory=list)

    @property
    def topics(self) -> list[str]:
        return [Envelope.decode(message.body).type.rpartition(".v")[0] for message in self.told]

    @property
    def requested(self) -> list[int]:
        """The numbers of the chunks that were released, in order."""
        return requested(self.told)

    def envelope(self, number: int) -> Envelope:
        """The newest request of that chunk, perhaps a replay."""
        return [
            envelope
            for envelope in (Envelope.decode(message.body) for message in self.told)
            if isinstance(event := envelope.event(), ChunkRequested) and event.number == number
        ][-1]

    async def claim(self, number: int) -> Claim:
        return await claim_chunk(self.ledger, self.envelope(number))

    async def finish(self, *numbers: int, windows: Mapping[str, int] = WINDOWS) -> None:
        for number in numbers:
            self.told += await commit(self.ledger, await self.claim(number), windows=windows)

    async def give_up(self, number: int) -> Claim:
        claim = await self.claim(number)
        self.told += await self.ledger.commit(claim, *death(claim))
        return claim

    async def replay(self, claim: Claim) -> None:
        self.told += await self.ledger.replay(claim.stage, claim.envelope.id)


def requested(told: Sequence[Message]) -> list[int]:
    events = [Envelope.decode(message.body).event() for message in told]
    return [event.number for event in events if isinstance(event, ChunkRequested)]


async def planned(
    ledger: Database,
    count: int = 6,
    *,
    windows: Mapping[str, int] = WINDOWS,
    plan: VideoPlanned | None = None,
) -> Film:
    """Without a plan of one's own no chunk is the head that a viewer begins with, for which others wait."""
    claim = await claimed(ledger, PLAN, await accepted(ledger))
    film = Film(ledger, claim.video.id)
    film.told += await commit(ledger, claim, plan or headless(plan_of(count)), windows=windows)
    return film


def headless(plan: VideoPlanned) -> VideoPlanned:
    """The same, as of a video whose first two segments were made elsewhere."""
    chunks = [
        chunk if chunk.track == "sound" else chunk.model_copy(update={"first": chunk.first + 2})
        for chunk in plan.chunks
    ]
    later = [
        chunk if chunk.until is None else chunk.model_copy(update={"until": chunk.until + 2})
        for chunk in chunks
    ]
    return plan.model_copy(update={"chunks": tuple(later)})


async def claim_chunk(ledger: Database, envelope: Envelope) -> Claim:
    return await claimed(ledger, BY_TOPIC[envelope.type.rpartition(".v")[0]], envelope)


async def commit(
    ledger: Database, claim: Claim, *events: Event, windows: Mapping[str, int] = WINDOWS
) -> Sequence[Message]:
    """The end of a job that went well; that of a chunk when no events are given."""
    return await ledger.commit(claim, *outcome(claim, *(events or [transcoded(claim)]), windows=windows))


def outcome(claim: Claim, *events: Event, windows: Mapping[str, int] = WINDOWS) -> tuple[Done, list[Message]]:
    told = [told_by(claim, event) for event in events]
    return Done([envelope for envelope, _ in told], windows), [message for _, message in told]


def told_by(claim: Claim, event: Event, key: str = "") -> tuple[Envelope, Message]:
    envelope = next_envelope(
        claim.envelope, event, stage=claim.stage, traceparent=claim.envelope.traceparent, key=key
    )
    consumed = messages.consumed_topics(CHUNKED)
    return envelope, messages.event(envelope, stage=claim.stage, consumed=consumed)


def transcoded(claim: Claim, took: float = 1.0) -> ChunkTranscoded:
    event = claim.envelope.event()
    assert isinstance(event, ChunkRequested)
    segments = (event.until or event.first + 2) - event.first
    return ChunkTranscoded(
        number=event.number,
        track=event.track,
        first=event.first,
        prefix=claim.prefix,
        made=tuple(made(name, segments) for name in event.renditions),
        took=took,
    )


def grew(claim: Claim, segments: int) -> ChunkGrew:
    event = claim.envelope.event()
    assert isinstance(event, ChunkRequested)
    return ChunkGrew(
        number=event.number,
        track=event.track,
        first=event.first,
        prefix=claim.prefix,
        made=tuple(made(name, segments) for name in event.renditions),
        took=0.5,
    )
