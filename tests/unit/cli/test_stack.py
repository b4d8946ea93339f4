"""The private stack's parts, before any of them runs."""

import http.server
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from cli.local.ports import HOST
from cli.local.stack import Stack
from cli.local.store import LocalStore


@pytest.mark.parametrize("name", ["a?b", "a%20b", "100%d", "a#b", "Höhe & Tiefe", "a=b@c:d"])
def test_the_database_is_in_the_folder_whatever_its_name_is(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    environment = Stack.in_folder(folder, 8000).applications(()).migration.environment
    with create_engine(environment["REELMILL_DATABASE__URL"]).connect() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (id)")
    with sqlite3.connect(folder / "reelmill.db") as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("kept",)]


def test_what_a_killed_store_was_writing_is_gone_before_it_starts_again(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store", "key", "secret", 26000).program()
    store.prepare()
    kept, half = (tmp_path / "store/bucket/video" / name for name in ("object", ".rclone_temp_1_object"))
    half.parent.mkdir(parents=True)
    for file in (kept, half):
        file.touch()

    store.prepare()

    assert list(half.parent.iterdir()) == [kept]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000"),
    ],
)
def test_the_api_is_asked_where_it_listens(tmp_path: Path, host: str, url: str) -> None:
    assert Stack.in_folder(tmp_path, 8000, host).urls["api"] == url


class Yes(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return None


def test_a_proxy_of_the_environment_does_not_keep_a_start_from_being_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:3128")
    with http.server.ThreadingHTTPServer((HOST, 0), Yes) as server:
        threading.Thread(target=server.serve_forever).start()
        stack = Stack.in_folder(tmp_path, server.server_port)
        stack.ports.update(amqp=server.server_port, management=server.server_port)
        api, *_ = stack.applications(()).processes
        assert api.works()
        assert stack.broker.works()
        server.shutdown()
