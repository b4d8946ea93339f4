"""How a route comes by the open services, and by what it may do with them."""

from typing import Annotated

from fastapi import Depends, Request

from pipeline.services import Services


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Serving = Annotated[Services, Depends(_services)]
