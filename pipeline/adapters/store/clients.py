"""The SDK's client as we want it: its connections, its patience, its keys."""

from urllib.parse import urlsplit

from minio import Minio
from urllib3 import PoolManager, Retry, Timeout

from pipeline.adapters.store.errors import StoreKeysMissing
from pipeline.settings import StoreSettings

CALLS_AT_ONCE = 32


def client_for(settings: StoreSettings, endpoint: str) -> Minio:
    """Raises StoreKeysMissing."""
    address, secret = urlsplit(endpoint), settings.secret_key.get_secret_value()
    if not (settings.access_key and secret):
        raise StoreKeysMissing
    return Minio(
        address.netloc,
        access_key=settings.access_key,
        secret_key=secret,
        region=settings.region,
        secure=address.scheme == "https",
        http_client=_connections(),
    )


def _connections() -> PoolManager:
    # A read is not retried: it may be a part that has arrived, and waiting twice makes an outage longer.
    retry = Retry(total=1, read=0, status_forcelist=[502, 503, 504], respect_retry_after_header=False)
    return PoolManager(
        maxsize=CALLS_AT_ONCE,
        timeout=Timeout(connect=5, read=30),
        retries=retry,
    )
