"""Our whole path: the video's row and its event by the outbox, then the runner as every stage has it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from bench.bus.asked import Asked, Stamps, asked
from pipeline import messages, outbox
from pipeline.broker_settings import BrokerSettings
from pipeline.events import Event, ThumbnailGenerated, VideoTranscoded, VideoUploaded
from pipeline.job import Job
from pipeline.logging import configure
from pipeline.runner import Runner
from pipeline.services import Services, open_services
from pipeline.settings import DatabaseSettings, Settings, StoreSettings
from pipeline.stage import Stage
from pipeline.tracing import new_traceparent
from pipeline.uploading import NewUpload


def main() -> None:
    wanted = asked()
    settings = Settings(
        broker=BrokerSettings.model_validate({"url": wanted.broker}),
        database=DatabaseSettings(url=wanted.database),
        store=StoreSettings.model_validate({"secret_key": "nothing is stored"}),
        log_level="error",
    )
    configure(settings, process="bench")
    asyncio.run(_publish(settings, wanted) if wanted.publishes else _work(settings, wanted))


async def _publish(settings: Settings, wanted: Asked) -> None:
    stamps = Stamps(wanted)
    async with open_services(settings, _stages(stamps, asyncio.Event())) as services:
        for name in stamps.names():
            begun = await services.ledger.begin(NewUpload(filename=name))
            accepted = await services.ledger.accept(begun.video.id, 1, new_traceparent())
            stamps.note(name)
            await outbox.publish(services.bus, services.ledger, accepted)
            await asyncio.sleep(wanted.interval)
    stamps.write()


async def _work(settings: Settings, wanted: Asked) -> None:
    stamps, all_handled = Stamps(wanted), asyncio.Event()
    stages = _stages(stamps, all_handled)
    async with open_services(settings, stages) as services:
        await services.bus.ready()
        working = asyncio.create_task(_runner(services, stages).run())
        stamps.ready()
        await asyncio.wait(
            {working, asyncio.ensure_future(all_handled.wait())}, return_when="FIRST_COMPLETED"
        )
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
    stamps.write()


def _runner(services: Services, stages: tuple[Stage, ...]) -> Runner:
    consumed = messages.consumed_topics(stages)
    return Runner(stages[0], services.bus, services.store, services.ledger, services.settings.work, consumed)


def _stages(stamps: Stamps, all_handled: asyncio.Event) -> tuple[Stage, ...]:
    async def handle(event: VideoUploaded, _job: Job) -> Sequence[Event]:
        stamps.note(event.filename)
        if stamps.complete:
            all_handled.set()
        return [
            VideoTranscoded(source=event.source, hls="", duration=1.0, renditions=(), has_audio=False, size=1)
        ]

    async def never(_event: VideoTranscoded, _job: Job) -> Sequence[Event]:
        raise NotImplementedError("nobody takes what follows")

    return (
        Stage("transcode", (VideoUploaded,), (VideoTranscoded,), handle),
        Stage("thumbnail", (VideoTranscoded,), (ThumbnailGenerated,), never),
    )


if __name__ == "__main__":
    main()
