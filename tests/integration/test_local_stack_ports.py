"""Ports and secrets that a restart finds again."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.local import ports
from cli.local.credentials import keep_credentials
from cli.local.errors import StackError
from cli.local.ports import HOST, keep_free, pick_free, why_not_free


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


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"amqp": "high"}', '{"amqp": 70000}', '{"amqp": -1}', '{"amqp": null}'],
)
def test_a_damaged_memory_of_ports_costs_only_the_ports(tmp_path: Path, content: str) -> None:
    (tmp_path / "ports.json").write_text(content)

    picked = keep_free(tmp_path / "ports.json", ("amqp", "store"))

    assert keep_free(tmp_path / "ports.json", ("amqp", "store")) == picked
    assert [path.name for path in tmp_path.iterdir()] == ["ports.json"]


def test_the_port_that_the_api_will_take_is_given_to_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = keep_free(tmp_path / "ports.json", ("amqp", "store"))
    second = keep_free(tmp_path / "ports.json", ("amqp", "store"), taken={first["amqp"]})
    assert second["amqp"] not in first.values()
    assert second["store"] == first["store"]

    monkeypatch.setattr(ports, "_CANDIDATES", [second["amqp"], second["store"]])
    assert pick_free(["page"], taken={second["amqp"]}) == {"page": second["store"]}


def test_it_is_told_why_a_port_is_not_free() -> None:
    port = pick_free(["one"])["one"]
    assert why_not_free(port) is None
    with taken(port):
        refusal = why_not_free(port)
        assert refusal is not None
        assert refusal.errno == errno.EADDRINUSE
    elsewhere = why_not_free(port, "192.0.2.1")
    assert elsewhere is not None
    assert elsewhere.errno == errno.EADDRNOTAVAIL


def test_damaged_secrets_are_said_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("")

    with pytest.raises(StackError, match=r"secrets\.json is damaged"):
        keep_credentials(tmp_path / "secrets.json")

    assert (tmp_path / "secrets.json").read_text() == ""


def test_secrets_are_made_once_and_differ_between_folders(tmp_path: Path) -> None:
    first = keep_credentials(tmp_path / "one.json")

    assert keep_credentials(tmp_path / "one.json") == first
    assert keep_credentials(tmp_path / "two.json").broker_password != first.broker_password
    assert (tmp_path / "one.json").stat().st_mode & 0o777 == 0o600
