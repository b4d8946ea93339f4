"""Who this process is, for rows and headers that people read."""

import os
import socket


def this_process() -> str:
    """`host:pid`."""
    return f"{socket.gethostname()}:{os.getpid()}"
