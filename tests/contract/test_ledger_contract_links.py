"""Upload links, on every database: each begins one upload, and is known by a hash alone."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import update

from pipeline.adapters.database import Database
from pipeline.adapters.database.tables import LinkRow
from pipeline.errors import LinkMissing, LinkOver, LinkTaken, VideoMissing
from pipeline.linking import LinkTerms
from pipeline.tracing import new_traceparent
from pipeline.uploading import NewUpload, Resumable
from tests.contract.ledgers import rewrite

HASH = "a hash of a secret"
HOUR = timedelta(hours=1)
TERMS = LinkTerms(
    max_bytes=5_000_000_000,
    filename="a.mp4",
    title="A film",
    notify_url="https://example.com/hook",
    origin="https://app.example.com",
)


async def opened(ledger: Database, length: int = 5, secret_hash: str = HASH) -> Resumable:
    new = NewUpload("a.mp4", "video/mp4", "A film")
    return await ledger.open_by_link(
        secret_hash, new, length=length, part_bytes=8, said="filename YQ==", lifetime=HOUR
    )


async def test_a_link_keeps_its_terms_and_says_what_its_upload_becomes(ledger: Database) -> None:
    made = await ledger.make_link(HASH, TERMS, HOUR)
    assert await ledger.link(HASH) == made
    assert made.terms == TERMS
    assert timedelta(minutes=59) < made.expires_at - datetime.now(UTC) < timedelta(minutes=61)
    with pytest.raises(VideoMissing):
        await ledger.video(made.video_id)


async def test_it_begins_an_upload_of_the_video_that_was_promised(ledger: Database) -> None:
    made = await ledger.make_link(HASH, LinkTerms(), HOUR)
    upload = await opened(ledger)
    assert (upload.video_id, upload.source) == (made.video_id, f"{made.video_id}/source")
    assert (upload.length, upload.offset, upload.said) == (5, 0, "filename YQ==")
    video, _ = await ledger.video(made.video_id)
    assert (video.status, video.title, video.size) == ("uploading", "A film", 5)


async def test_repeating_the_beginning_gives_the_same_upload(ledger: Database) -> None:
    await ledger.make_link(HASH, LinkTerms(), HOUR)
    assert await opened(ledger) == await opened(ledger)


async def test_of_two_who_begin_at_once_both_get_the_same_upload(ledger: Database) -> None:
    await ledger.make_link(HASH, LinkTerms(), HOUR)
    one, two = await asyncio.gather(opened(ledger), opened(ledger))
    assert one.id == two.id


async def test_another_file_does_not_go_on_with_it(ledger: Database) -> None:
    await ledger.make_link(HASH, LinkTerms(), HOUR)
    await opened(ledger)
    with pytest.raises(LinkTaken):
        await opened(ledger, length=6)


async def test_an_upload_that_began_in_time_is_found_after_it(ledger: Database) -> None:
    await ledger.make_link(HASH, LinkTerms(), HOUR)
    upload = await opened(ledger)
    await rewrite(ledger, update(LinkRow).values(expires_at=datetime.now(UTC) - HOUR))
    assert (await opened(ledger)).id == upload.id


async def test_a_link_whose_time_is_up_begins_nothing(ledger: Database) -> None:
    await ledger.make_link(HASH, LinkTerms(), timedelta(0))
    with pytest.raises(LinkOver, match="time is up"):
        await opened(ledger)


async def test_once_its_upload_has_arrived_it_is_over(ledger: Database) -> None:
    made = await ledger.make_link(HASH, LinkTerms(), HOUR)
    await opened(ledger)
    await ledger.accept(made.video_id, 5, new_traceparent())
    with pytest.raises(LinkOver, match="has ended"):
        await opened(ledger)


async def test_once_its_upload_was_cancelled_it_is_over(ledger: Database) -> None:
    await ledger.make_link(HASH, LinkTerms(), HOUR)
    upload = await opened(ledger)
    await ledger.end(upload.id)
    with pytest.raises(LinkOver, match="has ended"):
        await opened(ledger)


async def test_a_link_that_was_never_made_begins_nothing(ledger: Database) -> None:
    with pytest.raises(LinkMissing):
        await opened(ledger)
    with pytest.raises(LinkMissing):
        await ledger.link(HASH)


async def test_a_site_is_known_once_a_link_names_it(ledger: Database) -> None:
    assert not await ledger.is_linked_from("https://app.example.com")
    await ledger.make_link(HASH, TERMS, HOUR)
    assert await ledger.is_linked_from("https://app.example.com")
    assert not await ledger.is_linked_from("https://other.example.com")


async def test_links_are_forgotten_with_age(ledger: Database) -> None:
    await ledger.make_link(HASH, LinkTerms(), timedelta(0))
    await ledger.prune(timedelta(days=1))
    await ledger.link(HASH)
    await ledger.prune(timedelta(0))
    with pytest.raises(LinkMissing):
        await ledger.link(HASH)
