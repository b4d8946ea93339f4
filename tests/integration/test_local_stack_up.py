"""`./reelmill up` itself, with the whole product, as it is without settings."""

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli.local.ports import HOST
from pipeline.settings import Settings
from tests.installation import Installation
from tests.processes import descendants, is_gone
from workers.stages import names


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Nobody stops this one: it is every test's."""
    running = Installation(tmp_path_factory.mktemp("up") / "data", settings={}).start()
    yield running
    running.close()


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Installation]:
    """In a folder whose name some would read as a pattern, a query or an escape, at another address."""
    folder = tmp_path / "Höhe & Tiefe?" / "100%d #1"
    folder.mkdir(parents=True)
    proxy = {"HTTP_PROXY": "http://192.0.2.1:3128", "NO_PROXY": "", "REELMILL_API__HOST": "127.0.0.2"}
    running = Installation(folder, settings=proxy)
    yield running
    running.close()


def test_says_where_everything_is(up: Installation) -> None:
    assert f"http://{HOST}:{up.port}/docs" in up.said
    assert up.stack["urls"]["rabbitmq"] in up.said
    assert str(up.folder / "logs") in up.said


def test_runs_the_api_the_relay_and_one_process_per_worker(up: Installation) -> None:
    assert up.is_ready()
    assert {"api", "relay", *names(Settings())} <= up.pids.keys()
    assert set(up.pids.values()) <= descendants(up.supervisor)


def test_serves_the_page_and_its_scripts_without_other_hosts(up: Installation) -> None:
    for path in ("/", "/docs", "/assets/hls.js/hls.min.js", "/assets/swagger-ui-dist/swagger-ui-bundle.js"):
        assert httpx.get(f"{up.url}{path}").status_code == 200, path


def test_says_what_to_do_when_the_port_is_taken(up: Installation, tmp_path: Path) -> None:
    second = Installation(tmp_path / "other", port=up.port).launch()

    assert second.ended(within=30) == 1
    assert f"something else listens on {HOST}:{up.port}" in second.said
    assert "--port" in second.said


def test_refuses_a_folder_that_is_in_use(up: Installation) -> None:
    second = Installation(up.folder).launch()

    assert second.ended(within=30) == 1
    assert "is in use by another ./reelmill up" in second.said


def test_runs_in_a_folder_of_any_name_and_stops_everything_on_ctrl_c(odd: Installation) -> None:
    odd.start()
    at = odd.stack["urls"]["api"]
    assert at == f"http://127.0.0.2:{odd.port}"
    assert httpx.get(f"{at}/readyz", trust_env=False).json()["status"] == "ready"
    assert (odd.folder / "reelmill.db").stat().st_mode & 0o077 == 0
    processes = descendants(odd.supervisor)

    assert odd.stop(signal.SIGINT) == 0

    assert all(is_gone(pid) for pid in processes)
