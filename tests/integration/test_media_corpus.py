"""Real files that nobody here made, each made playable or refused for the right reason.

They are not in the repository: REELMILL_CORPUS names the folder that holds them.
"""

import os
from pathlib import Path

import pytest

from pipeline.errors import Permanent
from pipeline.events import ThumbnailGenerated
from tests.media import job_for
from tests.transcoding import transcoded
from workers.metadata import metadata
from workers.thumbnail import thumbnail

REFUSED = {
    "exoplayer__Twinkle.mid": "not_media",
    "exoplayer__full_blocks.mkv": "no_video_or_audio",
    "exoplayer__invalid-bitstream.webm": "media_damaged",
    "exoplayer__random_1000_pages": "not_media",
    "exoplayer__sample_MP.heic": "still_image",
    "exoplayer__sample_ac4.mp4": "codec_not_supported",
    "exoplayer__sample_still_photo.heic": "still_image",
    "exoplayer__subsample_encrypted_noaltref.webm": "media_encrypted",
    "mp4parse__chunk_out_of_range.mp4": "not_media",
    "mp4parse__invalid_userdata.mp4": "media_damaged",  # cut off in front of its first picture
    "mp4parse__opus_audioinit_two_desc.mp4": "media_damaged",  # its second half cannot be parsed as Opus
    "mp4parse__short-cenc.mp4": "media_encrypted",
    "mp4parse__test_case_1185230.mp4": "media_damaged",
    "mp4parse__unknown_mdat_in_oversized_meta.avif": "still_image",
    "mp4parse__zero_empty_stsc.mp4": "media_damaged",
    "streamio__broken.mp4": "not_media",
}
FOLDER = os.environ.get("REELMILL_CORPUS")
FILES = sorted(path for path in Path(FOLDER).iterdir() if path.suffix != ".md") if FOLDER else []

pytestmark = pytest.mark.skipif(not FOLDER, reason="REELMILL_CORPUS names no folder of real media")


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
async def test_a_real_file_is_made_playable_or_refused_for_its_reason(file: Path, tmp_path: Path) -> None:
    if file.name in REFUSED:
        with pytest.raises(Permanent) as refusal:
            await transcoded(file, tmp_path)
        assert refusal.value.code == REFUSED[file.name]
        return
    event, store = await transcoded(file, tmp_path)
    [made] = await thumbnail(event, job_for(event, store, tmp_path, "thumbnail"))
    assert isinstance(made, ThumbnailGenerated)
    assert len(made.posters) == (4 if event.has_video else 0)
    assert await metadata(made, job_for(made, store, tmp_path, "metadata"))
