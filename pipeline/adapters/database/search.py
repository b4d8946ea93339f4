"""Finding videos by words. Databases fold case each in its own way (SQLite that of ASCII only) and none of
them knows that macOS writes file names decomposed: what is compared is folded here, and kept with the row."""

import unicodedata
from typing import Any

from sqlalchemy import ColumnElement, and_, event, true
from sqlmodel import col

from pipeline.ledger import Sought
from pipeline.video import Video


def fold(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def matching(sought: Sought) -> ColumnElement[bool]:
    words = [col(Video.words).contains(word, autoescape=True) for word in fold(sought.words).split()]
    statuses = [col(Video.status).in_(sought.statuses)] if sought.statuses else []
    return and_(true(), *words, *statuses)


@event.listens_for(Video, "before_insert")
@event.listens_for(Video, "before_update")
def _note_words(_mapper: Any, _connection: Any, video: Video) -> None:
    words = fold(f"{video.title or ''}\n{video.filename}")
    if video.words != words:
        video.words = words
