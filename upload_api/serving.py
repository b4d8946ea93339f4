"""How a route comes by the open services, and what no route needs to see."""

from typing import Annotated

from fastapi import Depends, Request

from pipeline.services import Services
from upload_api.errors import InvalidRequest, NotFound


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def refuse_nul(request: Request) -> None:
    """PostgreSQL takes a NUL in no text; no id, name or title has one."""
    if "\0" in request.scope["path"]:
        raise NotFound
    if any("\0" in value for value in request.query_params.values()):
        raise InvalidRequest("A parameter holds a NUL character.")


Serving = Annotated[Services, Depends(_services)]
