"""docker-compose.yml and Dockerfile say nothing that the code does not know. No engine is needed for that."""

import re
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import pytest
import yaml

from cli.local.stack import ROOT
from pipeline.pulse import VARIABLE as PULSE
from pipeline.secrets import FOR_TRYING, NOTICES_FOR_TRYING
from pipeline.settings import Settings, from_environment
from tests.unit.docs.settings_tree import variables
from upload_api.assets import _FROM_PACKAGES
from workers.stages import names

_INFRASTRUCTURE = {"rabbitmq", "minio", "postgres"}
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_VARIABLE_ANYHOW = re.compile(r"\$\{(\w+)")


def _written() -> str:
    return (ROOT / "docker-compose.yml").read_text()


def _dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text()


def _last_stage() -> str:
    return _dockerfile().rpartition("\nFROM ")[2]


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
    without_default = {found[1] for found in _VARIABLE.finditer(_written()) if found[2] is None}
    assert not without_default


def test_the_example_of_env_names_each_variable_once() -> None:
    named = re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    used = {found[1] for file in (_written(), _for_others()) for found in _VARIABLE_ANYHOW.finditer(file)}
    assert sorted(named) == sorted(used)


def test_every_setting_it_gives_exists(ours: dict[str, Any]) -> None:
    given = {name for service in ours.values() for name in service["environment"]}
    given |= set(re.findall(r"\bREELMILL_[A-Z_]+", _dockerfile()))
    assert given <= set(variables())


def test_the_settings_it_gives_are_accepted(ours: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ours["api"]["environment"].items():
        monkeypatch.setenv(name, value)
    settings = from_environment()
    assert settings.database.url == f"postgresql+psycopg://reelmill:{FOR_TRYING}@postgres:5432/reelmill"
    assert settings.store.endpoint == "http://minio:9000"
    assert settings.notice.secret is not None


def test_its_passwords_are_those_that_are_refused_elsewhere(services: dict[str, Any]) -> None:
    given = {
        str(value)
        for service in services.values()
        for name, value in service["environment"].items()
        if re.search("PASS|SECRET", name)
    }
    assert given == {FOR_TRYING, NOTICES_FOR_TRYING}


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


def test_a_workers_check_looks_at_its_pulse(ours: dict[str, Any]) -> None:
    for name, service in ours.items():
        if "workers" in service["command"]:
            assert service["healthcheck"]["test"] == ["CMD", "python", "-m", "pipeline.pulse"], name
    assert f"{PULSE}=/tmp/pulse" in _last_stage()


def test_our_processes_can_do_as_little_as_possible(ours: dict[str, Any]) -> None:
    for service in ours.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r"^USER 10001:10001$", _last_stage(), re.MULTILINE)


def test_the_servers_may_become_their_own_user_and_nothing_else(services: dict[str, Any]) -> None:
    for name in _INFRASTRUCTURE:
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["cap_add"] == ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]


def test_nothing_may_take_all_of_the_machine(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert all("size=" in folder for folder in service.get("tmpfs", [])), name


def test_scratch_fits_into_what_a_worker_may_take(ours: dict[str, Any]) -> None:
    """It lies in memory and counts."""
    for name, service in ours.items():
        for folder in service["tmpfs"]:
            assert 2 * _bytes(folder.partition("size=")[2].partition(",")[0]) <= _bytes(
                service["mem_limit"]
            ), name


def test_the_last_stage_begins_with_nothing_and_runs_no_shell() -> None:
    assert _last_stage().startswith("scratch\n")
    assert not re.findall(r"^RUN (?!\[)", _last_stage(), re.MULTILINE)


def test_every_tool_that_a_worker_starts_is_picked_for_the_image() -> None:
    picked = set(re.search(r"pick_system.sh /picked (.*?)\s*\\\n", _dockerfile())[1].split())  # type: ignore[index]
    named = set(re.findall(r'"(nice|taskset|prlimit|setpriv|ffmpeg|ffprobe)"', _sources("workers")))
    assert named <= picked
    assert picked - named == {"python3"}


def test_all_of_our_services_run_the_one_image_that_is_built(ours: dict[str, Any]) -> None:
    assert {service["image"] for service in ours.values()} == {"reelmill:local"}
    assert [name for name, service in ours.items() if "build" in service] == ["migrate"]


def test_every_named_volume_is_declared(services: dict[str, Any]) -> None:
    used = {volume for service in services.values() for volume in service.get("volumes", [])}
    named = {volume.split(":")[0] for volume in used if not volume.startswith("./")}
    assert named == set(yaml.safe_load(_written())["volumes"])
    assert all((ROOT / volume.split(":")[0]).is_file() for volume in used if volume.startswith("./"))


def test_no_two_containers_share_a_scratch_folder(ours: dict[str, Any]) -> None:
    """What a worker takes for a dead process's may be a living one's of another container. A volume without a
    name would be its own, too, but stays behind each time the container is removed."""
    for service in ours.values():
        assert not service.get("volumes")
        own = [folder for folder in service["tmpfs"] if folder.startswith("/scratch:")]
        assert len(own) == ("workers" in service["command"])


def test_the_image_holds_what_the_api_serves_of_npm_packages_and_no_more() -> None:
    kept = re.findall(r"node_modules/(\S+\.(?:m?js|css))\s", _dockerfile())
    assert sorted(kept) == sorted(_FROM_PACKAGES.values())


def test_the_image_holds_every_package_that_runs() -> None:
    copied = set(re.findall(r"^COPY (\w+) \1$", _dockerfile(), re.MULTILINE))
    allowed = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)) - {"LICENSE"}
    assert copied == allowed == {"pipeline", "workers", "upload_api", "cli"}


