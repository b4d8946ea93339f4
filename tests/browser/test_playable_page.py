"""The page of a video that is playable and not ready: no worker runs here, what it plays is put there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from pipeline.events import ChunkTranscoded, HeadRequested
from pipeline.playlists import read_media
from pipeline.video import VideoStatus
from tests.browser.held import Held, held, make_tree
from tests.browser.playing import play_to_the_end
from tests.browser.steps import play
from tests.browser.watching import Watch
from tests.growing import Growing
from tests.media import H264, make_clip
from tests.showing import entry

SECONDS = 20
SEGMENTS = 5


@pytest.fixture(scope="module")
def api() -> Iterator[Held]:
    with held() as running:
        yield running


@pytest.fixture
def page(chromium: Browser, api: Held) -> Iterator[Page]:
    with chromium.new_context(base_url=api.url, viewport={"width": 1280, "height": 800}) as context:
        context.set_default_timeout(20_000)
        yield context.new_page()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tree(tmp_path_factory.mktemp("tree"), SECONDS)


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its index lies at the end."""
    path = tmp_path_factory.mktemp("clips") / "index-at-the-end.mp4"
    loud = ("-b:v", "8M", "-minrate", "8M", "-maxrate", "8M", "-bufsize", "8M", "-x264-params", "nal-hrd=cbr")
    return make_clip(path, *H264, *loud, "-g", "25", "-c:a", "aac", seconds=SECONDS, size="640x360")


def playable(api: Held, file: Path, found: str) -> str:
    """The id of an upload that was found to play as it is."""
    video_id = api.upload(file)
    api.showing.status, api.showing.story = VideoStatus.PROCESSING, None
    api.showing.playback = {"original": f"{video_id}/source", "original_type": found}
    return video_id


def test_an_mp4_with_its_index_at_the_end_plays_and_seeks_by_ranges_before_anything_is_made(
    page: Page, api: Held, long_clip: Path
) -> None:
    watch = Watch(page, api.url)
    ranges: list[tuple[int, str]] = []
    page.on("response", lambda answer: _note(ranges, answer))
    page.goto(f"/videos/{playable(api, long_clip, 'video/mp4')}")
    played = play(page)
    assert (played["width"], played["height"]) == (640, 360)
    assert played["colours"] > 20
    assert played["soundBytes"] > 0
    assert _seek(page, 17) >= 17
    assert {status for status, _ in ranges} == {206}
    assert len(ranges) > 1
    expect(page.locator(".chip.is-playable")).to_be_visible()
    expect(page.locator(".already")).to_contain_text("You can watch it already")
    assert watch.complaints == []


@pytest.mark.parametrize(
    ("name", "found", "options"),
    [
        ("a.mov", "video/mp4", (*H264, "-c:a", "aac")),
        ("b.mov", "video/quicktime", (*H264, "-c:a", "aac")),
        ("a.webm", "video/webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-c:a", "libopus")),
        ("b.webm", "video/webm", ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libvorbis")),
    ],
)
def test_other_files_that_browsers_play_do_too(
    page: Page, api: Held, tmp_path: Path, name: str, found: str, options: tuple[str, ...]
) -> None:
    clip = make_clip(tmp_path / name, *options, seconds=4)
    page.goto(f"/videos/{playable(api, clip, found)}")
    played = play(page)
    assert (played["width"], played["height"]) == (320, 240)
    assert played["soundBytes"] > 0


def test_a_playlist_that_grows_plays_from_its_head_to_its_end_with_no_stall_and_no_error(
    page: Page, api: Held, long_clip: Path, tree: Path
) -> None:
    video_id = growing(api, long_clip, tree, ahead=1)
    master = f"{api.url}/v1/videos/{video_id}/live/master.m3u8"
    played = play_to_the_end(page, master, rate=1)
    assert played.complaints == []
    assert played.time == pytest.approx(SECONDS, abs=0.1)
    assert (played.width, played.height) == (640, 360)
    assert played.sound_bytes > 0


def test_the_page_begins_a_playlist_that_grows_at_its_head(
    page: Page, api: Held, long_clip: Path, tree: Path
) -> None:
    watch = Watch(page, api.url)
    page.goto(f"/videos/{growing(api, long_clip, tree, ahead=4)}")
    page.locator("video").evaluate(
        "(video) => { video.firstTime = null; video.addEventListener('playing',"
        " () => (video.firstTime ??= video.currentTime)); }"
    )
    play(page)
    assert page.locator("video").evaluate("(video) => video.firstTime") < 0.5
    assert watch.complaints == []


def test_the_player_moves_from_the_upload_to_what_was_made_when_its_viewer_pauses(
    page: Page, api: Held, long_clip: Path, tree: Path
) -> None:
    watch = Watch(page, api.url)
    video_id = playable(api, long_clip, "video/mp4")
    page.goto(f"/videos/{video_id}")
    play(page)
    _seek(page, 8)
    page.locator("video").evaluate(
        "(video) => { video.volume = 0.3; video.playbackRate = 1.5; video.was = video; }"
    )
    made(api, video_id, tree)
    expect(page.locator(".chip.is-ready")).to_be_visible()
    assert "/original" in page.locator("video").evaluate("(video) => video.currentSrc")
    before = page.locator("video").evaluate("(video) => (video.pause(), video.currentTime)")
    page.locator("video").evaluate(_MOVED)
    expect(page.locator(".screen canvas")).to_have_count(0)
    assert page.locator("video").evaluate(_STATE) == {
        "time": pytest.approx(before, abs=0.1),
        "paused": True,
        "volume": 0.3,
        "rate": 1.5,
        "same": True,
    }
    assert play(page)["soundBytes"] > 0
    assert watch.complaints == []


