"""Whether a machine can do the work, with an ffmpeg that says what the test wants."""

import shutil
from pathlib import Path

import pytest

from pipeline.checkup.findings import Finding, Verdict
from pipeline.settings import Settings
from tests.chain import settings_for
from workers import machine
from workers.machine import of_api_machine, of_machine

FULL_LIST = "\n".join(f" V..... {name} something" for name in sorted(machine._ENCODERS | machine._FILTERS))
BETTER = "\n".join(f" ... {name} something" for name in sorted(machine._BETTER))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(scratch=str(tmp_path))


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder before all others on PATH."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    installed(folder, "ffprobe", "")
    return folder


def installed(folder: Path, name: str, said: str) -> None:
    (folder / f"{name}.txt").write_text(said)
    (folder / name).write_text(f'#!/bin/sh\ncat "{folder / name}.txt"\n')
    (folder / name).chmod(0o755)


async def found(settings: Settings) -> dict[str, Finding]:
    return {finding.code: finding for finding in await of_machine(settings)}


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ("7.1.5-0+deb13u1", Verdict.OK),
        ("8.0.3", Verdict.OK),
        ("8.1.2", Verdict.OK),
        ("9.0", Verdict.OK),
        ("n8.1.2-12-gabc", Verdict.OK),
        ("5.1.9-0+deb12u1", Verdict.NOTE),
        ("7.1.4", Verdict.NOTE),
        ("8.0.2", Verdict.NOTE),
        ("8.1.1", Verdict.NOTE),
        ("8.1", Verdict.NOTE),
        ("N-109542-g0cb9c0a", Verdict.NOTE),
        ("4.4.2", Verdict.WRONG),
    ],
)
async def test_an_ffmpeg_is_judged_by_its_release(
    settings: Settings, tools: Path, version: str, verdict: Verdict
) -> None:
    installed(tools, "ffmpeg", f"ffmpeg version {version} Copyright\n{FULL_LIST}\n{BETTER}\n")
    finding = (await found(settings))["ffmpeg"]
    assert finding.verdict is verdict
    assert version in finding.said


async def test_an_encoder_or_filter_that_is_missing_is_wrong_and_named(
    settings: Settings, tools: Path
) -> None:
    lacking = "\n".join(
        line for line in FULL_LIST.splitlines() if "libx264" not in line and "bwdif" not in line
    )
    installed(tools, "ffmpeg", f"ffmpeg version 7.1.5\n{lacking}\n{BETTER}\n")
    finding = (await found(settings))["ffmpeg_parts"]
    assert finding.verdict is Verdict.WRONG
    assert "bwdif, libx264" in finding.said


async def test_filters_that_only_make_hdr_better_are_worth_knowing(settings: Settings, tools: Path) -> None:
    installed(tools, "ffmpeg", f"ffmpeg version 7.1.5\n{FULL_LIST}\n")
    findings = await found(settings)
    assert findings["ffmpeg_parts"].verdict is Verdict.OK
    assert findings["ffmpeg_hdr"].verdict is Verdict.NOTE


async def test_no_ffmpeg_is_wrong_and_says_how_to_install_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = (await found(settings))["ffmpeg"]
    assert finding.verdict is Verdict.WRONG
    assert "apt-get install ffmpeg" in finding.next


async def test_an_ffmpeg_that_does_not_run_is_wrong(settings: Settings, tools: Path) -> None:
    installed(tools, "ffmpeg", "")
    (tools / "ffmpeg").write_text("#!/bin/sh\necho no libx264.so >&2; exit 127\n")
    finding = (await found(settings))["ffmpeg"]
    assert finding.verdict is Verdict.WRONG
    assert "no libx264.so" in finding.said


async def test_the_ffmpeg_of_this_machine_has_every_part_that_we_use(settings: Settings) -> None:
    assert (await found(settings))["ffmpeg_parts"].verdict is Verdict.OK


@pytest.mark.parametrize(
    ("free", "verdict"), [(20 * 1024**3, Verdict.OK), (2 * 1024**3, Verdict.NOTE), (1024**2, Verdict.WRONG)]
)
async def test_a_scratch_disk_is_judged_by_its_room(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free: int, verdict: Verdict
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(free, 0, free))
    assert (await found(settings))["scratch_disk"].verdict is verdict


async def test_a_scratch_folder_that_is_not_there_is_wrong(settings: Settings) -> None:
    settings.work.scratch = "/nowhere"
    assert (await found(settings))["scratch_disk"].verdict is Verdict.WRONG


async def test_the_folder_of_a_database_in_a_file_is_looked_at_too(
    settings: Settings, tmp_path: Path
) -> None:
    assert "data_disk" not in await found(settings)
    settings.database.url = f"sqlite:///{tmp_path}/reelmill.db"
    assert (await found(settings))["data_disk"].verdict is not Verdict.WRONG


async def test_an_api_beside_which_no_worker_can_run_says_so_and_where_to_look(settings: Settings) -> None:
    settings.work.scratch = "/nowhere"
    (finding,) = await of_api_machine(settings)
    assert (finding.code, finding.verdict) == ("no_workers_here", Verdict.NOTE)
    assert "/nowhere" in finding.said


async def test_an_api_beside_workers_looks_at_what_they_need(settings: Settings) -> None:
    codes = {finding.code for finding in await of_api_machine(settings)}
    assert {"scratch_disk", "cores"} <= codes
