"""Whole addresses of ours, for whoever reads them elsewhere."""

from fastapi import Request

from pipeline.api_settings import ApiSettings


def reached_at(request: Request, api: ApiSettings) -> str:
    """As the outside knows us; else as whoever asks does. A proxy in front may have ended TLS."""
    return api.reached_at if api.public_url else str(request.base_url).rstrip("/")
