"""Static files, and the docs that need them."""

from pathlib import Path

import pytest

from tests.unit.upload_api.conftest import Api
from upload_api import assets

_BASE = "/assets/static/base.css"


async def test_our_own_scripts_are_modules_and_asked_for_again_each_time(api: Api) -> None:
    script = min((Path(assets.__file__).parent / "web" / "static").glob("*.js"))
    answer = await api.http.get(f"/assets/static/{script.name}")
    assert answer.content == script.read_bytes()
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = await api.http.get(
        f"/assets/static/{script.name}", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


async def test_whoever_takes_gzip_is_sent_less_under_a_tag_of_its_own(api: Api) -> None:
    plain = await api.http.get(_BASE, headers={"Accept-Encoding": "identity"})
    small = await api.http.get(_BASE, headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert (small.headers["Content-Encoding"], "Content-Encoding" in plain.headers) == ("gzip", False)
    assert small.content == plain.content
    assert int(small.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2
    assert small.headers["ETag"] != plain.headers["ETag"]
    assert {answer.headers["Vary"] for answer in (plain, small)} == {"Accept-Encoding"}


@pytest.mark.parametrize("said", ["identity", "gzip;q=0", "br, gzip; q=0.0", "x-gzip"])
async def test_a_client_that_does_not_take_gzip_gets_the_file_as_it_is(api: Api, said: str) -> None:
    answer = await api.http.get(_BASE, headers={"Accept-Encoding": said})
    assert "Content-Encoding" not in answer.headers


async def test_a_compressed_file_need_not_be_sent_again(api: Api) -> None:
    headers = {"Accept-Encoding": "gzip"}
    tag = (await api.http.get(_BASE, headers=headers)).headers["ETag"]
    again = await api.http.get(_BASE, headers={**headers, "If-None-Match": tag})
    assert (again.status_code, again.headers["Vary"]) == (304, "Accept-Encoding")


async def test_a_file_that_was_changed_is_compressed_anew(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "_PACKAGES", tmp_path)
    library = tmp_path / "hls.js" / "dist" / "hls.min.js"
    library.parent.mkdir(parents=True)
    for version in ("one", "another"):
        library.write_text(version)
        answer = await api.http.get("/assets/hls.js/hls.min.js", headers={"Accept-Encoding": "gzip"})
        assert answer.text == version


@pytest.mark.parametrize(
    "path",
    [
        "static/../../app.py",
        "static/%2e%2e/home.html",
        "static/",
        "static/base.css/more",
        f"static/{'a' * 300}",
        "hls.js/package.json",
        "../package.json",
    ],
)
async def test_no_other_file_is_served(api: Api, path: str) -> None:
    assert (await api.http.get(f"/assets/{path}")).status_code == 404


async def test_the_files_of_packages_are_served_from_where_npm_put_them(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "_PACKAGES", tmp_path)
    library = tmp_path / "hls.js" / "dist" / "hls.min.js"
    library.parent.mkdir(parents=True)
    library.write_text("hls")
    assert (await api.http.get("/assets/hls.js/hls.min.js")).text == "hls"


async def test_a_package_that_is_not_installed_says_how_to_install_it(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "_PACKAGES", tmp_path)
    answer = await api.http.get("/assets/hls.js/hls.min.js")
    assert (answer.status_code, answer.json()["code"]) == (404, "asset_missing")
    assert "npm ci" in answer.json()["hint"]


async def test_what_other_pages_include_has_an_address_of_its_own(api: Api) -> None:
    answer = await api.http.get("/assets/reelmill-upload.js")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    for part in ("/assets/static/drop-in.js", "/assets/tus-js-client/tus.min.js"):
        assert (await api.http.head(part)).status_code == 200


async def test_pages_of_other_sites_may_load_scripts_also_when_they_have_them_already(api: Api) -> None:
    first = await api.http.get("/assets/static/drop-in.js", headers={"Origin": "https://app.example.com"})
    again = await api.http.get("/assets/static/drop-in.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert {answer.headers["Access-Control-Allow-Origin"] for answer in (first, again)} == {"*"}
