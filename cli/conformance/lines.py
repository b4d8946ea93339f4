"""A playlist line by line: tags with their values, and URIs."""

from collections.abc import Iterator

from cli.conformance.attributes import Unreadable


class Lines:
    """Iterates over (tag, value); a URI comes as ("", uri), and comments do not come at all."""

    def __init__(self, text: str) -> None:
        """Raises Unreadable."""
        self._lines = text.splitlines()
        self._at = 0
        if not self._lines or self._lines[0].rstrip() != "#EXTM3U":
            raise Unreadable("the first line is not #EXTM3U")

    def __iter__(self) -> Iterator[tuple[str, str]]:
        while (line := self._next()) is not None:
            try:
                yield _split(line)
            except Unreadable as error:
                raise self.wrong(str(error)) from error

    def uri(self) -> str:
        """The next line, which must be one."""
        line = self._next()
        if line is None or line.startswith("#"):
            raise self.wrong("a URI must follow here")
        return line

    def wrong(self, why: str) -> Unreadable:
        return Unreadable(f"line {self._at}: {why}")

    def _next(self) -> str | None:
        while self._at < len(self._lines):
            line = self._lines[self._at].strip()
            self._at += 1
            if line and (not line.startswith("#") or line.startswith("#EXT")):
                return line
        return None


def _split(line: str) -> tuple[str, str]:
    if not line.startswith("#"):
        return "", line
    tag, _, value = line[1:].partition(":")
    return tag, value
