"""`python -m tests.integration.chain_with_captions CLIP`, in a tree that has the howto's worker: takes CLIP
through the table's stages in memory and says as JSON what came of it. Only `captions` works for real."""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

from pipeline.logging import configure
from pipeline.ports import Store
from pipeline.stage import Stage
from pipeline.topology import derive
from pipeline.video import Step, Video
from tests import chain
from workers.stages import build


def table() -> tuple[Stage, ...]:
    """The product's own, with one-line handlers for the stages that take their time; all that makes up its
    transcode step is one of them."""
    quick = {stage.name: stage for stage in chain.stages()}
    others = [stage for stage in build(chain.settings_for()) if stage.step != "transcode"]
    named = [
        replace(stage, handler=quick[stage.name].handler) if stage.name in quick else stage
        for stage in others
    ]
    return (quick["transcode"], *named)


def at_rest(video: Video, steps: dict[str, Step]) -> bool:
    return video.status == "failed" or all(step.state in {"done", "failed"} for step in steps.values())


async def text_of(store: Store, key: str) -> str:
    return b"".join([block async for block in store.read(key)]).decode()


async def run(clip: Path) -> dict[str, object]:
    stages = table()
    async with chain.in_memory(stages) as made:
        async with made.running():
            video = await made.until(await made.upload_file(clip, "video/x-matroska"), at_rest)
        _, steps = await made.video(video.id)
        entries = await made.ledger.timeline(video.id)
        told = {entry.type: entry.data for entry in entries}
        key = told.get("video.captions_made", {}).get("captions")
        return {
            "status": video.status,
            "steps": {name: step.state for name, step in steps.items()},
            "events": {entry.type: entry.published_at is not None for entry in entries},
            "captions": await text_of(made.store, str(key)) if key else None,
            "queues": {
                queue.name: [binding.routing_key for binding in queue.bindings]
                for queue in derive(stages, made.settings.work.rungs).queues
            },
        }


if __name__ == "__main__":
    configure(chain.settings_for())
    sys.stdout.write(json.dumps(asyncio.run(run(Path(sys.argv[1])))))
