"""Finishes a tree of renditions: init segments and playlists, then the master that makes them one video."""

from pipeline.errors import ReelmillError
from pipeline.playlists import CONTENT_TYPE, BitRates, Track, bit_rates, read_media, write_master
from workers.media.boxes import codec
from workers.media.faults import lost
from workers.media.hls import AUDIO, INIT, PLAYLIST, Recipe
from workers.media.ladder import Rung
from workers.media.sending import Sending
from workers.media.together import together

MASTER = "master.m3u8"


async def deliver(sending: Sending, recipe: Recipe, stderr: str) -> tuple[list[Track], Track | None]:
    """Sends what is left, the master last: whoever finds it finds everything. Returns what it tells of.

    Raises Damaged when a rendition came out empty because of the source, else OutputIncomplete.
    """
    videos = [_video(sending, rung, stderr) for rung in recipe.rungs]
    audio = _audio(sending, recipe, stderr)
    await together(sending.send(f"{name}/{PLAYLIST}", CONTENT_TYPE) for name in recipe.names)
    (sending.folder / MASTER).write_text(write_master(videos, audio))
    await sending.send(MASTER, CONTENT_TYPE)
    return videos, audio


def _video(sending: Sending, rung: Rung, stderr: str) -> Track:
    rates, made = _measured(sending, rung.name, stderr)
    return Track(f"{rung.name}/{PLAYLIST}", made, rates, rung.width, rung.height, rung.rate)


def _audio(sending: Sending, recipe: Recipe, stderr: str) -> Track | None:
    if recipe.source.audio is None:
        return None
    rates, made = _measured(sending, AUDIO, stderr)
    return Track(f"{AUDIO}/{PLAYLIST}", made, rates, language=recipe.source.audio.language)


def _measured(sending: Sending, name: str, stderr: str) -> tuple[BitRates, str]:
    folder = sending.folder / name
    try:
        playlist = read_media((folder / PLAYLIST).read_text())
        sizes = [sending.sent[f"{name}/{segment}"].size for segment in playlist.segments]
        return bit_rates(playlist, sizes), codec((folder / INIT).read_bytes())
    except (FileNotFoundError, KeyError, ValueError, ZeroDivisionError) as error:
        problem: ReelmillError = lost(f"Nothing came out as {name}.", stderr)
        raise problem from error