def test_the_player_moves_on_from_one_quality_at_once_and_plays_on_where_it_was(
    page: Page, api: Held, long_clip: Path, tree: Path
) -> None:
    watch = Watch(page, api.url)
    video_id = growing(api, long_clip, tree, ahead=SEGMENTS)
    page.goto(f"/videos/{video_id}")
    play(page)
    _seek(page, 6)
    page.locator("video").evaluate(
        "(video) => Object.assign(video, { volume: 0.3, muted: true, was: video, from: video.currentSrc })"
    )
    page.locator("video").evaluate("(video) => video.requestFullscreen()")
    made(api, video_id, tree)
    gap = page.locator("video").evaluate(_GAP)
    assert gap["seconds"] < 3
    assert gap["after"] - gap["before"] == pytest.approx(0, abs=0.5)
    expect(page.locator(".screen canvas")).to_have_count(0)
    state = page.locator("video").evaluate(_STATE)
    assert (state["paused"], state["volume"], state["same"]) == (False, 0.3, True)
    assert page.locator("video").evaluate("(video) => video.muted && document.fullscreenElement === video")
    assert watch.complaints == []


def test_a_browser_that_cannot_play_the_upload_waits_for_what_is_made(
    page: Page, api: Held, tmp_path: Path, tree: Path
) -> None:
    clip = tmp_path / "strange.mp4"
    clip.write_bytes(b"not what it was found to be" * 100)
    video_id = playable(api, clip, "video/mp4")
    page.goto(f"/videos/{video_id}")
    expect(page.locator(".screen")).to_contain_text("It will once it is ready")
    made(api, video_id, tree)
    expect(page.locator("video")).to_be_visible()
    assert play(page)["width"] == 640


def test_a_video_that_failed_says_so_and_still_plays_as_it_was_uploaded(
    page: Page, api: Held, long_clip: Path
) -> None:
    page.goto(f"/videos/{playable(api, long_clip, 'video/mp4')}")
    play(page)
    api.showing.status = VideoStatus.FAILED
    expect(page.locator(".chip.is-failed")).to_be_visible()
    expect(page.get_by_role("heading", name="This video could not be prepared")).to_be_visible()
    assert not page.locator("video").evaluate("(video) => video.paused")


def test_the_story_counts_chunks_tells_each_to_who_asks_and_hides_no_trouble(
    page: Page, api: Held, long_clip: Path
) -> None:
    video_id = playable(api, long_clip, "video/mp4")
    api.showing.story = [
        *(entry(HeadRequested.topic, number) for number in range(3)),
        *(entry(ChunkTranscoded.topic, number) for number in range(2)),
        entry(HeadRequested.topic, 2, kind="retry"),
    ]
    page.goto(f"/videos/{video_id}")
    story = page.locator(".timeline").first
    expect(story.locator("> .happening strong").first).to_have_text("3 chunks requested, 2 done")
    expect(story.locator("> .happening")).to_have_count(2)
    expect(story).to_contain_text("A chunk will be tried again")
    page.get_by_text("Every chunk").click()
    expect(story.locator(".timeline strong")).to_have_text(
        ["Head requested: 1", "Head requested: 2", "Head requested: 3", "Chunk done: 1", "Chunk done: 2"]
    )


def growing(api: Held, file: Path, tree: Path, ahead: int) -> str:
    """`ahead` segments are there when a playlist is first asked for, then one more each two seconds."""
    video_id = api.upload(file)
    prefix = f"{video_id}/1/transcode/2/"
    api.put(tree, prefix)
    listed = read_media((tree / "audio/index.m3u8").read_text())
    sound = tuple(round(seconds * 48000 / 1024) for seconds in listed.seconds)
    video = Growing(prefix, SEGMENTS, sound)
    clock = api.loop.time
    begun: list[float] = []

    def now() -> int:
        begun.append(clock())
        return min(ahead + int((begun[-1] - begun[0]) / 2), SEGMENTS)

    api.showing.status = VideoStatus.PROCESSING
    api.showing.playback = {"live": True}
    api.showing.grown = lambda: video.with_segments(now())
    return video_id


def made(api: Held, video_id: str, tree: Path) -> None:
    prefix = f"{video_id}/1/transcode/9/"
    api.put(tree, prefix)
    api.showing.playback = api.showing.playback | {"hls": f"{prefix}master.m3u8"}
    api.showing.status = VideoStatus.READY


def _note(ranges: list[tuple[int, str]], answer: Response) -> None:
    if re.search(r"/media/[^/]+/original$", answer.url):
        ranges.append((answer.status, answer.request.headers.get("range", "")))


def _seek(page: Page, to: float) -> float:
    """Where it plays a moment after."""
    time: float = page.locator("video").evaluate(
        """async (video, to) => {
          video.currentTime = to;
          await new Promise((resolve) => (video.onseeked = resolve));
          await new Promise((resolve) => (video.ontimeupdate = () => video.currentTime > to && resolve()));
          return video.currentTime;
        }""",
        to,
    )
    return time


_STATE = """(video) => ({
  time: video.currentTime, paused: video.paused, volume: video.volume, rate: video.playbackRate,
  same: video.was === video,
})"""
_MOVED = """async (video) => {
  const moved = () => video.currentSrc.startsWith("blob:") && video.readyState >= 2;
  while (!moved()) await new Promise(requestAnimationFrame);
}"""
_GAP = """async (video) => {
  let before = 0;
  while (video.currentSrc === video.from && video.currentTime > 1) {
    before = video.currentTime;
    await new Promise(requestAnimationFrame);
  }
  const left = performance.now();
  const isBack = () => video.currentTime > 1 && !video.seeking && video.readyState >= 3;
  while (!isBack()) await new Promise(requestAnimationFrame);
  return { before, after: video.currentTime, seconds: (performance.now() - left) / 1000 };
}"""
