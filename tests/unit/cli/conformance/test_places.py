"""Files of a tree, from a folder and from the web, whole or in part."""

from pathlib import Path

import httpx
import pytest

from cli.conformance.attributes import Range
from cli.conformance.places import Absent, Folder, Web


def web(answer: httpx.Response) -> tuple[Web, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def hear(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer

    return Web(httpx.Client(transport=httpx.MockTransport(hear))), asked


def test_a_part_of_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"0123456789")
    folder = Folder()
    address = folder.join(str(tmp_path / "master.m3u8"), "x/../a.mp4?query=1")
    assert folder.read(address) == b"0123456789"
    assert folder.read(address, Range(2, 3)) == b"234"
    assert folder.read(address, Range(8, 5)) == b"89"


@pytest.mark.parametrize(
    "uri", ["https://example.org/a.ts", "//example.org/a.ts", "/etc/hostname", "file:///a"]
)
def test_a_folder_follows_relative_addresses_only(uri: str) -> None:
    with pytest.raises(Absent):
        Folder().join("/srv/master.m3u8", uri)


def test_what_is_not_there_is_absent(tmp_path: Path) -> None:
    for address in (tmp_path / "missing", tmp_path):
        with pytest.raises(Absent):
            Folder().read(str(address))


def test_a_server_is_asked_for_the_range() -> None:
    place, asked = web(httpx.Response(206, content=b"234"))
    assert place.read("http://host/a.mp4", Range(2, 3)) == b"234"
    assert asked[0].headers["Range"] == "bytes=2-4"


def test_a_server_that_knows_no_ranges_sends_more_than_is_kept() -> None:
    place, _ = web(httpx.Response(200, content=b"0123456789"))
    assert place.read("http://host/a.mp4", Range(2, 3)) == b"234"
    assert place.read("http://host/a.mp4") == b"0123456789"


def test_an_answer_that_is_none_is_absent() -> None:
    place, _ = web(httpx.Response(503))
    with pytest.raises(Absent, match="503"):
        place.read("http://host/a.mp4")


def test_the_web_leads_nowhere_else() -> None:
    place, _ = web(httpx.Response(200))
    assert place.join("http://host/x/master.m3u8", "../a.ts") == "http://host/a.ts"
    with pytest.raises(Absent):
        place.join("http://host/master.m3u8", "file:///etc/hostname")
