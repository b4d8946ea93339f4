"""What was written under a fence that does not count."""

import structlog

from pipeline.claims import Claim
from pipeline.errors import ReelmillError, VideoMissing
from pipeline.ledger import Ledger
from pipeline.ports import Store
from pipeline.video import VideoStatus

log = structlog.get_logger()


async def remove_outputs(claim: Claim, store: Store, ledger: Ledger) -> None:
    """Of a job that was let go; the sweep may have been here before, and does what cannot be done now."""
    try:
        if await _is_named(claim, ledger):
            return
        await store.delete([info.key for info in await store.list(claim.prefix)])
    except ReelmillError as error:
        log.warning("outputs_left", prefix=claim.prefix, code=error.code)


async def _is_named(claim: Claim, ledger: Ledger) -> bool:
    """Whether somebody may be watching what lies there already: then it is left to the sweep."""
    if not claim.shares_step:
        return False
    try:
        growth = await ledger.growth(claim.video.id)
        status = (await ledger.video(claim.video.id))[0].status if growth else VideoStatus.CANCELLED
    except VideoMissing:
        status = VideoStatus.PROCESSING
    if growth is None or status == VideoStatus.CANCELLED:  # nobody is shown one that was cancelled
        return False
    return growth.names(claim.prefix, told=status != VideoStatus.READY)
