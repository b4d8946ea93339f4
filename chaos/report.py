"""What a run says at its end: what was done, what became of the uploads, and each finding."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.report import machine, table
from chaos.client import Upload, told
from chaos.snapshot import Snapshot
from chaos.verdict import KINDS, Finding, counted

_SHOWN = 12
"""Findings of each kind."""


@dataclass
class Outcome:
    title: str
    uploads: Sequence[Upload]
    findings: Sequence[Finding]
    seen: Snapshot
    faults: Mapping[str, int] = field(default_factory=dict)
    settled: float | None = None
    """Seconds from the last fault until nothing was found any more."""
    notes: list[str] = field(default_factory=list)
    """What the scenario measured beside that."""
    failures: list[str] = field(default_factory=list)
    """What it asked for beside that, and did not get."""

    @property
    def is_good(self) -> bool:
        return not self.findings and not self.failures


def shown(outcome: Outcome) -> str:
    answers = f"answers: {_listed(told(outcome.uploads))}"
    parts = [f"{outcome.title}\n{machine()}", _figures(outcome), answers, *outcome.notes]
    parts += [f"NOT AS ASKED: {failure}" for failure in outcome.failures]
    parts += [lines for kind in KINDS if (lines := _of_kind(kind, outcome.findings))]
    return "\n\n".join(parts)


def _of_kind(kind: str, findings: Sequence[Finding]) -> str:
    """The first few."""
    found = [f"{kind}: {finding.about}: {finding.what}" for finding in findings if finding.kind == kind]
    more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return "\n".join([*found[:_SHOWN], *more])


def _figures(outcome: Outcome) -> str:
    rows: list[tuple[str, object]] = [
        ("uploads", len(outcome.uploads)),
        ("accepted", sum(upload.video_id is not None for upload in outcome.uploads)),
        ("faults", _listed(outcome.faults) or "none"),
        ("settled", "no" if outcome.settled is None else f"{outcome.settled:.0f} s after the last fault"),
        ("jobs", _jobs(outcome.seen)),
        ("notices", _notices(outcome.seen)),
        *counted(outcome.findings).items(),
    ]
    return table(("what", "how many"), rows)


def _jobs(seen: Snapshot) -> str:
    crashes, failures = sum(job.crashes for job in seen.jobs), sum(job.failures for job in seen.jobs)
    most = max((job.crashes + job.failures for job in seen.jobs), default=0)
    return f"{len(seen.jobs)}; {crashes} crashes, {failures} failures, at most {most} of one job"


def _notices(seen: Snapshot) -> str:
    again = sum(notice.times - 1 for notice in seen.notices)
    return f"{len(seen.notices)} webhook ids, {again} sent again"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} x {name}" for name, count in Counter(counts).most_common())
