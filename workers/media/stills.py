"""Whether a picture that was written is all there: its first and last bytes say so."""

from pathlib import Path

from workers.media.errors import OutputIncomplete

_JPEG_BEGINS, _JPEG_ENDS = b"\xff\xd8", b"\xff\xd9"


def check_still(picture: Path) -> Path:
    """Returns `picture`, a JPEG or WebP. Raises OutputIncomplete for one that is missing, empty or cut."""
    data = picture.read_bytes() if picture.exists() else b""
    if data[:4] == b"RIFF":
        whole = data[8:12] == b"WEBP" and int.from_bytes(data[4:8], "little") + 8 == len(data)
    else:
        whole = data.startswith(_JPEG_BEGINS) and data.endswith(_JPEG_ENDS)
    if not whole:
        raise OutputIncomplete(f"{picture.name} is no whole picture.")
    return picture
