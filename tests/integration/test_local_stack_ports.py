"""Ports and secrets that a restart finds again."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.local import ports
from cli.local.credentials import keep_credentials
from cli.local.ports import HOST, keep_free


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.create_server((HOST, port)):
        yield


def test_a_restart_finds_its_ports_again(tmp_path: Path) -> None:
    first = keep_free(tmp_path / "ports.json", ("amqp", "store"))

    assert keep_free(tmp_path / "ports.json", ("amqp", "store")) == first
    assert first["amqp"] != first["store"]


def test_only_a_port_that_somebody_took_is_picked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "_PATIENCE", 0.1)
    first = keep_free(tmp_path / "ports.json", ("amqp", "store"))

    with taken(first["amqp"]):
        second = keep_free(tmp_path / "ports.json", ("amqp", "store"))

    assert second["store"] == first["store"]
    assert second["amqp"] not in first.values()


def test_secrets_are_made_once_and_differ_between_folders(tmp_path: Path) -> None:
    first = keep_credentials(tmp_path / "one.json")

    assert keep_credentials(tmp_path / "one.json") == first
    assert keep_credentials(tmp_path / "two.json").broker_password != first.broker_password
    assert (tmp_path / "one.json").stat().st_mode & 0o777 == 0o600
