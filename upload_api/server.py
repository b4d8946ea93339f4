"""uvicorn, which on its way out waits for answers that are not whole: streams would keep it waiting."""

import socket

import uvicorn
from fastapi import FastAPI

from upload_api.fanout import Fanout


class Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        app = self.config.app
        assert isinstance(app, FastAPI)  # noqa: S101  we serve no other
        fanout: Fanout = app.state.fanout
        fanout.close()
        await super().shutdown(sockets)
