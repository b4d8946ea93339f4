"""Whether joints can be seen: a clip in chunks against one pass: `python -m bench.joints CLIP [CUT...]`.

A CUT is the number of a segment that begins a chunk. SSIM is that of each frame to the source, scaled; the
differences are those of the frames within 12 of a joint.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from statistics import mean

from bench.report import machine, table
from tests import joints
from tests.joints import Encoded, in_one_and_in_chunks

_MEAN, _WORST = -0.001, -0.005
"""What may be lost near a joint, on the whole and in any frame."""
_HEAD = ("rung", "frames", "same times, keys, init", "bytes", "SSIM, one pass", "all frames", "near", "worst")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("cuts", type=int, nargs="*", default=[1, 3])
    asked = parser.parse_args()
    before = machine()
    with tempfile.TemporaryDirectory() as folder:
        rows, fine = asyncio.run(_compared(asked.clip.resolve(), Path(folder), asked.cuts))
    print(f"{before}\n{asked.clip.name}, chunks from segments 0, {', '.join(map(str, asked.cuts))}\n")
    print(table(_HEAD, rows))
    return 0 if fine else 1


async def _compared(clip: Path, folder: Path, cuts: list[int]) -> tuple[list[list[str]], bool]:
    one, apart = await in_one_and_in_chunks(clip, folder, cuts)
    rows, fine = [], True
    for rung in one.recipe.rungs:
        row, right = await _row(rung.name, one, apart, clip, folder, cuts)
        rows.append(row)
        fine = fine and right
    return rows, fine


async def _row(
    name: str, one: Encoded, apart: Encoded, clip: Path, folder: Path, cuts: list[int]
) -> tuple[list[str], bool]:
    whole, joined = await one.file(name, folder), await apart.file(name, folder)
    same = (
        apart.frames(name) == one.frames(name)
        and await apart.starts(name, folder) == await one.starts(name, folder)
        and apart.inits(name) == one.inits(name)
        and joints.keyframes(joined) == joints.keyframes(whole)
    )
    original = joints.reference(one.recipe, name, clip, folder)
    as_one, as_chunks = joints.likeness(whole, original), joints.likeness(joined, original)
    original.unlink()
    lost = joints.differences(as_one, as_chunks, joints.joints(one.recipe, name, cuts))
    row = [
        name,
        str(sum(apart.frames(name))),
        "yes" if same else "NO",
        f"{joined.stat().st_size / whole.stat().st_size:.4f}",
        f"{mean(as_one):.5f}",
        f"{mean(as_chunks) - mean(as_one):+.5f}",
        f"{mean(lost):+.5f}",
        f"{min(lost):+.5f}",
    ]
    return row, same and mean(lost) >= _MEAN and min(lost) >= _WORST


if __name__ == "__main__":
    sys.exit(main())
