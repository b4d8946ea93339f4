"""What can be set, from the environment (`REELMILL_*`). Handed in, never imported as a global."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.errors import Permanent


class SettingsInvalid(Permanent):
    code = "settings_invalid"
    message = "The environment holds settings that cannot be used."
    hint = "Mend what is named; docs/settings.md says what each may be. Durations are written like PT30S."


class DatabaseSettings(BaseModel):
    url: str = "sqlite:///reelmill.db"
    """An SQLAlchemy URL: `sqlite:///path` or `postgresql+psycopg://user:password@host/name`."""


class BrokerSettings(BaseModel):
    url: SecretStr = SecretStr("amqp://guest:guest@127.0.0.1:5672/")
    heartbeat: int = 10
    """Seconds; a broker that is gone without a word is noticed after two of them."""


class StoreSettings(BaseModel):
    endpoint: str = "http://127.0.0.1:9000"
    access_key: str = "reelmill"
    secret_key: SecretStr = SecretStr("")
    bucket: str = "reelmill"
    region: str = "us-east-1"
    """Given, so that the SDK does not ask the server for it before its first call."""
    public_endpoint: str | None = None
    """How browsers reach the store; `endpoint` when not set. Addresses are signed for this name."""


class UploadSettings(BaseModel):
    max_bytes: int = 20 * 1024**3
    part_bytes: int = 8 * 1024**2
    """One part is held in memory while the one before it is sent; 10,000 parts are S3's limit."""
    abandoned_after: timedelta = timedelta(seconds=60)
    """An upload in one request that took no byte for this long is given up by the sweep. One that can go on
    later only loses its connection."""
    resumable_for: timedelta = Field(timedelta(hours=24), gt=timedelta(0))
    """How long after its last byte an upload can be gone on with: a person comes back within a day."""
    memory_bytes: int = Field(80 * 1024**2, gt=0)
    """Of the file parts that all uploads of one process hold at a time: ten parts. Uploads beyond them
    wait for their turn and hold their clients back; one that is slow makes way."""
    direct: bool = False
    """Whether parts may go from a browser straight to the store. It must be reachable by browsers then."""
    direct_for: timedelta = timedelta(days=1)
    """How long such an upload may take from its beginning: we see none of its bytes."""


class WorkSettings(BaseModel):
    lease: timedelta = Field(timedelta(seconds=30), gt=timedelta(0))
    """At least six times the database's busy timeout (5 s), so that a busy database costs no lease."""
    heartbeat: timedelta = timedelta(seconds=1)
    """How often a job renews its lease, tells its progress and learns that it was cancelled."""
    rungs: list[timedelta] = Field(
        min_length=1,
        default_factory=lambda: [
            timedelta(seconds=10),
            timedelta(minutes=1),
            timedelta(minutes=10),
            timedelta(hours=1),
        ],
    )
    max_crashes: int = 5
    chunks_ahead: int = Field(2, ge=1)
    """Chunks of one video in a queue for each of its consumers: one at work, one to follow. With more
    of them a long video would queue before the next one."""
    scratch: str | None = None
    """Folder for files under work; the system's temporary folder when not set."""


class RelaySettings(BaseModel):
    patience: timedelta = timedelta(seconds=2)
    """How long whoever wrote an event may take to publish it before the relay does."""
    poll: timedelta = timedelta(seconds=1)
    sweep: timedelta = timedelta(seconds=30)
    keep: timedelta = timedelta(days=30)
    """How long the events and inbox rows of a finished video are kept."""


