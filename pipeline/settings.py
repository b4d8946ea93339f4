"""What can be set, by the environment (`REELMILL_*`) or in files. Handed in, never imported as a global."""

import os
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from pipeline.api_settings import ApiSettings
from pipeline.broker_settings import BrokerSettings
from pipeline.errors import Permanent
from pipeline.secrets import folder_of_secrets, is_known, is_known_in, with_password


class SettingsInvalid(Permanent):
    code = "settings_invalid"
    message = "The environment holds settings that cannot be used."
    hint = "Mend what is named; docs/settings.md says what each may be. Durations are written like PT30S."


class SecretKnown(SettingsInvalid):
    code = "secret_known"
    message = "A password is set that everybody knows."
    hint = (
        "Set your own (`openssl rand -hex 24`). REELMILL_TRYING=true lets it pass where nobody else gets in."
    )


class DatabaseSettings(BaseModel):
    url: str = Field("sqlite:///reelmill.db", repr=False)
    """An SQLAlchemy URL: `sqlite:///path` or `postgresql+psycopg://user:password@host/name`."""
    password: SecretStr | None = None
    """Goes into `url` where that names a user alone: then it can lie in a file that holds nothing else."""

    @model_validator(mode="after")
    def _put_in(self) -> Self:
        if self.password is not None:
            self.url = with_password(self.url, self.password.get_secret_value())
        return self


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
    pulse: str | None = None
    """A file that a worker touches while it can work; `python -m pipeline.pulse` looks how old it is."""


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
    stall: timedelta = Field(timedelta(seconds=60), gt=timedelta(0))
    """How long the encoder of a chunk may neither compute nor read nor write before it is taken for hanging,
    and stopped: twice what it waits for a byte of the store."""
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


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="REELMILL_",
        env_nested_delimiter="__",
        env_ignore_empty=True,  # compose files can empty a variable, but not always take it away
        extra="ignore",
        secrets_dir_missing="ok",
    )

    database: DatabaseSettings = DatabaseSettings()
    broker: BrokerSettings = BrokerSettings()
    store: StoreSettings = StoreSettings()
    upload: UploadSettings = UploadSettings()
    work: WorkSettings = WorkSettings()
    relay: RelaySettings = RelaySettings()
    media: MediaSettings = MediaSettings()
    notice: NoticeSettings = NoticeSettings()
    api: ApiSettings = ApiSettings()
    trying: bool = False
    """Whether passwords that everybody knows will do, to try it out where nobody else gets in."""
    log_format: str = "auto"
    """`json`, `console`, or `auto`: readable on a terminal, JSON elsewhere."""
    log_level: Annotated[
        Literal["debug", "info", "warning", "error", "critical"],
        BeforeValidator(lambda said: str(said).lower()),
    ] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  pydantic-settings hands them by name
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  there is no such file
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """A file is named as the variable is, in small letters; the variable goes before it."""
        return init_settings, env_settings, NestedSecretsSettingsSource(file_secret_settings)

    def known_secrets(self) -> list[str]:
        """The variables whose passwords everybody knows."""
        notices = self.notice.secret.get_secret_value() if self.notice.secret else ""
        known = {
            "REELMILL_DATABASE__URL": is_known_in(self.database.url),
            "REELMILL_BROKER__URL": any(map(is_known_in, self.broker.addresses)),
            "REELMILL_STORE__SECRET_KEY": is_known(self.store.secret_key.get_secret_value()),
            "REELMILL_NOTICE__SECRET": is_known(notices),
            "REELMILL_API__KEY": self.api.key is not None and is_known(self.api.key.get_secret_value()),
        }
        return [variable for variable, is_so in known.items() if is_so]


def from_environment() -> Settings:
    """Raises SettingsInvalid, which names each variable that cannot be used, or SecretKnown."""
    try:
        settings = Settings(_secrets_dir=folder_of_secrets(os.environ))
    except ValidationError as error:
        named = [
            f"REELMILL_{'__'.join(map(str, each['loc'])).upper()}: {each['msg']}." for each in error.errors()
        ]
        raise SettingsInvalid(" ".join(named)) from error
    except (SettingsError, OSError, UnicodeError) as error:  # of the folder with the secrets
        raise SettingsInvalid(f"{error}.") from error
    if (known := settings.known_secrets()) and not settings.trying:
        raise SecretKnown(f"It is that of {' and '.join(known)}.")
    return settings
