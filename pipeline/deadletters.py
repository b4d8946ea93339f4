"""Dead letters: in the database, the truth about them, and in the queues that ops people look at."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import structlog

from pipeline import messages, outbox
from pipeline.attempt import failure_of
from pipeline.claims import Busy, Claim
from pipeline.errors import MalformedEvent, Permanent, ReelmillError
from pipeline.events import Envelope, derived_id
from pipeline.failpoints import reach
from pipeline.host import this_process
from pipeline.ledger import Ledger
from pipeline.letters import DeadLetter, LetterName, Letters
from pipeline.outcomes import Endings
from pipeline.ports import Bus, Delivery, Message
from pipeline.stage import Stage
from pipeline.topology import dead_queue
from pipeline.tracing import span

log = structlog.get_logger()
_LOOK = 10_000
"""Letters looked at in one go, held in memory meanwhile."""
_NEAR = 50
"""While somebody waits for an answer: each is a question to the broker, and on a busy one takes its time."""
_AT_ONCE = 20
"""Letters that are published at a time."""
_BATCH = 100
"""Letters in one transaction: a fraction of a second in which other writers wait."""


class DeliveryLimit(Permanent):
    code = "delivery_limit"
    message = "RabbitMQ gave the event to workers too often without an answer."
    hint = "Look at the worker's log for crashes and lost connections, then replay the dead letter."


@dataclass(frozen=True)
class DeadLetterOffice:
    """Where dead letters lie: the rows of `ledger` and the dead queues of `bus`."""

    bus: Bus
    ledger: Ledger
    stages: tuple[Stage, ...]

    async def replay(self, stage: str, event_id: str) -> bool:
        """Whether there was anything to replay. Raises DeadLetterMissing or DatabaseAway."""
        again = await self.ledger.replay(stage, event_id)
        reach("replay.after")
        await outbox.publish(self.bus, self.ledger, again)
        if again:
            await self.tidied(stage)
        return bool(again)

    async def replay_all(self, which: Letters) -> Sequence[DeadLetter]:
        """Those of `which` that are dead now, and not what becomes of them. Returns what there was to replay.
        Raises DatabaseAway, with a part of them replayed."""
        letters = await self.ledger.dead(which)
        replayed: set[str] = set()
        for some in _in_batches(letters):
            again = await self.ledger.replay_all([name_of(letter) for letter in some])
            await self._publish(again)
            replayed |= {message.id for message in again}
        await self._tidied_all(letters)
        return [letter for letter in letters if messages.replayed_id(letter.event_id, 1) in replayed]

    async def drop_all(self, which: Letters) -> Sequence[DeadLetter]:
        """The same, forgotten instead. Raises DatabaseAway, with a part of them dropped."""
        letters = await self.ledger.dead(which)
        dropped: set[LetterName] = set()
        for some in _in_batches(letters):
            dropped |= set(await self.ledger.drop([name_of(letter) for letter in some]))
        await self._tidied_all(letters)
        return [letter for letter in letters if name_of(letter) in dropped]

    async def tidy(self, stage: Stage, at_most: int = _LOOK) -> int:
        """Removes letters that are dead no more, and takes up those that the broker put there by itself.
        Returns how many. Raises BrokerAway or DatabaseAway."""
        settled = 0
        there = await self.bus.depth(dead_queue(stage.name))
        async with self.bus.take(dead_queue(stage.name), min(there, at_most)) as letters:
            # Asked only now: a letter comes to its queue after its row is committed.
            dead = await self.ledger.dead_ids(stage.name)
            for letter in letters:
                if "reelmill-reason" not in letter.headers:
                    settled += await self._adopt(stage, letter)
                elif not dead & {_event_id(letter), letter.message_id}:
                    await letter.ack()
                    settled += 1
        return settled

    async def tidied(self, name: str) -> None:
        """Tidies what is near, as far as it can be done now; the sweep does the rest."""
        stage = next((stage for stage in self.stages if stage.name == name), None)
        try:
            if stage is not None:
                await self.tidy(stage, _NEAR)
        except ReelmillError as error:
            log.warning("letters_left", stage=name, code=error.code)

    async def _publish(self, again: Sequence[Message]) -> None:
        """Several at a time: the broker takes about as long to confirm one as to confirm twenty."""
        shares = [again[start::_AT_ONCE] for start in range(min(_AT_ONCE, len(again)))]
        await asyncio.gather(*(outbox.publish(self.bus, self.ledger, share) for share in shares))

    async def _tidied_all(self, letters: Iterable[DeadLetter]) -> None:
        """Once for each queue, however many letters: each look is a delivery of what is near."""
        for stage in sorted({letter.stage for letter in letters}):
            await self.tidied(stage)

    async def _adopt(self, stage: Stage, letter: Delivery) -> bool:
        """The broker gave this event up: so do we, with our headers and the video failed."""
        try:
            envelope = Envelope.decode(letter.body)
        except MalformedEvent:
            return False
        with span("adopt", envelope.traceparent, video_id=envelope.subject):
            match await self.ledger.claim(stage, envelope, this_process()):
                case Busy():
                    return False
                case Claim() as claim:
                    await self._give_up(stage, claim)
        await letter.ack()
        return True

    async def _give_up(self, stage: Stage, claim: Claim) -> None:
        endings = Endings(stage, this_process(), messages.consumed_topics(self.stages))
        outcome, follow = endings.died(claim, failure_of(DeliveryLimit()), "delivery limit")
        await outbox.publish(self.bus, self.ledger, await self.ledger.commit(claim, outcome, follow))


def name_of(letter: DeadLetter) -> LetterName:
    return letter.stage, letter.event_id


def _in_batches(letters: Sequence[DeadLetter]) -> Iterator[Sequence[DeadLetter]]:
    return (letters[start : start + _BATCH] for start in range(0, len(letters), _BATCH))


def _event_id(letter: Delivery) -> str:
    try:
        return Envelope.decode(letter.body).id
    except MalformedEvent:
        return derived_id(letter.message_id)
