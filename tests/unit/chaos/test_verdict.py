"""Each kind of finding is found when it is planted, and nothing where nothing is wrong."""

from dataclasses import replace

import pytest

from chaos.client import Upload
from chaos.snapshot import SeenFact, SeenJob, SeenNotice, SeenStep, SeenVideo, Snapshot
from chaos.verdict import (
    DEAD,
    DUPLICATED,
    FALSELY_FAILED,
    LOST,
    ORPHANED,
    STUCK,
    UNACCEPTED,
    counted,
    judge,
)

UPLOAD = Upload("key", 100, "v", [], ["202"])
VIDEO = SeenVideo("v", "key.mp4", "ready", 100, played=("v/1/transcode/3/master.m3u8",))
OBJECTS = {"v/source": 100, "v/1/transcode/3/master.m3u8": 7, "v/1/transcode/2/360p/init.mp4": 4}
GOOD = Snapshot(
    videos=(VIDEO,),
    steps=(SeenStep("v", "transcode", "done", 3),),
    jobs=(SeenJob("join", "e", "v", "done"),),
    facts=(SeenFact("v", 1, "video.transcoded.v1", "e"),),
    chunk_prefixes=frozenset({"v/1/transcode/2/"}),
    objects=OBJECTS,
    notices=(SeenNotice("msg_1", "v", "video.ready"),),
)


def found(seen: Snapshot, *uploads: Upload) -> set[str]:
    return {finding.kind for finding in judge(uploads or (UPLOAD,), seen)}


def test_a_good_end_has_no_findings() -> None:
    assert judge((UPLOAD,), GOOD) == []


def test_a_notice_that_came_twice_under_one_id_is_as_it_should_be() -> None:
    assert judge((UPLOAD,), replace(GOOD, notices=(SeenNotice("msg_1", "v", "video.ready", times=2),))) == []


PLANTED = {
    "no row": (LOST, replace(GOOD, videos=())),
    "a row that was deleted": (LOST, replace(GOOD, videos=(replace(VIDEO, deleted=True),))),
    "no file": (LOST, replace(GOOD, objects={k: v for k, v in OBJECTS.items() if k != "v/source"})),
    "half a file": (LOST, replace(GOOD, objects=OBJECTS | {"v/source": 50})),
    "a playlist that is gone": (LOST, replace(GOOD, objects={"v/source": 100})),
    "no notice": (LOST, replace(GOOD, notices=())),
    "a second notice": (
        DUPLICATED,
        replace(GOOD, notices=(*GOOD.notices, SeenNotice("msg_2", "v", "video.ready"))),
    ),
    "a second video": (DUPLICATED, replace(GOOD, videos=(VIDEO, replace(VIDEO, id="w")))),
    "an event told twice": (
        DUPLICATED,
        replace(GOOD, facts=(*GOOD.facts, SeenFact("v", 1, "video.transcoded.v1", "f"))),
    ),
    "a video at work": (STUCK, replace(GOOD, videos=(replace(VIDEO, status="processing"),))),
    "a step that waits": (STUCK, replace(GOOD, steps=(SeenStep("v", "preview", "waiting"), *GOOD.steps))),
    "a job that runs": (STUCK, replace(GOOD, jobs=(SeenJob("join", "e", "v", "running"),))),
    "an outbox": (STUCK, replace(GOOD, unpublished=1)),
    "a message": (STUCK, replace(GOOD, queued={"reelmill.retry.1s": 1})),
    "a failed video": (
        FALSELY_FAILED,
        replace(GOOD, videos=(replace(VIDEO, status="failed", error="internal: oh"),)),
    ),
    "a failed side branch": (FALSELY_FAILED, replace(GOOD, steps=(SeenStep("v", "preview", "failed"),))),
    "an object of nobody": (ORPHANED, replace(GOOD, objects=OBJECTS | {"w/source": 1})),
    "an object of a lost fence": (
        ORPHANED,
        replace(GOOD, objects=OBJECTS | {"v/1/transcode/1/360p/init.mp4": 4}),
    ),
    "a held part": (ORPHANED, replace(GOOD, objects=OBJECTS | {"v/.upload/held": 4})),
    "a row that uploads": (
        ORPHANED,
        replace(GOOD, videos=(VIDEO, SeenVideo("w", "other.mp4", "uploading", deleted=True))),
    ),
    "an upload in parts": (ORPHANED, replace(GOOD, videos=(replace(VIDEO, upload_id="u"),))),
    "a dead job": (DEAD, replace(GOOD, jobs=(SeenJob("join", "e", "v", "dead"),))),
    "a letter": (DEAD, replace(GOOD, queued={"reelmill.dead.join": 1})),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_is_found(planted: str) -> None:
    kind, seen = PLANTED[planted]

    assert kind in found(seen)


def test_an_upload_that_never_got_through_is_found() -> None:
    assert UNACCEPTED in found(GOOD, UPLOAD, Upload("other", 100, None, [], ["ReadError"]))


def test_one_key_with_two_videos_is_found() -> None:
    assert DUPLICATED in found(GOOD, replace(UPLOAD, others=["w"]))


def test_every_kind_is_counted_also_where_there_is_none() -> None:
    counts = counted(judge((UPLOAD,), replace(GOOD, unpublished=1)))

    assert counts[STUCK] == 1
    assert counts[LOST] == 0
