"""Secrets come from files too, and those that everybody knows are refused."""

import os
from pathlib import Path

import pytest

from pipeline.secrets import FOR_TRYING, NOTICES_FOR_TRYING
from pipeline.settings import SecretKnown, Settings, SettingsInvalid, from_environment


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in [name for name in os.environ if name.startswith("REELMILL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REELMILL_SECRETS", str(tmp_path / "secrets"))
    (tmp_path / "secrets").mkdir()
    return tmp_path / "secrets"


def test_a_secret_is_read_from_the_file_that_bears_its_name(secrets: Path) -> None:
    (secrets / "reelmill_store__secret_key").write_text("from a file\n")
    assert from_environment().store.secret_key.get_secret_value() == "from a file"


def test_a_variable_goes_before_a_file(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets / "reelmill_store__secret_key").write_text("from a file")
    monkeypatch.setenv("REELMILL_STORE__SECRET_KEY", "from a variable")
    assert from_environment().store.secret_key.get_secret_value() == "from a variable"


def test_an_empty_variable_is_none_and_the_file_counts(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (secrets / "reelmill_store__secret_key").write_text("from a file")
    monkeypatch.setenv("REELMILL_STORE__SECRET_KEY", "")
    monkeypatch.setenv("REELMILL_WORK__LEASE", "")
    settings = from_environment()
    assert settings.store.secret_key.get_secret_value() == "from a file"
    assert settings.work.lease == Settings().work.lease


def test_a_file_and_a_variable_of_one_group_go_together(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (secrets / "reelmill_database__password").write_text("p@ss")
    monkeypatch.setenv("REELMILL_DATABASE__URL", "postgresql+psycopg://reelmill@postgres/reelmill")
    (secrets / "reelmill_broker__password").write_text("w/rd")
    monkeypatch.setenv("REELMILL_BROKER__URL", "amqp://reelmill@rabbitmq:5672/")
    settings = from_environment()
    assert settings.database.url == "postgresql+psycopg://reelmill:p%40ss@postgres/reelmill"
    assert settings.broker.url.get_secret_value() == "amqp://reelmill:w%2Frd@rabbitmq:5672/"
    assert "p%40ss" not in repr(settings)


def test_what_others_keep_in_the_folder_is_none_of_ours(secrets: Path) -> None:
    (secrets / "kubernetes.io").mkdir()
    (secrets / "kubernetes.io" / "token").write_text("theirs")
    (secrets / "postgres_password").write_text("theirs too")
    assert from_environment() == Settings()


def test_no_folder_is_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REELMILL_SECRETS", str(tmp_path / "nowhere"))
    assert from_environment() == Settings()


def test_a_folder_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("REELMILL_SECRETS", str(tmp_path / "file"))
    with pytest.raises(SettingsInvalid, match="directory"):
        from_environment()


def test_a_secret_that_is_no_text_is_told(secrets: Path) -> None:
    (secrets / "reelmill_api__key").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsInvalid, match="decode"):
        from_environment()


def test_a_password_beside_a_url_that_has_one_is_refused_without_showing_either(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (secrets / "reelmill_broker__password").write_text("hidden-one")
    monkeypatch.setenv("REELMILL_BROKER__URL", "amqp://reelmill:hidden-two@rabbitmq/")
    with pytest.raises(SettingsInvalid, match=r"REELMILL_BROKER: .*leave one of them out") as refused:
        from_environment()
    assert "hidden" not in refused.value.plain


KNOWN = {
    "REELMILL_DATABASE__URL": f"postgresql+psycopg://reelmill:{FOR_TRYING}@postgres/reelmill",
    "REELMILL_BROKER__URL": "amqp://guest:guest@rabbitmq/",
    "REELMILL_STORE__SECRET_KEY": "minioadmin",
    "REELMILL_NOTICE__SECRET": NOTICES_FOR_TRYING,
    "REELMILL_API__KEY": f"{FOR_TRYING}",
}


@pytest.mark.parametrize("variable", [name for name in KNOWN if name != "REELMILL_API__KEY"])
def test_a_secret_that_everybody_knows_is_refused_by_name(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, KNOWN[variable])
    with pytest.raises(SecretKnown, match=variable) as refused:
        from_environment()
    assert KNOWN[variable] not in refused.value.plain


def test_a_known_password_is_refused_from_a_file_as_well(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELMILL_DATABASE__URL", "postgresql+psycopg://reelmill@postgres/reelmill")
    (secrets / "reelmill_database__password").write_text(f"{FOR_TRYING}\n")
    with pytest.raises(SecretKnown, match="REELMILL_DATABASE__URL"):
        from_environment()


def test_whoever_says_that_they_only_try_it_may_have_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, known in KNOWN.items():
        monkeypatch.setenv(variable, known if variable != "REELMILL_API__KEY" else "")
    monkeypatch.setenv("REELMILL_TRYING", "true")
    assert len(from_environment().known_secrets()) == 4


def test_the_private_stack_s_own_defaults_are_taken() -> None:
    assert from_environment().known_secrets() == []
