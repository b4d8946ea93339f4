"""A video made from its source once more: what of the run before still counts, and what does not."""

import pytest
from sqlmodel import col, update

from pipeline.adapters.database import Database
from pipeline.claims import Absorbed, Pulse
from pipeline.errors import FenceLost, IllegalTransition, VideoMissing
from pipeline.events import Envelope
from pipeline.letters import Letters
from pipeline.tracing import new_traceparent
from pipeline.uploading import NewUpload
from pipeline.video import Video
from tests.contract.ledgers import (
    MADE,
    METADATA,
    NOTIFY,
    THUMBNAIL,
    TRANSCODE,
    accepted,
    carried,
    claimed,
    died,
    finished,
    outcome,
    ready_video,
    rewrite,
)


async def restarted(ledger: Database, video_id: str) -> Envelope:
    (message,) = await ledger.restart(video_id, new_traceparent())
    return Envelope.decode(message.body)


async def test_a_restart_tells_of_the_upload_again_under_a_new_id_and_in_a_run_of_its_own(
    ledger: Database,
) -> None:
    first = await accepted(ledger)
    again = await restarted(ledger, first.subject)
    assert (again.run, again.type, again.event()) == (2, first.type, first.event())
    assert again.id != first.id
    assert [entry.run for entry in await ledger.timeline(first.subject)] == [1, 2]


async def test_every_step_waits_again(ledger: Database) -> None:
    ready = await ready_video(ledger)
    await restarted(ledger, ready.subject)
    video, steps = await ledger.video(ready.subject)
    assert (video.status, video.ready_at) == ("processing", None)
    assert {(step.state, step.attempts, step.run) for step in steps} == {("waiting", 0, 2)}


async def test_what_was_made_can_be_watched_until_its_successor_is_there(ledger: Database) -> None:
    ready = await ready_video(ledger)
    again = await restarted(ledger, ready.subject)
    video, _ = await ledger.video(ready.subject)
    assert (video.playback["hls"], video.playable_at is None) == ("v/master.m3u8", False)
    await carried(ledger, again, TRANSCODE, THUMBNAIL, METADATA)
    assert (await ledger.video(ready.subject))[0].status == "ready"


async def test_a_video_that_nothing_was_made_of_is_not_playable_again(ledger: Database) -> None:
    envelope = await accepted(ledger)
    growing = update(Video).values(playback={"live": True}, playable_at=Video.created_at)
    await rewrite(ledger, growing.where(col(Video.id) == envelope.subject))
    await restarted(ledger, envelope.subject)
    video, _ = await ledger.video(envelope.subject)
    assert (video.playback, video.playable_at) == ({}, None), "its playlist grew in the run before"


async def test_work_of_the_run_before_counts_no_more(ledger: Database) -> None:
    envelope = await accepted(ledger)
    late = await claimed(ledger, TRANSCODE, envelope)
    await restarted(ledger, envelope.subject)
    done, follow = outcome(late, MADE["transcode"])
    with pytest.raises(FenceLost):
        await ledger.commit(late, done, follow)
    assert isinstance(await ledger.claim(TRANSCODE, envelope, "host:2"), Absorbed)


async def test_a_failed_video_begins_again_and_its_dead_letters_are_dropped(ledger: Database) -> None:
    claim = await claimed(ledger)
    await died(ledger, claim)
    again = await restarted(ledger, claim.video.id)
    video, _ = await ledger.video(claim.video.id)
    assert (video.status, video.error) == ("processing", None)
    assert await ledger.dead(Letters(video_id=claim.video.id)) == []
    assert [entry.kind for entry in await ledger.timeline(claim.video.id)][-2:] == ["drop", "event"]
    await carried(ledger, again, TRANSCODE, THUMBNAIL, METADATA)
    assert (await ledger.video(claim.video.id))[0].status == "ready"


async def test_a_cancelled_video_can_be_started_again(ledger: Database) -> None:
    envelope = await accepted(ledger)
    await ledger.cancel(envelope.subject)
    await carried(ledger, await restarted(ledger, envelope.subject), TRANSCODE, THUMBNAIL, METADATA)
    assert (await ledger.video(envelope.subject))[0].status == "ready"


async def test_an_upload_that_is_not_there_yet_cannot_be_started_again(ledger: Database) -> None:
    begun = await ledger.begin(NewUpload("a.mp4"))
    with pytest.raises(IllegalTransition):
        await ledger.restart(begun.video.id, new_traceparent())


async def test_a_video_that_is_not_there_cannot_be_started_again(ledger: Database) -> None:
    deleted = (await accepted(ledger)).subject
    await ledger.delete(deleted)
    for video_id in ("nobody", "\0", deleted):
        with pytest.raises(VideoMissing):
            await ledger.restart(video_id, new_traceparent())


async def test_a_job_of_the_run_before_whose_worker_died_holds_nothing_up(hasty: Database) -> None:
    first = await accepted(hasty)
    died_with = await claimed(hasty, TRANSCODE, first)
    again = await restarted(hasty, first.subject)
    assert await hasty.beat(died_with, 0.5) is Pulse.LOST, "had it lived"
    last = await carried(hasty, again, TRANSCODE, THUMBNAIL, METADATA)
    await finished(hasty, await claimed(hasty, NOTIFY, last))
    assert [settled.video_id for settled in await hasty.settled()] == [first.subject]


async def test_no_dead_letter_is_of_a_video_that_cannot_be(ledger: Database) -> None:
    await died(ledger, await claimed(ledger))
    assert await ledger.dead(Letters(video_id="\0")) == []


async def test_outputs_of_the_run_before_are_kept_while_they_are_shown(hasty: Database) -> None:
    first = await accepted(hasty)
    video_id = first.subject
    last = await carried(hasty, first, TRANSCODE, THUMBNAIL, METADATA)
    await finished(hasty, await claimed(hasty, NOTIFY, last))
    again = await restarted(hasty, video_id)
    await carried(hasty, again, TRANSCODE, THUMBNAIL, METADATA)
    shown = {"hls": f"{video_id}/2/transcode/5/master.m3u8", "preview": f"{video_id}/1/preview/9/a.mp4"}
    await rewrite(hasty, update(Video).values(playback=shown))
    (settled,) = await hasty.settled()
    of_the_first = {prefix for prefix in settled.kept if prefix.split("/")[1] == "1"}
    assert of_the_first == {f"{video_id}/1/preview/9/"}, "and not the whole of that run for it"
    posters = {"large.jpg": f"{video_id}/2/thumbnail/6/large.jpg"}
    await rewrite(hasty, update(Video).values(playback={"posters": posters}))
    (settled,) = await hasty.settled()
    assert {prefix.split("/")[1] for prefix in settled.kept} == {"2"}, "nothing of the first is shown"