class MediaSettings(BaseModel):
    keep_location: bool = False
    """Whether where a video was filmed may appear in its metadata and subtitles, and be handed out with the
    original."""
    original_max_bit_rate: int = 25_000_000
    """Bits a second up to which browsers may play an upload as it is: what phones record at 1080p (17 to 20
    million), and half of an ordinary line of 50."""
    cores_per_slot: int = Field(default=2, ge=1)
    """Cores that one encode of a chunk is held to, so that a machine runs as many as it has pairs. One each
    saves 5 % of the work, and takes twice the memory and twice as long for whoever waits for a chunk."""
    ladder: list[int] = Field(default=[2160, 1440, 1080, 720, 480, 360, 240], min_length=1)
    """Short sides of the renditions, none larger than the source: each has about half the pixels of the one
    above it, which is the least that a viewer's line or screen notices."""
    preset: Literal[
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
    ] = "veryfast"
    """x264's. Half the time of `medium` for a few percent more bits: a viewer waits for the one, not for the
    other."""
    crf: int = Field(default=23, ge=10, le=40)
    """x264's quality, less is better. Its own middle: as like the source as what others make
    (docs/benchmarks.md), and easy content costs less."""
    download: bool = False
    """Whether one MP4 to keep is made too. It nearly doubles what a video takes in the store, and most who
    come only watch."""


class NoticeSettings(BaseModel):
    url: str | None = None
    """Where notices go when the upload named no `notify_url`."""
    secret: SecretStr | None = None
    """`whsec_` and base64, as standardwebhooks.com has it."""
    allow_private: bool = False
    """Whether a notice may go to a private, loopback or link-local address."""
    timeout: timedelta = timedelta(seconds=10)


def _long_enough(key: SecretStr | None) -> SecretStr | None:
    if key is not None and len(key.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(f"A key of less than {SHORTEST_KEY} characters can be guessed")
    return key


def origin(said: str) -> str:
    """The site of a page as browsers name it: `https://app.example.com`, with its port where it has one."""
    found = said.strip().lower()
    if not _ORIGIN.fullmatch(found):
        raise ValueError(
            "An origin is http:// or https://, a name and perhaps a port, and nothing after that"
        )
    return found


SHORTEST_KEY = 16
_ORIGIN = re.compile(r"https?://[^/\s*?#@]+")
Origin = Annotated[str, AfterValidator(origin)]


class ApiSettings(BaseModel):
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = None
    """How the outside reaches the API, for links in notices."""
    allowed_hosts: list[str] = []
    """Names that requests may be for, beside loopback, `host` and that of `public_url`; `*` is any."""
    key: Annotated[
        SecretStr | None, BeforeValidator(lambda said: said or None), AfterValidator(_long_enough)
    ] = None
    """Asked of every request but a viewer's. Without one the API is open to whoever reaches it."""
    cors_origins: list[Origin] = []
    """Sites whose pages may call the API from a browser."""
    embed_on: list[Literal["*"] | Origin] = ["*"]
    """Sites that may show the player in a frame. Any: the frame holds what anybody has who knows the video's
    address, changes nothing, keeps nothing, and its site cannot look into it."""
    undo: timedelta = Field(timedelta(seconds=60), ge=timedelta(0))
    """How long a deleted video can be brought back, its files kept meanwhile: a minute is long enough to
    notice a slip, with a keyboard or screen reader too, and short enough for who deletes to make room. The
    sweep goes by it as well; 0 switches it off."""

    @property
    def reached_at(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REELMILL_", env_nested_delimiter="__", extra="ignore")

    database: DatabaseSettings = DatabaseSettings()
    broker: BrokerSettings = BrokerSettings()
    store: StoreSettings = StoreSettings()
    upload: UploadSettings = UploadSettings()
    work: WorkSettings = WorkSettings()
    relay: RelaySettings = RelaySettings()
    media: MediaSettings = MediaSettings()
    notice: NoticeSettings = NoticeSettings()
    api: ApiSettings = ApiSettings()
    log_format: str = "auto"
    """`json`, `console`, or `auto`: readable on a terminal, JSON elsewhere."""
    log_level: Annotated[
        Literal["debug", "info", "warning", "error", "critical"],
        BeforeValidator(lambda said: str(said).lower()),
    ] = "info"


def from_environment() -> Settings:
    """Raises SettingsInvalid, which names each variable that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        named = [
            f"REELMILL_{'__'.join(map(str, each['loc'])).upper()}: {each['msg']}." for each in error.errors()
        ]
        raise SettingsInvalid(" ".join(named)) from error
