"""The player's controls over a video that is ready, put there by hand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from pipeline.video import VideoStatus
from tests.browser.accessibility import violations
from tests.browser.controls import begin, open_menu, pick, until
from tests.browser.film import SECONDS, TILE, WORDS, make_film, put_film
from tests.browser.held import Held, held
from tests.browser.watching import Watch
from tests.media import make_clip


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
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film"))


@pytest.fixture
def video_id(api: Held, film: Path, clip: Path) -> str:
    return put_film(api, film, clip)


def test_choosing_a_quality_changes_the_picture_that_plays(page: Page, api: Held, video_id: str) -> None:
    watch = Watch(page, api.url)
    page.goto(f"/videos/{video_id}")
    video = begin(page)
    pick(page, "Quality", "180p")
    until(video, "video.videoHeight === 180")
    expect(video).to_have_js_property("paused", False)
    pick(page, "Quality", "360p")
    until(video, "video.videoHeight === 360")
    assert open_menu(page, "Quality").locator("visible=true").all_inner_texts() == ["360p", "180p", "Auto"]
    expect(page.get_by_role("menuitemradio", name="360p")).to_have_attribute("aria-checked", "true")
    assert watch.complaints == []
    assert watch.foreign == []


def test_auto_is_what_a_player_begins_with_and_it_says_which_quality_that_is(
    page: Page, video_id: str
) -> None:
    page.goto(f"/videos/{video_id}")
    video = begin(page)
    until(video, "video.videoHeight > 0")
    auto = open_menu(page, "Quality").filter(has_text="Auto")
    expect(auto).to_have_attribute("aria-checked", "true")
    expect(auto).to_have_text(re.compile(rf"Auto.*{video.evaluate('(video) => video.videoHeight')}p"))


def near_its_end(page: Page, video_id: str) -> Locator:
    """Playing the last segment very slowly, with all of it loaded in the larger quality."""
    page.goto(f"/videos/{video_id}")
    video = begin(page)
    loaded = f"video.buffered.length && video.buffered.end(0) > {SECONDS} - 0.5"
    until(video, f"video.videoHeight === 360 && {loaded}")
    video.evaluate(f"(video) => {{ video.currentTime = {SECONDS} - 3; video.playbackRate = 0.0625; }}")
    until(video, "!video.seeking && video.readyState > 2 && !video.paused")
    return video


def test_a_quality_chosen_when_all_is_loaded_that_follows_is_shown_too(page: Page, video_id: str) -> None:
    video = near_its_end(page, video_id)
    pick(page, "Quality", "180p")
    until(video, "video.videoHeight === 180")
    expect(video).to_have_js_property("paused", False)


def test_choosing_what_plays_already_loads_nothing_again(page: Page, video_id: str) -> None:
    video = near_its_end(page, video_id)
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    for choice, index in (("360p", "1"), ("Auto", "-1")):
        open_menu(page, "Quality").filter(has_text=re.compile(f"^{choice}")).click()
        until(video, f"video.videoRenditions.selectedIndex === {index}")
        seen = video.evaluate("(video) => video.currentTime")
        until(video, f"video.currentTime > {seen} + 0.05")
    assert [url for url in loaded if url.endswith(".m4s")] == []


def test_going_back_to_auto_leaves_the_choice_to_the_player(page: Page, video_id: str) -> None:
    page.goto(f"/videos/{video_id}")
    video = begin(page)
    pick(page, "Quality", "180p")
    until(video, "video.videoHeight === 180")
    pick(page, "Quality", "Auto")
    until(video, "video.videoRenditions.selectedIndex === -1 && video.videoHeight === 360")


def test_a_still_picture_gets_sharper_too(page: Page, video_id: str) -> None:
    page.goto(f"/videos/{video_id}")
    video = begin(page)
    until(video, "video.currentTime > 1")
    pick(page, "Quality", "180p")
    video.press("k")
    expect(video).to_have_js_property("paused", True)
    pick(page, "Quality", "360p")
    until(video, "video.videoHeight === 360")
    expect(video).to_have_js_property("paused", True)


def test_speed_is_chosen_from_a_menu(page: Page, video_id: str) -> None:
    page.goto(f"/videos/{video_id}")
    video = begin(page)
    pick(page, "Speed", "1.5x")
    expect(video).to_have_js_property("playbackRate", 1.5)


def test_subtitles_are_chosen_from_a_menu_shown_and_switched_off(page: Page, video_id: str) -> None:
    page.goto(f"/videos/{video_id}")
    video = begin(page)
    pick(page, "Subtitles", "Deutsch")
    video.evaluate("(video) => { video.currentTime = 5; }")
    shown = "[...video.textTracks].find((track) => track.mode === 'showing')"
    until(video, f"{shown}?.activeCues?.[0]?.text === '{WORDS['ger']}'")
    pick(page, "Subtitles", "Off")
    until(video, f"!{shown}")
    video.press("c")  # brings back the language that was chosen last
    until(video, f"{shown}?.activeCues?.[0]?.text === '{WORDS['ger']}'")


def test_a_thumbnail_of_the_place_under_the_pointer_is_shown(page: Page, video_id: str) -> None:
    page.goto(f"/videos/{video_id}")
    begin(page)
    bar = page.locator("media-time-range")
    box = bar.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    thumbnail = page.locator("media-preview-thumbnail")
    expect(thumbnail).to_be_visible()
    drawn = thumbnail.locator("img")
    expect(drawn).to_have_attribute("src", re.compile(r"/storyboard/8/sheet\.jpg$"))
    assert drawn.evaluate("async (image) => (await image.decode(), image.naturalWidth)") == 12 * TILE[0]
    start = page.locator("media-controller").get_attribute("mediapreviewcoords") or bar.get_attribute(
        "mediapreviewcoords"
    )
    assert start is not None
    assert int(start.split()[0]) in {5 * TILE[0], 6 * TILE[0]}
    expect(page.locator("media-preview-time-display")).to_have_text(re.compile(r"0:1[12]"))


def test_a_storyboard_that_comes_later_is_taken_without_touching_what_plays(
    page: Page, api: Held, film: Path, clip: Path
) -> None:
    video_id = put_film(api, film, clip, storyboard=False)
    page.goto(f"/videos/{video_id}")
    video = begin(page)
    source = video.evaluate("(video) => video.currentSrc")
    api.showing.playback = api.showing.playback | {"storyboard": f"{video_id}/1/storyboard/8/index.vtt"}
    until(video, "video.querySelector('[label=thumbnails]')?.track.cues?.length === 12")
    assert video.evaluate("(video) => video.currentSrc") == source
    expect(video).to_have_js_property("paused", False)


def test_everything_has_its_key(page: Page, video_id: str) -> None:
    page.goto(f"/videos/{video_id}")
    page.locator("media-controller[mediaduration]").wait_for()
    play = page.locator(".button-bar media-play-button")
    play.focus()
    page.keyboard.press("Space")
    video = page.locator("video")
    until(video, "!video.paused && video.currentTime > 0")
    page.keyboard.press("k")
    until(video, "video.paused")
    video.evaluate("video => { video.currentTime = 0 }")  # a busy machine may have played on for seconds
    until(video, "video.currentTime === 0 && !video.seeking")
    page.keyboard.press("l")
    until(video, "video.currentTime >= 10 && video.currentTime < 13")
    page.keyboard.press("ArrowLeft")
    until(video, "video.currentTime < 3")
    page.keyboard.press("ArrowRight")
    until(video, "video.currentTime >= 10")
    page.keyboard.press("j")
    until(video, "video.currentTime < 3")
    page.keyboard.press("m")
    until(video, "video.muted")
    page.keyboard.press("m")
    until(video, "!video.muted")
    page.keyboard.press("ArrowDown")
    until(video, "video.volume < 1")
    page.keyboard.press("ArrowUp")
    until(video, "video.volume === 1")
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement?.localName === 'media-controller'")
    page.keyboard.press("f")
    page.wait_for_function("!document.fullscreenElement")


@pytest.mark.parametrize("still", [False, True])
def test_menus_are_chosen_from_without_a_pointer(page: Page, video_id: str, still: bool) -> None:
    """Whether or not things may move: the focus goes into a menu when that has stopped moving."""
    page.emulate_media(reduced_motion="reduce" if still else "no-preference")
    page.goto(f"/videos/{video_id}")
    page.locator("media-controller[mediaduration]").wait_for()
    page.locator("media-settings-menu-button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("media-settings-menu-item", has_text="Quality").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitemradio", name="0.5x")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("video")).to_have_js_property("playbackRate", 0.75)
    expect(page.locator("media-settings-menu-button")).to_be_focused()
    expect(page.locator("media-settings-menu")).to_be_hidden()


def test_sound_alone_is_shown_as_such_and_plays(page: Page, api: Held, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.m4a", "-vn", "-c:a", "aac", seconds=10)
    video_id = api.upload(clip)
    api.showing.status = VideoStatus.PROCESSING
    api.showing.playback = {"original": f"{video_id}/source", "original_type": "audio/mp4"}
    page.goto(f"/videos/{video_id}")
    expect(page.locator(".screen.sound > .icon")).to_be_visible()
    page.locator(".button-bar media-play-button").click()
    until(page.locator("video"), "video.currentTime > 3")
    expect(page.locator(".button-bar")).to_have_css("opacity", "1")  # with no picture they cover nothing
    for name in ("media-fullscreen-button", "media-pip-button", "media-rendition-menu"):
        expect(page.locator(name)).to_be_hidden()


def test_keys_are_left_to_whoever_types_elsewhere(page: Page, video_id: str) -> None:
    page.goto(f"/videos/{video_id}")
    video = begin(page)
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    page.locator("main > input").focus()
    page.keyboard.type("k m f c j")
    assert page.locator("main > input").input_value() == "k m f c j"
    expect(video).to_have_js_property("paused", False)
    expect(video).to_have_js_property("muted", False)


def test_the_button_for_picture_in_picture_asks_the_browser_for_it(page: Page, video_id: str) -> None:
    """Headless Chromium has no window to float: what can be told is that a person's click asks for one."""
    page.goto(f"/videos/{video_id}")
    video = begin(page)
    asked = "video.asked = navigator.userActivation.isActive"
    video.evaluate(f"(video) => {{ video.requestPictureInPicture = async () => {{ {asked}; }}; }}")
    page.locator("media-pip-button").click()
    until(video, "video.asked === true")


