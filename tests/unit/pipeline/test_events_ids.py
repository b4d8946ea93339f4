"""Ids of events follow from what they depend on, so that a repeat is the same event."""

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as some

from pipeline.events import Envelope, UserNotified, VideoUploaded, derived_id, first_envelope, next_envelope

parts = some.lists(
    some.text(some.characters(exclude_characters="\x1f", exclude_categories=["Cs"]), max_size=20),
    min_size=1,
    max_size=5,
)
names = some.text("abcdefgh_", max_size=20)
EVENT = UserNotified(delivered=True, about="ready")
CAUSE = first_envelope(
    VideoUploaded(source="s", filename="f", size=1), source="/t", video_id="v", run=1, traceparent="t"
)


def next_id(cause: Envelope = CAUSE, stage: str = "notify", key: str = "", traceparent: str = "t") -> str:
    return next_envelope(cause, EVENT, stage=stage, traceparent=traceparent, key=key).id


@settings(deadline=None)
@given(parts)
def test_the_same_parts_give_the_same_id(of: list[str]) -> None:
    assert derived_id(*of) == derived_id(*of)
    assert UUID(derived_id(*of)).version == 5


@settings(deadline=None)
@given(parts, parts)
def test_different_parts_give_different_ids(of: list[str], others: list[str]) -> None:
    assert (derived_id(*of) == derived_id(*others)) == (of == others)


@settings(deadline=None)
@given(names, some.text(max_size=20))
def test_a_stages_event_depends_on_its_cause_the_stage_and_the_key(stage: str, key: str) -> None:
    other_cause = CAUSE.model_copy(update={"id": "another"})
    ids = [next_id(stage=f"a{stage}"), next_id(stage=f"b{stage}"), next_id(other_cause, f"a{stage}")]
    assert len(set(ids)) == 3
    assert next_id(key=f"1{key}") != next_id(key=f"2{key}")


def test_a_stages_event_does_not_depend_on_when_or_in_which_trace_it_was_made() -> None:
    assert next_id(traceparent="one") == next_id(traceparent="another")


def test_ids_stay_what_they_were_when_the_first_version_was_shipped() -> None:
    """A change would make repeats of what is under way look new."""
    assert derived_id("video", "api", "video.uploaded", "1") == "8f2eb6ae-225b-5674-98bb-39e58de65747"
