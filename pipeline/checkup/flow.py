"""Whether work gets on: the outbox, the relay and the sweep, dead letters, and what stands still."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from pipeline.checkup.findings import Finding, in_words, listed, note, ok, wrong
from pipeline.condition import LAST_SWEPT, SWEPT, Flow
from pipeline.letters import DeadLetter
from pipeline.settings import RelaySettings

_LATE = timedelta(seconds=30)
"""Beyond the relay's patience; a broker that is away explains it, and is told of elsewhere."""
_START_RELAY = "Start one: python -m workers relay"


def of_flow(flow: Flow, relay: RelaySettings) -> Iterator[Finding]:
    yield _outbox(flow, relay)
    yield _relay(flow)
    yield _sweep(flow, relay)
    if flow.stranded:
        said = f"Nothing is left that would bring on {listed(flow.stranded)}."
        yield wrong("flow", "stranded", said, "Upload them again, and tell us: this must not happen.")


def of_stuck(stuck: Mapping[str, int]) -> Finding:
    """`stuck` events by stage, which the sweep should have woken."""
    if not stuck:
        return ok("flow", "stuck", "No step stands still.")
    each = ", ".join(f"{stage} ({count})" for stage, count in stuck.items())
    said = f"Events that no worker took up, and that the sweep did not send again: {each}."
    return wrong("flow", "stuck", said, "See that a relay runs (it sweeps too); look in its log.")


def of_letters(letters: Sequence[DeadLetter]) -> Finding:
    if not letters:
        return ok("letters", "dead_letters", "There are no dead letters.")
    counts = Counter((letter.stage, letter.code) for letter in letters)
    each = listed(f"{count} of {stage} ({code})" for (stage, code), count in counts.most_common())
    step = "See why: ./reelmill dead list. Then replay or drop them."
    return note("letters", "dead_letters", f"Dead letters: {each}.", step)


def _outbox(flow: Flow, relay: RelaySettings) -> Finding:
    if flow.oldest is None:
        return ok("flow", "outbox", "Everything that was committed is published.")
    age = flow.now - flow.oldest
    said = f"{flow.unpublished} messages are not published, the oldest for {in_words(age.total_seconds())}."
    if age <= relay.patience + _LATE:
        return ok("flow", "outbox", said)
    step = "See that RabbitMQ is well and that a relay runs; look in its log for publish_refused."
    return wrong("flow", "outbox", said, step)


def _relay(flow: Flow) -> Finding:
    until = flow.leases.get("relay")
    if until is not None and until > flow.now:
        return ok("flow", "relay", "A relay runs.")
    since = f" since {in_words((flow.now - until).total_seconds())}" if until else ""
    return wrong("flow", "relay", f"No relay has run{since}: what is late is never published.", _START_RELAY)


def _sweep(flow: Flow, relay: RelaySettings) -> Finding:
    last = flow.reports.get(SWEPT)
    if last is None:
        return note("flow", "sweep", "The sweep has not told of a run yet.", _START_RELAY)
    ago = flow.now - last.at
    told = f"The sweep ran {in_words(ago.total_seconds())} ago{_done(last.told)}"
    if (busy := flow.reports.get(LAST_SWEPT)) is not None and busy.at != last.at:
        before = in_words((flow.now - busy.at).total_seconds())
        told += f"; what it last did was {before} ago{_done(busy.told)}"
    if ago > relay.sweep * 4 + _LATE:
        return wrong("flow", "sweep", f"{told}.", _START_RELAY)
    if last.told.get("postponed"):
        return note("flow", "sweep", f"{told}.", "What was away then is tried again in the next run.")
    return ok("flow", "sweep", f"{told}.")


def _done(told: Mapping[str, object]) -> str:
    """`: videos_purged 3, postponed store_unavailable 1`."""
    done, postponed = told.get("done"), told.get("postponed")
    parts = [f"{name} {count}" for name, count in done.items() if count] if isinstance(done, dict) else []
    if isinstance(postponed, dict):
        parts += [f"postponed {code} {count}" for code, count in postponed.items()]
    return f": {', '.join(parts)}" if parts else ", and found nothing to do"