def test_time_and_length_are_told(page: Page, video_id: str) -> None:
    page.goto(f"/videos/{video_id}")
    begin(page)
    expect(page.locator("media-time-display")).to_contain_text("0:24")


def test_what_fails_while_it_plays_is_told_and_loading_it_again_goes_on_from_there(
    page: Page, video_id: str
) -> None:
    broken = re.compile(r"/(360p|180p)/0000[3-9]\.m4s$")
    refuse = lambda route: route.fulfill(status=404)  # noqa: E731  the same one is taken off again
    page.route(broken, refuse)
    page.goto(f"/videos/{video_id}")
    video = begin(page)
    until(video, "video.readyState >= 2")
    video.evaluate("(video) => { video.currentTime = 14; }")
    failure = page.locator(".screen .failure")
    # hls.js tries for half a minute: a phone in a tunnel comes out of it.
    expect(failure).to_contain_text("Part of the video could not be loaded", timeout=60_000)
    expect(failure.locator("code")).to_have_text("fragLoadError")
    page.unroute(broken, refuse)
    failure.get_by_role("button", name="Load it again").click()
    until(video, "video.currentTime > 14 && !video.paused")
    expect(page.locator(".screen .failure")).to_have_count(0)
    expect(page.get_by_role("region", name="Player: first-light.mp4")).to_be_visible()
    assert violations(page, ".screen") == []


