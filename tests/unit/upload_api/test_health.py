"""/healthz and /readyz."""

import asyncio

import pytest

from pipeline.services import Services
from tests.unit.upload_api.conftest import Api
from upload_api import health


async def test_the_process_says_that_it_runs_whatever_is_away(api: Api) -> None:
    api.store.away = api.bus.away = True
    assert (await api.http.get("/healthz")).status_code == 200


async def test_it_is_ready_when_everything_answers(api: Api) -> None:
    answer = await api.http.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


async def test_without_a_broker_it_works_on_and_names_it(api: Api) -> None:
    api.bus.away = True
    answer = await api.http.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "degraded", "parts": {"database": "ready", "store": "ready", "broker": "away"}},
    )


async def test_without_a_store_it_is_unavailable(api: Api) -> None:
    api.store.away = True
    answer = await api.http.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert answer.json()["parts"]["store"] == "away"


async def test_a_part_that_does_not_answer_in_time_is_away(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck:
        async def ready(self) -> bool:
            await asyncio.Event().wait()
            return True

    monkeypatch.setattr(health, "_PATIENCE", 0.01)
    services: Services = api.app.state.services
    api.app.state.services = Services(**(vars(services) | {"ledger": Stuck()}))
    answer = await api.http.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["database"]) == (503, "away")
