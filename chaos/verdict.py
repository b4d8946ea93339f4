"""What became of every upload: one pure function from a snapshot to findings. No finding is what we want."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chaos.client import Upload
from chaos.snapshot import SeenVideo, Snapshot

LOST = "lost"
"""Accepted, and now there is no row, or a row without its file; or nobody was told how it ended."""
UNACCEPTED = "never accepted"
DUPLICATED = "duplicated"
STUCK = "stuck"
FALSELY_FAILED = "falsely failed"
"""Nothing is wrong with what the rig uploads."""
ORPHANED = "orphaned"
"""An object that no row names, or a row of an upload that nobody will go on with."""
DEAD = "dead letters"
KINDS = (LOST, UNACCEPTED, DUPLICATED, STUCK, FALSELY_FAILED, ORPHANED, DEAD)

_OFTEN = ("video.head_requested", "video.sound_requested", "video.chunk_", "video.playable")
"""Events of which a video has several."""


@dataclass(frozen=True)
class Finding:
    kind: str
    about: str
    """A video, an object, a queue."""
    what: str


def judge(uploads: Sequence[Upload], seen: Snapshot) -> list[Finding]:
    return [
        *_of_uploads(uploads, seen),
        *_of_videos(uploads, seen),
        *_of_notices(seen),
        *_of_steps(seen),
        *_of_work(seen),
        *_of_facts(seen),
        *_of_objects(seen),
    ]


def counted(findings: Sequence[Finding]) -> dict[str, int]:
    """Of each kind, also where there is none."""
    found = Counter(finding.kind for finding in findings)
    return {kind: found[kind] for kind in KINDS}


def _of_uploads(uploads: Sequence[Upload], seen: Snapshot) -> Iterator[Finding]:
    rows = {video.id: video for video in seen.videos}
    for upload in uploads:
        for other in upload.others:
            yield Finding(DUPLICATED, other, f"{upload.key} was accepted as {upload.video_id}, too")
        if upload.video_id is None:
            yield Finding(UNACCEPTED, upload.key, f"answers: {', '.join(upload.answers[-5:])}")
            continue
        video = rows.get(upload.video_id)
        if video is None or video.deleted:
            yield Finding(LOST, upload.video_id, f"{upload.key} was accepted, and there is no such video")
        else:
            yield from _of_its_files(upload, video, seen)


def _of_its_files(upload: Upload, video: SeenVideo, seen: Snapshot) -> Iterator[Finding]:
    stored = seen.objects.get(f"{video.id}/source")
    if stored != upload.size:
        yield Finding(LOST, video.id, f"{stored} of {upload.size} bytes of its file are in the store")
    for key in video.played:
        if key not in seen.objects:
            yield Finding(LOST, video.id, f"it is {video.status}, and {key} is not in the store")


def _of_videos(uploads: Sequence[Upload], seen: Snapshot) -> Iterator[Finding]:
    accepted = {upload.video_id for upload in uploads}
    told = {notice.video_id for notice in seen.notices}
    for video in seen.videos:
        if video.status == "uploading":
            yield Finding(ORPHANED, video.id, "a row of an upload that is not under way any more")
            continue
        if video.upload_id is not None:
            yield Finding(ORPHANED, video.id, f"the multipart upload {video.upload_id} is not over")
        if not video.deleted:
            yield from _of_its_end(video, is_accepted=video.id in accepted, is_told=video.id in told)
    names = Counter(video.filename for video in seen.videos if not video.deleted)
    for filename, rows in names.items():
        if rows > 1:
            yield Finding(DUPLICATED, filename, f"{rows} videos of one upload")


def _of_its_end(video: SeenVideo, *, is_accepted: bool, is_told: bool) -> Iterator[Finding]:
    if not is_accepted:
        yield Finding(DUPLICATED, video.id, f"nobody was told of this video of {video.filename}")
    if video.status == "processing":
        yield Finding(STUCK, video.id, "it is processing still")
    elif not is_told:
        yield Finding(LOST, video.id, f"it is {video.status}, and no notice came")
    if video.status == "failed":
        yield Finding(FALSELY_FAILED, video.id, video.error)


def _of_notices(seen: Snapshot) -> Iterator[Finding]:
    by_fact: dict[tuple[str, str], set[str]] = defaultdict(set)
    for notice in seen.notices:
        by_fact[notice.video_id, notice.type].add(notice.webhook_id)
    for (video_id, kind), ids in by_fact.items():
        if len(ids) > 1:
            yield Finding(DUPLICATED, video_id, f"{kind} was told under {len(ids)} webhook ids")


def _of_steps(seen: Snapshot) -> Iterator[Finding]:
    gone = {video.id for video in seen.videos if video.deleted}
    for step in seen.steps:
        if step.state == "failed":
            yield Finding(FALSELY_FAILED, step.video_id, f"its step {step.stage} failed")
        elif step.state != "done" and step.video_id not in gone:
            yield Finding(STUCK, step.video_id, f"its step {step.stage} is {step.state}")


def _of_work(seen: Snapshot) -> Iterator[Finding]:
    for job in seen.jobs:
        if job.state == "dead":
            yield Finding(DEAD, job.video_id, f"{job.stage}, {job.reason}")
        elif job.state != "done":
            yield Finding(STUCK, job.video_id, f"its job {job.stage} is {job.state}")
    if seen.unpublished:
        yield Finding(STUCK, "the outbox", f"{seen.unpublished} messages are not published")
    for queue, messages in seen.queued.items():
        kind = DEAD if queue in seen.dead_letters else STUCK
        yield Finding(kind, queue, f"it holds {messages} messages")


def _of_facts(seen: Snapshot) -> Iterator[Finding]:
    ids: dict[tuple[str, int, str], set[str]] = defaultdict(set)
    for fact in seen.facts:
        if not fact.type.startswith(_OFTEN):
            ids[fact.video_id, fact.run, fact.type].add(fact.event_id)
    for (video_id, _run, kind), different in ids.items():
        if len(different) > 1:
            yield Finding(DUPLICATED, video_id, f"{kind} was told {len(different)} times")


def _of_objects(seen: Snapshot) -> Iterator[Finding]:
    """By rules of the rig's own: the sweep is what is looked at."""
    living = {video.id: video for video in seen.videos if not video.deleted}
    named = {f"{video_id}/source" for video_id in living}
    prefixes = set(seen.chunk_prefixes)
    prefixes |= {
        f"{step.video_id}/{step.run}/{step.stage}/{step.fence}/"
        for step in seen.steps
        if step.fence is not None
    }
    for key in seen.objects:
        video_id = key.partition("/")[0]
        prefix = "/".join(key.split("/")[:4]) + "/"
        if key not in named and not (video_id in living and prefix in prefixes):
            yield Finding(ORPHANED, key, "no row names it")
