"""Whether the source is still the one that was accepted: what cut it later is no fault of the upload's."""

from pipeline.ports import Store
from workers.media.errors import SourceChanged


async def check_accepted(store: Store, key: str, size: int) -> None:
    """Raises ObjectMissing or SourceChanged."""
    check_size((await store.stat(key)).size, size)


def check_size(found: int, accepted: int | None) -> None:
    """Raises SourceChanged. Nothing is known of what was accepted without a size."""
    if accepted is not None and found != accepted:
        raise SourceChanged(f"It holds {found} of {accepted} bytes.")
