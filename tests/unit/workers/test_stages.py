"""The real table of stages: what it says and hears is the catalogue, and its steps are the processes."""

from pipeline.settings import MediaSettings, Settings
from tests.unit.pipeline.test_events import CATALOGUE
from workers.stages import build, names

EVERYTHING = Settings(media=MediaSettings(download=True))


def test_every_event_of_the_catalogue_is_said_or_heard_by_a_stage() -> None:
    """A stage must name also what it announces: an event that nobody names is refused at run time."""
    table = build(EVERYTHING)
    assert {event for stage in table for event in (*stage.consumes, *stage.publishes)} == set(CATALOGUE)


def test_all_of_transcoding_is_one_step_that_only_the_join_completes() -> None:
    part = [stage for stage in build(EVERYTHING) if stage.step == "transcode"]
    assert [stage.name for stage in part if stage.completes] == ["join"]
    assert all(stage.releases == ("head", "sound", "tail") for stage in part if stage.name != "join")


def test_one_long_track_of_sound_does_not_hold_up_all_others() -> None:
    assert [stage.slots for stage in build(EVERYTHING) if stage.name == "sound"] == [2]


def test_each_step_is_one_process() -> None:
    listed = names(EVERYTHING)
    assert listed[:4] == ("transcode", "thumbnail", "metadata", "notify")
    assert len(listed) == len(set(listed))
