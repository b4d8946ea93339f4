"""What leaves the runner: ids that make repeats harmless, and headers that tell a person what happened."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline import VERSION, messages
from pipeline.claims import Claim, Failure
from pipeline.events import Envelope, UserNotified, VideoUploaded, first_envelope, next_envelope
from pipeline.job import VideoSnapshot
from tests.chain import stages

ENVELOPE = first_envelope(
    VideoUploaded(source="v/source", filename="a.mp4", size=5),
    source="/test",
    video_id="v",
    run=2,
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)
FAILURE = Failure("broken", "It is broken.", "Mend it.", "Broken", "first line\n" * 1000 + "the cause")
CRASHED = Failure("worker_crashed", "It died.", "Look.", "WorkerCrashed", "stack")
CONSUMED = messages.consumed_topics(stages())
TEN_SECONDS, MINUTE = timedelta(seconds=10), timedelta(minutes=1)


def claim(fence: int = 1, failures: int = 0) -> Claim:
    video = VideoSnapshot(
        id="v",
        run=2,
        status="processing",
        title=None,
        filename="a.mp4",
        source="v/source",
        size=5,
        notify_url=None,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        playback={},
        details={},
        error=None,
    )
    return Claim("transcode", ENVELOPE, fence, failures, 0, video, "transcode", True, False)


def test_the_topics_that_must_be_heard_are_those_that_some_stage_consumes() -> None:
    assert set(CONSUMED) == {
        "video.uploaded",
        "video.transcoded",
        "video.thumbnail_generated",
        "video.metadata_extracted",
        "video.stage_failed",
    }


def test_an_event_goes_to_everybody_under_its_type_and_keeps_its_id() -> None:
    message = messages.event(ENVELOPE, stage=None, consumed=CONSUMED)
    assert (message.exchange, message.routing_key) == ("reelmill.events", "video.uploaded.v1")
    assert message.id == message.event_id == ENVELOPE.id
    assert (message.kind, message.video_id, message.run) == ("event", "v", 2)
    assert Envelope.decode(message.body) == ENVELOPE


def test_only_an_event_that_a_stage_consumes_must_find_a_queue() -> None:
    told = next_envelope(
        ENVELOPE, UserNotified(delivered=True, about="ready"), stage="notify", traceparent="t"
    )
    assert messages.event(ENVELOPE, stage=None, consumed=CONSUMED).mandatory
    assert not messages.event(told, stage="notify", consumed=CONSUMED).mandatory


def test_a_retry_goes_by_a_rung_to_its_stage_alone_and_tells_why() -> None:
    message = messages.retry(claim(failures=1), FAILURE, MINUTE)
    assert (message.exchange, message.routing_key) == ("reelmill.retry", "reelmill.transcode")
    assert dict(message.headers) == {
        "reelmill-delay": "1m",
        "reelmill-attempt": "2",
        "reelmill-code": "broken",
        "reelmill-error": "It is broken.",
    }
    assert Envelope.decode(message.body) == ENVELOPE


def test_each_attempt_has_one_retry_however_often_it_is_made() -> None:
    first, same, next_one = [messages.retry(claim(fence), FAILURE, MINUTE).id for fence in (1, 1, 2)]
    assert first == same != next_one


def test_a_delivery_waits_once_for_the_same_thing_and_again_for_another() -> None:
    ids = [
        messages.wait("transcode", ENVELOPE, token, waited, TEN_SECONDS).id
        for token, waited in [("lease 1", "m1"), ("lease 1", "m1"), ("lease 2", "m1"), ("lease 1", "m2")]
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_a_replay_is_a_new_event_of_the_same_run_for_its_stage_alone() -> None:
    message = messages.replay("transcode", ENVELOPE, times=1)
    again = Envelope.decode(message.body)
    assert (message.exchange, message.routing_key) == ("", "reelmill.transcode")
    assert again.id == message.id == message.event_id != ENVELOPE.id
    assert again.model_copy(update={"id": ENVELOPE.id}) == ENVELOPE
    assert message.id != messages.replay("transcode", ENVELOPE, times=2).id


def test_a_dead_letter_says_what_an_ops_person_wants_to_know() -> None:
    message = messages.dead(claim(failures=2), FAILURE, "out of attempts", "host:1")
    headers = dict(message.headers)
    died_at = datetime.fromisoformat(headers.pop("reelmill-died-at"))
    stack = headers.pop("reelmill-stack")
    assert headers == {
        "reelmill-reason": "out of attempts",
        "reelmill-code": "broken",
        "reelmill-error-type": "Broken",
        "reelmill-error": "It is broken.",
        "reelmill-attempts": "3",
        "reelmill-host": "host:1",
        "reelmill-version": VERSION,
    }
    assert abs(datetime.now(UTC) - died_at) < timedelta(minutes=1)
    assert stack.endswith("the cause")
    assert len(stack) == 4000
    assert (message.exchange, message.routing_key) == ("reelmill.dead", "transcode")


def test_a_job_dies_once_per_stage_and_event() -> None:
    one, same = [messages.dead(claim(fence), FAILURE, "permanent", f"host:{fence}").id for fence in (1, 2)]
    assert one == same


@pytest.mark.parametrize(("failure", "attempts"), [(FAILURE, 3), (CRASHED, 2)])
def test_a_job_given_up_for_its_crashes_made_no_attempt_this_time(failure: Failure, attempts: int) -> None:
    assert messages.attempts_made(claim(failures=2), failure) == attempts


def test_the_letter_of_what_is_no_event_keeps_the_body_as_it_came() -> None:
    message = messages.unreadable("transcode", b"\xffjunk", "m1", FAILURE, "host:1")
    assert (message.body, message.video_id, message.event_id) == (b"\xffjunk", None, None)
    assert message.headers["reelmill-reason"] == "unreadable"
    assert message.id == messages.unreadable("transcode", b"\xffjunk", "m1", FAILURE, "host:2").id
    assert message.id != messages.unreadable("transcode", b"\xffother", "m1", FAILURE, "host:1").id
