"""Whether anybody could guess what should be secret."""

import pytest
from pydantic import SecretStr

from pipeline.api_settings import ApiSettings
from pipeline.broker_settings import BrokerSettings
from pipeline.checkup.findings import Finding, Verdict
from pipeline.checkup.secrets import of_secrets
from pipeline.settings import DatabaseSettings, Settings, StoreSettings

KEY = SecretStr("0123456789abcdef")


def settings(**changed: object) -> Settings:
    own: dict[str, object] = {
        "broker": BrokerSettings(url=SecretStr("amqp://reelmill:its-own@rabbitmq/")),
        "store": StoreSettings(secret_key=SecretStr("its-own")),
        "api": ApiSettings(key=KEY),
    }
    return Settings.model_validate(own | changed)


def found(settings: Settings) -> list[Finding]:
    return [finding for finding in of_secrets(settings) if finding.verdict is not Verdict.OK]


def test_secrets_of_ones_own_and_a_key_have_nothing_to_mend() -> None:
    assert found(settings()) == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"broker": BrokerSettings(url=SecretStr("amqp://guest:guest@rabbit/"))}, "REELMILL_BROKER__URL"),
        ({"broker": BrokerSettings(url=SecretStr("amqp://r:only-for-trying@h/"))}, "REELMILL_BROKER__URL"),
        (
            {"database": DatabaseSettings(url="postgresql+psycopg://r:only-for-trying@h/r")},
            "REELMILL_DATABASE__URL",
        ),
        ({"store": StoreSettings(secret_key=SecretStr("only-for-trying"))}, "REELMILL_STORE__SECRET_KEY"),
    ],
)
def test_a_password_that_everybody_knows_is_named_by_its_setting_alone(
    changed: dict[str, object], named: str
) -> None:
    (finding,) = found(settings(**changed))
    assert finding.verdict is Verdict.NOTE
    assert named in finding.said
    assert not any(word in finding.said for word in ("only-for-trying", "guest"))


def test_it_is_wrong_where_others_than_this_machine_may_reach_the_api() -> None:
    for api in (
        ApiSettings(host="0.0.0.0", key=KEY),
        ApiSettings(public_url="https://video.example.com", key=KEY),
    ):
        (finding,) = found(settings(api=api, store=StoreSettings(secret_key=SecretStr("minioadmin"))))
        assert finding.verdict is Verdict.WRONG


def test_in_a_container_the_public_address_says_who_reaches_it() -> None:
    api = ApiSettings(host="0.0.0.0", public_url="http://127.0.0.1:8000")
    assert {finding.verdict for finding in found(settings(api=api))} == {Verdict.NOTE}


@pytest.mark.parametrize(("host", "verdict"), [("127.0.0.1", Verdict.NOTE), ("0.0.0.0", Verdict.WRONG)])
def test_an_api_without_a_key_is_wrong_beyond_loopback(host: str, verdict: Verdict) -> None:
    (finding,) = found(settings(api=ApiSettings(host=host)))
    assert (finding.code, finding.verdict) == ("no_key", verdict)


def test_a_key_that_travels_unencrypted_is_wrong() -> None:
    api = ApiSettings(host="0.0.0.0", public_url="http://video.example.com", key=KEY)
    (finding,) = found(settings(api=api))
    assert (finding.code, finding.verdict) == ("key_in_the_clear", Verdict.WRONG)