def test_without_the_script_for_the_controls_the_browsers_own_are_there(page: Page, video_id: str) -> None:
    page.route("**/media-chrome/all.js", lambda route: route.abort())
    page.goto(f"/videos/{video_id}")
    expect(page.locator("video")).to_have_js_property("controls", True)
    page.locator("video").evaluate("(video) => video.play()")
    until(page.locator("video"), "video.currentTime > 0.5")


def test_a_page_with_nothing_to_play_loads_no_player(page: Page, api: Held, clip: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    video_id = api.upload(clip)
    api.showing.status, api.showing.playback = VideoStatus.PROCESSING, {}
    page.goto(f"/videos/{video_id}")
    expect(page.locator(".screen.waiting")).to_be_visible()
    assert [url for url in asked if "media-chrome" in url or "hls.js" in url] == []


def test_nothing_moves_when_the_player_takes_its_place(page: Page, api: Held, film: Path, clip: Path) -> None:
    video_id = put_film(api, film, clip)
    playback = api.showing.playback
    api.showing.status, api.showing.playback = VideoStatus.PROCESSING, {}
    page.goto(f"/videos/{video_id}")
    waiting = page.locator(".screen.waiting")
    expect(waiting).to_be_visible()
    before = waiting.bounding_box()
    api.showing.status, api.showing.playback = VideoStatus.READY, playback
    expect(page.locator("video")).to_be_visible()
    page.locator("media-controller[mediaduration]").wait_for()
    assert page.locator(".screen").bounding_box() == before
