"""How long a viewer had to wait, by the server's own clock."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cli.client import Client

_REACHED = ("playable", "ready")


def seconds_until(client: Client, video: Mapping[str, Any]) -> dict[str, float]:
    """From when the upload had arrived whole until it was `playable` and `ready`, as far as it is. Raises
    ApiProblem."""
    reached = {name: video[f"{name}_at"] for name in _REACHED if video.get(f"{name}_at")}
    if not reached:
        return {}
    events = client.get(f"/v1/videos/{video['id']}/events", chunks="false")["items"]
    arrived = next((event["time"] for event in events if event["type"] == "video.uploaded"), None)
    if arrived is None:  # so long ago that the timeline is forgotten
        return {}
    return {name: round(_between(arrived, at), 3) for name, at in reached.items()}


def in_words(seconds: Mapping[str, float]) -> str:
    return ", ".join(f"{name} after {value:.1f} s" for name, value in seconds.items())


def _between(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
