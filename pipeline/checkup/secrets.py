"""Whether anybody could guess what should be secret. Says which setting it is, never what it holds."""

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from pipeline.checkup.findings import Finding, Verdict, ok
from pipeline.loopback import is_loopback
from pipeline.settings import Settings

_OWN = "Set your own before anybody else can reach this: see docs/ops.md, A key, and TLS."


def of_secrets(settings: Settings) -> Iterator[Finding]:
    """What is only reached from this machine may be tried with defaults."""
    verdict = Verdict.WRONG if is_exposed(settings) else Verdict.NOTE
    known = settings.known_secrets()
    for name in known:
        said = f"{name} holds a password that everybody knows."
        yield Finding("secrets", "default_secret", verdict, said, _OWN)
    if not known:
        yield ok("secrets", "secrets", "No password is one that everybody knows.")
    if settings.api.key is None:
        said = "The API asks for no key: whoever reaches it may do everything."
        yield Finding("secrets", "no_key", verdict, said, "Set REELMILL_API__KEY (openssl rand -hex 24).")
    elif (settings.api.public_url or "").startswith("http://") and is_exposed(settings):
        said = "The API's key travels unencrypted: its public address is http://."
        yield Finding("secrets", "key_in_the_clear", verdict, said, "Put TLS in front: see docs/ops.md.")
    else:
        yield ok("secrets", "key", "The API asks for its key.")


def is_exposed(settings: Settings) -> bool:
    """Whether others than this machine may reach the API. In a container it listens everywhere, and its
    public address says who reaches it there."""
    api = settings.api
    if api.public_url:
        return not is_loopback(urlsplit(api.public_url).hostname or "")
    return not is_loopback(api.host)


def held(settings: Settings) -> list[str]:
    """Every secret in the settings, so that none is ever told."""
    urls = [*settings.broker.addresses, settings.database.url]
    if settings.broker.management_url:
        urls.append(settings.broker.management_url.get_secret_value())
    secrets = [settings.store.secret_key, settings.api.key, settings.notice.secret]
    found = [secret.get_secret_value() for secret in secrets if secret]
    in_urls = [urlsplit(url).password or "" for url in urls]
    return [each for each in (*found, *in_urls, *map(unquote, in_urls)) if each]
