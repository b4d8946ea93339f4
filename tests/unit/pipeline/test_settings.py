"""Settings come from the environment, say which of them cannot be used, and keep their secrets."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.settings import SecretKnown, Settings, SettingsInvalid, from_environment

BUSY_TIMEOUT = timedelta(seconds=5)


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("REELMILL_")]:
        monkeypatch.delenv(name)


def test_nested_settings_are_named_with_two_underscores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELMILL_DATABASE__URL", "sqlite:///elsewhere.db")
    monkeypatch.setenv("REELMILL_WORK__LEASE", "PT90S")
    monkeypatch.setenv("REELMILL_WORK__RUNGS", '["PT1S", "PT2S"]')
    settings = from_environment()
    assert settings.database.url == "sqlite:///elsewhere.db"
    assert settings.work.lease == timedelta(seconds=90)
    assert settings.work.rungs == [timedelta(seconds=1), timedelta(seconds=2)]


def test_setting_one_thing_leaves_its_neighbours_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELMILL_WORK__MAX_CRASHES", "2")
    settings = from_environment()
    assert settings.work == Settings().work
    assert (settings.work.max_crashes, settings.work.heartbeat) == (2, timedelta(seconds=1))


def test_a_busy_database_costs_no_lease() -> None:
    work = from_environment().work
    assert work.lease >= 6 * BUSY_TIMEOUT
    assert work.heartbeat * 10 <= work.lease


def test_the_default_rungs_climb() -> None:
    rungs = from_environment().work.rungs
    assert rungs == sorted(set(rungs))


def test_what_cannot_be_used_is_named_as_the_variable_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELMILL_WORK__LEASE", "a while")
    monkeypatch.setenv("REELMILL_UPLOAD__MAX_BYTES", "plenty")
    with pytest.raises(SettingsInvalid, match="REELMILL_WORK__LEASE") as refused:
        from_environment()
    assert "REELMILL_UPLOAD__MAX_BYTES" in refused.value.plain


def test_secrets_do_not_show_where_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELMILL_BROKER__URL", "amqp://reelmill:hidden-one@broker/")
    monkeypatch.setenv("REELMILL_STORE__SECRET_KEY", "hidden-two")
    monkeypatch.setenv("REELMILL_NOTICE__SECRET", "whsec_hidden-three")
    settings = from_environment()
    assert "hidden" not in repr(settings)
    assert settings.store.secret_key.get_secret_value() == "hidden-two"


def test_an_empty_key_is_none_and_one_that_can_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELMILL_API__KEY", "")
    assert from_environment().api.key is None
    monkeypatch.setenv("REELMILL_API__KEY", "letmein")
    with pytest.raises(SettingsInvalid, match=r"REELMILL_API__KEY.*16 characters") as refused:
        from_environment()
    assert "letmein" not in refused.value.plain


def test_an_origin_is_written_as_browsers_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELMILL_API__CORS_ORIGINS", '["HTTPS://App.example.com:8443"]')
    assert from_environment().api.cors_origins == ["https://app.example.com:8443"]


@pytest.mark.parametrize(
    "said", ["*", "null", "app.example.com", "https://app.example.com/", "https://*.example"]
)
def test_what_is_no_origin_is_refused(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("REELMILL_API__CORS_ORIGINS", json.dumps([said]))
    with pytest.raises(SettingsInvalid, match="REELMILL_API__CORS_ORIGINS"):
        from_environment()


def test_a_brokers_addresses_are_one_or_several_with_commas_between(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = "amqp://user:pass,word@one:5672/vhost", "amqps://two/"
    monkeypatch.setenv("REELMILL_BROKER__URL", one)
    assert from_environment().broker.addresses == (one,)
    monkeypatch.setenv("REELMILL_BROKER__URL", f"{one}, {other},{one}")
    assert from_environment().broker.addresses == (one, other, one)


@pytest.mark.parametrize(
    "said", ["rabbit:5672", "http://rabbit/", "amqp://", "amqp://one/,two", "amqp://one,two/"]
)
def test_what_is_no_brokers_address_is_refused(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("REELMILL_BROKER__URL", said)
    with pytest.raises(SettingsInvalid, match="REELMILL_BROKER__URL"):
        from_environment()


def test_a_refused_address_keeps_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELMILL_BROKER__URL", "http://reelmill:hidden@broker/")
    with pytest.raises(SettingsInvalid) as refused:
        from_environment()
    assert "hidden" not in refused.value.plain


def test_a_certificate_that_an_address_would_not_use_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REELMILL_BROKER__CA_FILE", str(tmp_path / "ca.pem"))
    with pytest.raises(SettingsInvalid, match="REELMILL_BROKER__CA_FILE"):
        from_environment()
    (tmp_path / "ca.pem").write_text("")
    with pytest.raises(SettingsInvalid, match="for amqps:// addresses"):
        from_environment()
    monkeypatch.setenv("REELMILL_BROKER__URL", "amqps://one/")
    assert from_environment().broker.ca_file == tmp_path / "ca.pem"
    monkeypatch.setenv("REELMILL_BROKER__CA_FILE", "")
    assert from_environment().broker.ca_file is None


def test_a_password_of_its_own_goes_into_every_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELMILL_BROKER__URL", "amqp://me@one/,amqp://me@two/")
    monkeypatch.setenv("REELMILL_BROKER__PASSWORD", "own")
    assert from_environment().broker.addresses == ("amqp://me:own@one/", "amqp://me:own@two/")


def test_a_password_that_everybody_knows_is_found_in_any_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELMILL_BROKER__URL", "amqp://me:my-own@one/,amqp://guest:guest@two/")
    with pytest.raises(SecretKnown, match="REELMILL_BROKER__URL"):
        from_environment()
