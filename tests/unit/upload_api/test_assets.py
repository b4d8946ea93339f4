"""Static files, and the docs that need them."""

from pathlib import Path

import pytest

from tests.unit.upload_api.conftest import Api
from upload_api import assets


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
