"""Which passwords everybody knows, and how one of its own gets into a URL."""

import pytest

from pipeline.secrets import FOR_TRYING, is_known, is_known_in, with_password


@pytest.mark.parametrize("secret", [FOR_TRYING, "minioadmin", "guest", " ChangeMe\n"])
def test_a_password_that_everybody_knows_is_known(secret: str) -> None:
    assert is_known(secret)


def test_no_password_and_one_of_ones_own_are_not() -> None:
    assert not is_known("")
    assert not is_known("8d1f7ab0c6e24c5f")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_guest_is_no_secret_on_loopback_where_alone_rabbitmq_takes_it(host: str) -> None:
    assert not is_known_in(f"amqp://guest:guest@{host}:5672/")
    assert is_known_in(f"amqp://reelmill:{FOR_TRYING}@{host}:5672/")


def test_guest_is_known_on_every_other_machine() -> None:
    assert is_known_in("amqp://guest:guest@broker:5672/")


def test_a_password_is_read_as_the_url_writes_it() -> None:
    assert is_known_in("postgresql+psycopg://reelmill:only%2Dfor%2Dtrying@db/reelmill")


def test_a_url_without_a_password_holds_none_that_is_known() -> None:
    assert not is_known_in("sqlite:///reelmill.db")


def test_a_password_goes_between_user_and_host_whatever_is_in_it() -> None:
    whole = with_password("amqps://reelmill@broker:5671/", "a/b@c:d%")
    assert whole == "amqps://reelmill:a%2Fb%40c%3Ad%25@broker:5671/"


@pytest.mark.parametrize("url", ["sqlite:///reelmill.db", "amqp://broker/", "amqp://@broker/"])
def test_a_password_needs_somebody_whose_it_is(url: str) -> None:
    with pytest.raises(ValueError, match="a URL with a user"):
        with_password(url, "secret")


def test_two_passwords_for_one_url_are_one_too_many() -> None:
    with pytest.raises(ValueError, match="leave one of them out") as refused:
        with_password("amqp://reelmill:hidden@broker/", "secret")
    assert "hidden" not in str(refused.value)
