"""What the cluster scenario holds against a run."""

from chaos.cluster.book import Book, Phase


def book_of(confirms: list[float], finished: list[tuple[float, str]]) -> Book:
    book = Book(confirms=[(moment, "api") for moment in confirms], finished=finished)
    book.phases.append(Phase("leader killed", 0, 40))
    return book


def test_a_gap_is_counted_from_the_phases_beginning_to_its_end() -> None:
    book = book_of([5, 10], [(20, "a")])
    assert book.gaps(book.phases[0]) == (30, 30, 20)


def test_half_a_minute_without_a_confirm_is_a_complaint() -> None:
    assert book_of([10, 20, 30], [(15, "a"), (25, "b")]).complaints() == []
    assert "30.0 s" in book_of([5, 10], [(15, "a"), (25, "b")]).complaints()[0]


def test_a_confirmed_event_that_nobody_was_given_is_lost() -> None:
    book = Book()
    book.confirm("api", "event", expected=True)
    book.confirm("api", "that no queue takes", expected=False)
    assert book.complaints() == ["1 confirmed events were never delivered"]
    book.delivered["event"] += 1
    assert book.complaints() == []


def test_a_video_that_does_not_end_or_ends_twice_is_a_complaint() -> None:
    book = Book(uploaded=["a", "b"], finished=[(1, "a"), (2, "a")])
    assert book.complaints() == ["1 videos did not end", "1 videos ended twice"]
