"""A Swift of one device: its rings and its four servers' settings, below one folder and on loopback."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from cli.local.ports import HOST
from cli.local.program import Program, environment_without
from cli.local.stack import ROOT

ENVIRONMENT = ROOT / ".swift"
ACCOUNT, USER = "test", "tester"
BEHIND = ("account", "container", "object")
_PIPELINE = "catch_errors gatekeeper healthcheck s3api tempauth bulk copy slo versioned_writes proxy-server"


def programs(
    folder: Path, ports: Mapping[str, int], secret: str, works: Callable[[int], bool]
) -> list[Program]:
    """In the order in which they start."""
    assert ENVIRONMENT.exists(), "Swift is missing: python -m tests.swift"
    _prepare(folder, ports, secret)
    return [_program(folder, name, ports[name], works) for name in (*BEHIND, "proxy")]


def _program(folder: Path, name: str, port: int, works: Callable[[int], bool]) -> Program:
    command = (str(ENVIRONMENT / "bin" / f"swift-{name}-server"), str(folder / f"{name}.conf"))
    return Program(
        f"swift-{name}", command, environment_without("SWIFT_"), folder=folder, works=lambda: works(port)
    )


def _prepare(folder: Path, ports: Mapping[str, int], secret: str) -> None:
    (folder / "devices" / "d1").mkdir(parents=True)
    (folder / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_suffix = reelmill\nswift_hash_path_prefix = reelmill\n"
        "[storage-policy:0]\nname = only\ndefault = yes\n"
    )
    for name in BEHIND:
        _ring(folder, name, ports[name])
        (folder / f"{name}.conf").write_text(
            f"{_default(folder, ports[name])}devices = {folder / 'devices'}\nmount_check = false\n"
            f"[pipeline:main]\npipeline = healthcheck {name}-server\n"
            f"[app:{name}-server]\nuse = egg:swift#{name}\n"
            "[filter:healthcheck]\nuse = egg:swift#healthcheck\n"
        )
    (folder / "proxy.conf").write_text(_proxy(folder, ports["proxy"], secret))


def _proxy(folder: Path, port: int, secret: str) -> str:
    filters = {
        "s3api": "s3_acl = no\nlocation = us-east-1\nallow_multipart_uploads = yes\n",
        "tempauth": f"user_{ACCOUNT}_{USER} = {secret} .admin\n",
    }
    stages = "".join(
        f"[filter:{name}]\nuse = egg:swift#{name}\n{filters.get(name, '')}" for name in _PIPELINE.split()[:-1]
    )
    return (
        f"{_default(folder, port)}[pipeline:main]\npipeline = {_PIPELINE}\n"
        "[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n"
        f"allow_account_management = true\n{stages}"
    )


def _default(folder: Path, port: int) -> str:
    listens = f"[DEFAULT]\nbind_ip = {HOST}\nbind_port = {port}\n"
    return f"{listens}workers = 0\nswift_dir = {folder}\nlog_level = WARNING\n"


def _ring(folder: Path, name: str, port: int) -> None:
    tool, builder = ENVIRONMENT / "bin" / "swift-ring-builder", str(folder / f"{name}.builder")
    for step in (("create", "4", "1", "0"), ("add", f"r1z1-{HOST}:{port}/d1", "1"), ("rebalance",)):
        subprocess.run([tool, builder, *step], check=True, capture_output=True)
