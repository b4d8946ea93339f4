"""The HTTP application, put together from its routes. The caller opens and closes the services."""

from collections.abc import Callable
from typing import Any

from fastapi import Depends, FastAPI

from pipeline.services import Services
from upload_api import (
    assets,
    changes,
    checkup,
    deadletters,
    direct,
    documentation,
    embed,
    health,
    links,
    live,
    oembed,
    pages,
    playback,
    problems,
    uploads,
    videos,
)
from upload_api.access import Access
from upload_api.checkup import Machine
from upload_api.fanout import Fanout
from upload_api.headers import SecurityHeaders
from upload_api.hosts import Hosts
from upload_api.lingering import Lingering
from upload_api.memory import Memory
from upload_api.origins import Cors, Origins
from upload_api.serving import refuse_nul
from upload_api.store_watch import StoreWatch
from upload_api.tracing import Tracing
from upload_api.tus import linked
from upload_api.tus import routes as resumable
from upload_api.tus.conversation import TusConversation
from upload_api.under_way import lifespan

_ABOUT = """Upload a video; it is transcoded, given a poster, looked at, and you are told.

Errors are RFC 9457 problems with a stable `code`, plain words and a `hint` at what to do next."""


def create_app(services: Services, machine: Machine | None = None) -> FastAPI:
    """`machine` is what a checkup looks at beside the services."""
    app = FastAPI(
        title="Reelmill",
        version="0.1.0",
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        dependencies=[Depends(refuse_nul)],
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.services = services
    app.state.under_way = set()
    app.state.machine, app.state.checkup = machine, None
    app.state.memory = Memory(services.settings.upload.memory_bytes)
    app.state.store_watch = StoreWatch(lambda: app.state.services.store)
    app.state.fanout = Fanout(lambda: app.state.services.ledger)
    for module in (
        uploads,
        resumable,
        links,
        linked,
        direct,
        videos,
        changes,
        checkup,
        deadletters,
        live,
        playback,
        health,
        documentation,
        assets,
        pages,
        embed,
        oembed,
    ):
        app.include_router(module.router)
    problems.install(app)
    _guard(app, services)
    _document(app)
    return app


def _guard(app: FastAPI, services: Services) -> None:
    """The last one added is the outermost."""
    api, origins = services.settings.api, Origins(services)
    app.add_middleware(Access, key=api.key)
    app.add_middleware(Cors, origins=origins)  # outside of Access: a page may read why it was refused
    app.add_middleware(Hosts, settings=api, origins=origins)
    app.add_middleware(TusConversation)  # outside: the others see the method that a request really has
    for middleware in (Tracing, Lingering, SecurityHeaders):
        app.add_middleware(middleware)


def _document(app: FastAPI) -> None:
    generate: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        return documentation.completed(generate())

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it
