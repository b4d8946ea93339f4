"""docker-compose.yml and Dockerfile say nothing that the code does not know. No engine is needed for that."""

import re
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import pytest
import yaml

from cli.local.stack import ROOT
from pipeline.settings import Settings
from tests.unit.docs.settings_tree import variables
from upload_api.assets import _FROM_PACKAGES
from workers.stages import names

_INFRASTRUCTURE = {"rabbitmq", "minio", "postgres"}
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


def _written() -> str:
    return (ROOT / "docker-compose.yml").read_text()


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """As compose reads them when nothing is set."""
    text = _VARIABLE.sub(lambda found: found[2] or "", _written())
    read: dict[str, Any] = yaml.safe_load(text)["services"]
    return read


@pytest.fixture(scope="module")
def ours(services: dict[str, Any]) -> dict[str, Any]:
    return {name: service for name, service in services.items() if name not in _INFRASTRUCTURE}


def test_nothing_needs_to_be_set_to_try_it() -> None:
    without_default = [found[0] for found in _VARIABLE.finditer(_written()) if not found[2]]
    assert not without_default


def test_the_example_of_env_names_each_variable_once() -> None:
    named = re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(named) == sorted({found[1] for found in _VARIABLE.finditer(_written())})


def test_every_setting_it_gives_exists(ours: dict[str, Any]) -> None:
    given = {name for service in ours.values() for name in service["environment"]}
    given |= set(re.findall(r"\bREELMILL_[A-Z_]+", (ROOT / "Dockerfile").read_text()))
    assert given <= set(variables())


def test_the_settings_it_gives_are_accepted(ours: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ours["api"]["environment"].items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.database.url.startswith("postgresql+psycopg://reelmill:")
    assert settings.store.endpoint == "http://minio:9000"
    assert settings.notice.secret is not None


def test_every_stage_of_the_table_has_a_service_and_so_has_the_relay(ours: dict[str, Any]) -> None:
    workers = {service["command"][3] for service in ours.values() if service["command"][2] == "workers"}
    assert workers == {*names(Settings()), "relay"}


def test_every_module_it_starts_can_be_started(ours: dict[str, Any]) -> None:
    for service in ours.values():
        python, option, module, *_ = service["command"]
        assert (python, option) == ("python", "-m")
        assert find_spec(f"{module}.__main__"), module


def test_the_workers_program_knows_the_names_it_is_given(ours: dict[str, Any]) -> None:
    asked = [sys.executable, "-m", "workers", "nobody"]
    said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=60).stderr
    known = re.findall(r"\w+", said.partition("there are")[2])
    assert {service["command"][3] for service in ours.values() if "workers" in service["command"]} <= set(
        known
    )


def test_every_port_is_bound_to_loopback(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_server_is_checked_and_waited_for(services: dict[str, Any], ours: dict[str, Any]) -> None:
    assert all("test" in services[name]["healthcheck"] for name in _INFRASTRUCTURE)
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name, service in ours.items():
        if name != "migrate":
            assert service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
            assert service["depends_on"]["rabbitmq"] == {"condition": "service_healthy"}
            assert service["depends_on"]["minio"] == {"condition": "service_healthy"}


def test_the_workers_check_looks_for_the_brokers_port(ours: dict[str, Any]) -> None:
    check = ours["transcode"]["healthcheck"]["test"][1]
    assert f":{5672:04X} 01 " in check
    assert ":5672/" in ours["transcode"]["environment"]["REELMILL_BROKER__URL"]


def test_the_relays_check_looks_for_the_databases_port(ours: dict[str, Any]) -> None:
    check = ours["relay"]["healthcheck"]["test"][1]
    assert f":{5432:04X} 01 " in check
    assert ":5432/" in ours["relay"]["environment"]["REELMILL_DATABASE__URL"]


def test_our_processes_can_do_as_little_as_possible(ours: dict[str, Any]) -> None:
    for service in ours.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r"^USER 10001:10001$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_all_of_our_services_run_the_one_image_that_is_built(ours: dict[str, Any]) -> None:
    assert {service["image"] for service in ours.values()} == {"reelmill:local"}
    assert [name for name, service in ours.items() if "build" in service] == ["migrate"]


def test_every_named_volume_is_declared(services: dict[str, Any]) -> None:
    used = {volume for service in services.values() for volume in service.get("volumes", [])}
    assert {volume.split(":")[0] for volume in used - {"/scratch"}} == set(
        yaml.safe_load(_written())["volumes"]
    )


def test_no_two_containers_share_a_scratch_folder(ours: dict[str, Any]) -> None:
    """What a worker takes for a dead process's may be a living one's of another container."""
    for name, service in ours.items():
        assert service.get("volumes", []) == ([] if name in {"migrate", "api"} else ["/scratch"])


def test_the_image_holds_what_the_api_serves_of_npm_packages_and_no_more() -> None:
    kept = re.findall(r"node_modules/(\S+\.(?:m?js|css))\s", (ROOT / "Dockerfile").read_text())
    assert sorted(kept) == sorted(_FROM_PACKAGES.values())


def test_the_image_holds_every_package_that_runs() -> None:
    copied = set(re.findall(r"^COPY (\w+) \1$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    allowed = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)) - {"LICENSE"}
    assert copied == allowed == {"pipeline", "workers", "upload_api", "cli"}


def test_dependencies_come_before_code_so_that_a_change_of_code_builds_in_seconds() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    order = [lines.index(line) for line in ("COPY requirements.lock ./", "COPY pipeline pipeline")]
    assert order == sorted(order)
