"""Damaged sources, each through a whole installation: none hangs, none is ready with less than it holds or
with a hole, and each that fails says why. `./reelmill chaos sources --seed 1 --count 200`."""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from bench.report import table
from chaos.damage import Source, damaged
from chaos.reference import held_seconds
from cli.conformance.decoding import check_decoding
from cli.conformance.inspection import inspect
from cli.conformance.places import Web
from tests.installation import QUICK, Installation

_AT_ONCE = 6
"""Videos under way: enough to keep two cores busy, few enough for each to be done in its turn."""
_SETTLE_SECONDS = 180.0
"""Of processing, on a busy machine. Far above any of these takes; what is not at rest by then hangs."""
_REASON_SECONDS = 30.0
_OFF_SECONDS, _OFF_SHARE = 0.5, 0.01
_MAY_BE_SO = "ends_apart"
"""Picture and sound of a damaged file need not end together; by how much they do not is measured here."""


@dataclass
class Ended:
    source: Source
    status: str = "hangs"
    code: str = ""
    made: float = 0.0
    """Seconds, as the playlists that a viewer is given add up."""
    held: float = 0.0
    """Seconds that the source really holds."""
    reason_after: float = 0.0
    """Seconds from the last thing that was told before it, which is at least as long as the last attempt."""
    wrong: list[str] = field(default_factory=list)


def run(url: str, sources: Iterator[Source], tell: Callable[[str], None] = lambda _: None) -> list[Ended]:
    """Sends the sources to the API at `url`, and judges what becomes of each."""
    ended: list[Ended] = []
    under_way: dict[str, tuple[Source, float]] = {}
    more = True
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        while more or under_way:
            while more and len(under_way) < _AT_ONCE:
                source = next(sources, None)
                more = source is not None
                if source is not None:
                    under_way[_sent(client, source)] = source, time.monotonic()
            for video_id, (source, since) in list(under_way.items()):
                video = client.get(f"/v1/videos/{video_id}").raise_for_status().json()
                if not _is_at_rest(video) and time.monotonic() - since < _SETTLE_SECONDS:
                    continue
                del under_way[video_id]
                ended.append(_judged(client, source, video))
                tell(_line(ended[-1]))
            time.sleep(0.2)
    return ended


def _sent(client: httpx.Client, source: Source) -> str:
    asked = {"filename": source.path.name}
    answer = client.post("/v1/videos", params=asked, content=source.path.read_bytes()).raise_for_status()
    return str(answer.json()["id"])


def _is_at_rest(video: dict[str, Any]) -> bool:
    """Side branches too: a storyboard that hangs is a worker that hangs."""
    over = {"done", "failed", "cancelled"}
    if video["status"] == "failed":
        return all(step["state"] != "running" for step in video["steps"])
    return video["status"] == "ready" and all(step["state"] in over for step in video["steps"])


def _judged(client: httpx.Client, source: Source, video: dict[str, Any]) -> Ended:
    ended = Ended(source, held=held_seconds(source.path))
    if not _is_at_rest(video):
        ended.wrong.append(f"not at rest after {_SETTLE_SECONDS:.0f} s: {video['status']}")
        return ended
    ended.status = video["status"]
    if ended.status == "ready":
        _judge_tree(client, video, ended)
    else:
        _judge_reason(client, video, ended)
    return ended


def _judge_tree(client: httpx.Client, video: dict[str, Any], ended: Ended) -> None:
    with httpx.Client(timeout=60, trust_env=False) as http:
        place = Web(http)
        done = inspect(place, f"{client.base_url}".rstrip("/") + video["playback"]["hls"])
        if done.tree:
            for rendition in done.tree.renditions.values():
                done.findings += check_decoding(place, rendition)
    lengths = _playing_seconds(client, video["playback"]["hls"])
    ended.made, allowed = max(lengths), max(_OFF_SECONDS, ended.held * _OFF_SHARE)
    ended.wrong += [
        f"{one.code} in {one.where}: {one.said}"
        for one in done.findings
        if one.severity == "error" and one.code != _MAY_BE_SO
    ]
    if abs(ended.made - ended.held) > allowed or ended.made - min(lengths) > allowed:
        ended.wrong.append(f"it plays {lengths} s of {ended.held:.2f} s")
    for way in ("poster", "storyboard", "preview"):
        address = video["playback"].get(way)
        if address and not client.get(address).content:
            ended.wrong.append(f"its {way} is empty")
    ended.wrong += [f"{step['name']} failed: {step['error']}" for step in video["steps"] if step["error"]]


def _playing_seconds(client: httpx.Client, master: str) -> list[float]:
    """Of each rendition."""
    folder = master.rpartition("/")[0]
    words = client.get(master).text.splitlines()
    lists = [line for line in words if line and not line.startswith("#")]
    return [
        sum(
            float(line.removeprefix("#EXTINF:").partition(",")[0])
            for line in client.get(f"{folder}/{uri}").text.splitlines()
            if line.startswith("#EXTINF:")
        )
        for uri in lists
    ]


def _judge_reason(client: httpx.Client, video: dict[str, Any], ended: Ended) -> None:
    error = video["error"] or {}
    ended.code = error.get("code", "")
    if not (ended.code and error.get("message") and error.get("hint")):
        ended.wrong.append("it failed without a reason")
    told = client.get(f"/v1/videos/{video['id']}/events").json()["items"]
    times = [(entry["kind"], datetime.fromisoformat(entry["time"])) for entry in told]
    died = next((when for kind, when in times if kind == "dead"), None)
    before = [when for _, when in times if died is not None and when < died]
    if died is not None and before:
        ended.reason_after = (died - max(before)).total_seconds()
    if ended.reason_after > _REASON_SECONDS:
        ended.wrong.append(f"the reason came after {ended.reason_after:.0f} s")


def _line(ended: Ended) -> str:
    lasts = f"{ended.made:.2f} of {ended.held:.2f} s" if ended.status == "ready" else ended.code
    return f"{ended.source.name:22} {ended.status:7} {lasts:20} {'; '.join(ended.wrong)}"


def summary(ended: Sequence[Ended]) -> str:
    rows: list[Sequence[object]] = []
    for damage in dict.fromkeys(one.source.damage for one in ended):
        of_it = [one for one in ended if one.source.damage == damage]
        count = Counter(one.status for one in of_it)
        wrong = sum(bool(one.wrong) for one in of_it)
        rows.append((damage, len(of_it), count["ready"], count["failed"], count["hangs"], wrong))
    codes = Counter(one.code for one in ended if one.code)
    slowest = max((one.reason_after for one in ended), default=0.0)
    said = ", ".join(f"{code} {count}" for code, count in codes.most_common())
    return "\n".join(
        [
            table(("damage", "sources", "ready", "failed", "hang", "wrong"), rows),
            f"reasons: {said}",
            f"longest wait for a reason: {slowest:.1f} s",
        ]
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./reelmill chaos sources", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first one, to repeat some of them"
    )
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="reelmill-damaged-") as folder:
        installation = Installation(Path(folder) / "data", QUICK).start()
        try:
            sources = damaged(Path(folder), asked.seed, range(asked.first, asked.first + asked.count))
            ended = run(installation.url, sources, lambda line: print(line, flush=True))
        finally:
            installation.close()
    print(f"seed {asked.seed}\n{summary(ended)}")
    return 1 if any(one.wrong for one in ended) else 0
