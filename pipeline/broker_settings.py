"""What can be set of the broker: where its nodes are, and whom to trust. A part of pipeline.settings."""

import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, Field, FilePath, SecretStr, field_validator, model_validator

from pipeline.secrets import with_password

_BETWEEN_ADDRESSES = re.compile(r"\s*,\s*(?=amqps?://)")
"""A comma alone may be part of a password."""
GivenFile = Annotated[FilePath | None, BeforeValidator(lambda said: said or None)]


class BrokerSettings(BaseModel):
    url: SecretStr = SecretStr("amqp://guest:guest@127.0.0.1:5672/")
    """One address, or several with commas between them: nodes of one cluster, any of which will do."""
    password: SecretStr | None = None
    """Goes into each address of `url`, as with the database."""
    heartbeat: int = Field(10, ge=0)
    """Seconds; a broker that is gone without a word is noticed after two of them. With 0, never."""
    management_url: SecretStr | None = None
    """Where its management API is, with user and password if they are others; at each node and its usual port
    when not set. Only a checkup asks it."""
    ca_file: GivenFile = None
    """Whom to believe that a node is who it says, over `amqps://`; the system's authorities when not set."""
    cert_file: GivenFile = None
    """What we show a node that asks who we are."""
    key_file: GivenFile = None
    """Of that certificate; not needed where its file holds the key too."""

    @property
    def addresses(self) -> tuple[str, ...]:
        return _addresses(self.url)

    @field_validator("url")
    @classmethod
    def _each_usable(cls, url: SecretStr) -> SecretStr:
        for address in map(urlsplit, _addresses(url)):
            after_password = address.netloc.rpartition("@")[2] + address.path
            if address.scheme not in {"amqp", "amqps"} or not address.hostname or "," in after_password:
                raise ValueError("Each address is amqp:// or amqps://, then user:password@host:port/vhost")
        return url

    @model_validator(mode="after")
    def _put_in(self) -> Self:
        if self.password is not None:
            password = self.password.get_secret_value()
            self.url = SecretStr(",".join(with_password(address, password) for address in self.addresses))
        return self

    @model_validator(mode="after")
    def _certificates_are_used(self) -> Self:
        plain = [address for address in self.addresses if not address.startswith("amqps:")]
        if plain and (self.ca_file or self.cert_file):
            raise ValueError("Certificates are for amqps:// addresses, and one here is amqp://")
        return self


def _addresses(url: SecretStr) -> tuple[str, ...]:
    return tuple(_BETWEEN_ADDRESSES.split(url.get_secret_value().strip()))
