"""Workers stopped past their lease and woken: a few of the hundred of `./reelmill chaos stops`."""

from chaos.stops import run, summary
from pipeline.settings import Settings


async def test_a_worker_that_was_stopped_past_its_lease_commits_nothing_and_leaves_nothing(
    real_settings: Settings,
) -> None:
    report = await run(real_settings, seed=3, stops=4, workers=4)
    assert not report.wrong, summary(report)
    assert report.overtaken, "nobody was overtaken"
