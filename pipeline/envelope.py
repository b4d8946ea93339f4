"""Events in CloudEvents 1.0 envelopes: how one is typed, versioned, wrapped and read. What can have happened
is in events.py.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Self
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import MalformedEvent, UnsupportedEvent

CONTENT_TYPE = "application/cloudevents+json"
_IDS = uuid5(NAMESPACE_URL, "https://reelmill.dev/events")
_catalogue: dict[str, type["Event"]] = {}
_upcasters: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}


class Event(BaseModel):
    """Something that happened to a video. A subclass names its `topic` and joins the catalogue with it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: ClassVar[str]
    version: ClassVar[int] = 1

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        _catalogue[cls.topic] = cls

    @classmethod
    def type(cls) -> str:
        """The CloudEvents type, which is also the routing key."""
        return f"{cls.topic}.v{cls.version}"

    @classmethod
    def binding(cls) -> str:
        """What a queue binds: every version, so that one that is too new is seen and not lost."""
        return f"{cls.topic}.*"


Name = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00]+$")]
"""What every database can keep and find: PostgreSQL takes no NUL, and no index of long texts."""


class Envelope(BaseModel):
    """A CloudEvents envelope. `data` stays as it came until `event()` reads it, so that a version that is
    too new can still be told apart, counted and dead-lettered."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: str = "1.0"
    id: Name
    source: Name
    type: str = Field(pattern=r"^[a-z_.]+\.v[1-9][0-9]{0,5}$")
    time: datetime
    subject: Name
    """The video's id."""
    run: int = Field(ge=1)
    correlationid: str
    traceparent: str
    datacontenttype: str = "application/json"
    data: dict[str, Any]

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Raises MalformedEvent."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            raise MalformedEvent(_first_problem(error)) from error

    def encode(self) -> bytes:
        return self.model_dump_json().encode()

    def event(self) -> Event:
        """The typed event, brought up to the newest version. Raises UnsupportedEvent or MalformedEvent."""
        topic, _, version = self.type.rpartition(".v")
        known = _catalogue.get(topic)
        if known is None or int(version) > known.version:
            raise UnsupportedEvent(f"It says it is {self.type}.")
        try:
            return known.model_validate(_upcast(topic, int(version), known.version, self.data))
        except ValidationError as error:
            raise MalformedEvent(_first_problem(error)) from error


def upcaster(topic: str, version: int) -> Callable[[Callable[[dict[str, Any]], dict[str, Any]]], None]:
    """Registers how the data of `version` becomes that of the next."""

    def register(function: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        _upcasters[(topic, version)] = function

    return register


def first_envelope(event: Event, *, source: str, video_id: str, run: int, traceparent: str) -> Envelope:
    """The envelope that starts a run; its id follows from video and run: a repeat is the same event."""
    event_id = derived_id(video_id, "api", event.topic, str(run))
    return _envelope(event, event_id, source, video_id, run, correlation=video_id, traceparent=traceparent)


def next_envelope(cause: Envelope, event: Event, *, stage: str, traceparent: str, key: str = "") -> Envelope:
    """The envelope of an event that `stage` made of `cause`; the same cause gives the same id each time."""
    event_id = derived_id(cause.id, stage, event.topic, key)
    return _envelope(
        event, event_id, f"/reelmill/{stage}", cause.subject, cause.run, cause.correlationid, traceparent
    )


def derived_id(*parts: str) -> str:
    """UUIDv5 over what an id depends on."""
    return str(uuid5(_IDS, "\x1f".join(parts)))


def _envelope(
    event: Event, event_id: str, source: str, video_id: str, run: int, correlation: str, traceparent: str
) -> Envelope:
    return Envelope(
        id=event_id,
        source=source,
        type=event.type(),
        time=datetime.now(UTC),
        subject=video_id,
        run=run,
        correlationid=correlation,
        traceparent=traceparent,
        data=event.model_dump(mode="json"),
    )


def _upcast(topic: str, version: int, newest: int, data: dict[str, Any]) -> dict[str, Any]:
    try:
        for step in range(version, newest):
            data = _upcasters[(topic, step)](data)
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedEvent(f"Its data is not that of {topic}.v{version}.") from error
    return data


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    return f"{where}: {problem['msg']}." if where else f"{problem['msg']}."
