"""A multipart form as it arrives: small fields are kept, the file is passed on, nothing is spooled."""

from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from upload_api.errors import FileMissing, InvalidField, MalformedForm

if TYPE_CHECKING:  # the type is not there at run time
    from python_multipart.multipart import MultipartCallbacks

_FIELDS = ("title", "notify_url")
_LONGEST_FIELD = 16 * 1024
"""Bytes; `fields` knows what is too long in characters."""


class FormReader:
    """Fed blocks of the body, gives out blocks of the file."""

    def __init__(self, boundary: bytes) -> None:
        self.fields: dict[str, str] = {}
        self.file_seen = False
        self.content_type: str | None = None
        self.complete = False
        self._file: deque[bytes] = deque()
        self._header = [bytearray(), bytearray()]
        self._headers: dict[bytes, bytes] = {}
        self._part: str | None = None
        self._value = bytearray()
        try:
            self._parser = MultipartParser(boundary, self._callbacks())
        except FormParserError as error:  # a boundary longer than any that RFC 2046 allows
            raise MalformedForm(str(error)) from error

    async def blocks(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The file's bytes. Raises MalformedForm, FileMissing or InvalidField."""
        async for block in body:
            try:
                self._parser.write(block)
            except FormParserError as error:
                raise MalformedForm(str(error)) from error
            while self._file:
                yield self._file.popleft()
        if not self.complete:
            raise MalformedForm("It ends before its closing boundary.")
        if not self.file_seen:
            raise FileMissing

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._open_part,
            "on_part_data": self._take,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self._headers, self._part, self._value = {}, None, bytearray()

    def _end_header(self) -> None:
        name, value = self._header
        self._headers[bytes(name).lower()] = bytes(value)
        self._header = [bytearray(), bytearray()]

    def _open_part(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        self._part = options.get(b"name", b"").decode(errors="replace")
        if self._part != "file":
            return
        if self.file_seen:
            raise MalformedForm("It has more than one part called `file`; send one upload for each.")
        self.file_seen = True
        self.fields["filename"] = options.get(b"filename", b"").decode(errors="replace")
        self.content_type = self._headers.get(b"content-type", b"").decode(errors="replace") or None

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._part == "file":
            self._file.append(data[start:end])
        elif self._part in _FIELDS:
            self._value.extend(data[start:end])
            if len(self._value) > _LONGEST_FIELD:
                raise InvalidField(f"`{self._part}` is longer than {_LONGEST_FIELD} bytes.")

    def _end_part(self) -> None:
        if self._part in _FIELDS:
            self.fields[self._part] = self._value.decode(errors="replace")

    def _end(self) -> None:
        self.complete = True


def boundary_of(content_type: str) -> bytes | None:
    """None when the body is not a form. Raises MalformedForm."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        return None
    boundary = options.get(b"boundary")
    if not boundary:
        raise MalformedForm("Its Content-Type names no boundary.")
    return boundary