def test_dependencies_come_before_code_so_that_a_change_of_code_builds_in_seconds() -> None:
    lines = _dockerfile().splitlines()
    order = [lines.index(line) for line in ("COPY requirements.lock ./", "COPY pipeline pipeline")]
    assert order == sorted(order)


# --- for other people: docker-compose.prod.yml


class _Tags(yaml.SafeLoader):
    """Reads compose's own tags as what stands behind them."""


for _tag in ("!reset", "!override"):
    _Tags.add_constructor(_tag, lambda loader, node: {"tag": node.tag})


def _for_others() -> str:
    return (ROOT / "docker-compose.prod.yml").read_text()


@pytest.fixture(scope="module")
def over() -> dict[str, Any]:
    read: dict[str, Any] = yaml.load(_for_others(), _Tags)
    return read


def test_every_service_but_the_proxy_is_one_that_it_lies_over(
    over: dict[str, Any], services: dict[str, Any]
) -> None:
    assert over["services"].keys() - {"proxy"} == services.keys()


def test_every_password_is_taken_away_and_comes_from_a_file(
    over: dict[str, Any], services: dict[str, Any]
) -> None:
    nothing = ({"tag": "!reset"}, "")
    for name, service in services.items():
        above = over["services"][name]
        for variable in service["environment"]:
            if re.search("PASS|SECRET|API__KEY", variable):
                assert above["environment"][variable] in nothing, f"{name}: {variable}"
        assert above["secrets"], name


def test_the_files_are_named_as_the_settings_are(over: dict[str, Any]) -> None:
    known = {name.lower() for name in variables()}
    for secret in over["services"]["api"]["secrets"]:
        assert secret["target"] in known
        assert secret["source"] in over["secrets"]


def test_what_makes_the_secrets_makes_all_of_them(over: dict[str, Any]) -> None:
    made = re.findall(r"^make (\w+)", (ROOT / "deploy" / "make_secrets.sh").read_text(), re.MULTILINE)
    assert sorted(made) == sorted(over["secrets"])
    assert {secret["file"] for secret in over["secrets"].values()} == {f"./secrets/{name}" for name in made}


def test_nobody_else_is_let_try_it(over: dict[str, Any], ours: dict[str, Any]) -> None:
    for name in ours:
        assert over["services"][name]["environment"]["REELMILL_TRYING"] == "false"


def test_only_the_proxy_is_reached_from_outside(over: dict[str, Any], services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert ("ports" in service) == ("ports" in over["services"][name]), name
        if "ports" in service:
            assert over["services"][name]["ports"] == {"tag": "!reset"}, name
    assert over["networks"]["parts"] == {"internal": True}
    outside = {name for name, service in over["services"].items() if "outside" in service["networks"]}
    assert outside == {"proxy", "api", "notify"}


def _bytes(said: str) -> int:
    return int(said[:-1]) * {"m": 1024**2, "g": 1024**3}[said[-1]]


def _sources(package: str) -> str:
    return "\n".join(file.read_text() for file in (ROOT / package).rglob("*.py"))
