"""Finding videos by words and states, on every database."""

import pytest

from pipeline.adapters.database import Database
from pipeline.ledger import Sought
from pipeline.uploading import NewUpload
from pipeline.video import VideoStatus
from tests.contract.ledgers import accepted, claimed, died, ready_video

FAILED, READY = VideoStatus.FAILED, VideoStatus.READY


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("beach", ["At the Beach"]),
        ("BEACH at", ["At the Beach"]),
        ("holi", ["At the Beach"]),
        ("beach mountain", []),
        ("100%", ["100% sure"]),
        ("%", ["100% sure"]),
        ("_", ["under_score"]),
        ("\\", ["back\\slash"]),
        ("'", ["it's"]),
        ("ÄRGER", ["Kein Ärger"]),
        ("strasse", ["Große Straße"]),
        ("cafe\N{COMBINING ACUTE ACCENT}", ["Café"]),
    ],
)
async def test_a_video_is_found_by_words_of_its_title_or_file_taken_literally(
    ledger: Database, words: str, found: list[str]
) -> None:
    await ledger.begin(NewUpload("holiday.mp4", title="At the Beach"))
    for title in ("100% sure", "under_score", "back\\slash", "it's", "Kein Ärger", "Große Straße", "Café"):
        await ledger.begin(NewUpload("a.mp4", title=title))
    page = await ledger.page(100, None, Sought(words))
    assert [video.title for video, _ in page.items] == found


async def test_spaces_alone_ask_for_nothing(ledger: Database) -> None:
    await ledger.begin(NewUpload("a.mp4"))
    assert len(await _ids(ledger, Sought("  "))) == 1


async def test_a_name_that_macos_decomposed_is_found_as_it_is_typed(ledger: Database) -> None:
    await ledger.begin(NewUpload("U\N{COMBINING DIAERESIS}bung.mov"))
    assert len((await ledger.page(10, None, Sought("übung"))).items) == 1


async def test_only_videos_in_one_of_the_states_are_shown(ledger: Database) -> None:
    ready = (await ready_video(ledger)).subject
    claim = await claimed(ledger)
    await died(ledger, claim)
    await accepted(ledger)
    assert await _ids(ledger, Sought(statuses=frozenset({READY}))) == [ready]
    assert await _ids(ledger, Sought(statuses=frozenset({READY, FAILED}))) == [claim.video.id, ready]
    assert len(await _ids(ledger, Sought())) == 3


async def test_a_walk_over_what_was_sought_shows_each_once(ledger: Database) -> None:
    wanted = [
        (await ledger.begin(NewUpload(f"{number}.mp4", title="wanted" if number % 2 else None))).video.id
        for number in range(11)
    ][1::2]
    seen, cursor = [], None
    while True:
        page = await ledger.page(2, cursor, Sought("wanted"))
        seen += [video.id for video, _ in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == wanted[::-1]


async def test_a_renamed_video_is_found_by_its_new_title_alone(ledger: Database) -> None:
    video_id = (await ledger.begin(NewUpload("a.mp4", title="before"))).video.id
    await ledger.rename(video_id, "after")
    assert (await ledger.video(video_id))[0].title == "after"
    assert await _ids(ledger, Sought("before")) == []
    assert await _ids(ledger, Sought("after")) == [video_id]
    await ledger.rename(video_id, None)
    assert (await ledger.video(video_id))[0].title is None
    assert await _ids(ledger, Sought("a.mp4")) == [video_id]


async def _ids(ledger: Database, sought: Sought) -> list[str]:
    return [video.id for video, _ in (await ledger.page(100, None, sought)).items]
