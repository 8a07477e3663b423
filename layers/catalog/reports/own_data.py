"""What is kept about a reporter, and its end: the person leaves, the report stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from layers.catalog.reports.history import ReportHistory, ReportNote
from layers.catalog.reports.models import Report
from layers.catalog.reports.move import move
from layers.catalog.reports.photos import Photo, PhotoKind
from layers.catalog.reports.states import Actor, State
from layers.catalog.reports.wording import for_public

OWN_PHOTOS = (PhotoKind.REPORT, PhotoKind.CONTEST)
ERASED = "data dihapus"  # reason of the line that says so; history keeps no words


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything of a report that comes from its reporter, as it is stored."""

    number: str
    told_at: datetime
    observed_at: datetime
    words: str
    public_words: str
    landmark: str
    place: tuple[float, float] | None
    place_source: str
    accuracy_m: int | None
    answers: list[str]
    photos: list[str]
    phone_mark: bool
    follow_key: bool


def _answers(report: Report) -> QuerySet[ReportNote]:
    """Notes that the reporter wrote: answers, objections."""
    lines = ReportHistory.objects.filter(report=report, actor_role=Actor.REPORTER)
    return report.notes.filter(erased_at=None, seq__in=lines.values("seq"))


def _photos(report: Report) -> QuerySet[Photo]:
    return Photo.objects.filter(report=report, kind__in=OWN_PHOTOS)


def kept(report: Report) -> Kept:
    """What is kept; the phone's mark and the link's key exist only as keyed hashes."""
    return Kept(
        number=report.number,
        told_at=report.received_at,
        observed_at=report.observed_at,
        words=report.words,
        public_words=report.public_words if report.published_at else "",
        landmark=report.landmark,
        place=(round(report.geom.x, 6), round(report.geom.y, 6)) if report.geom else None,
        place_source=report.place_source,
        accuracy_m=report.accuracy_m,
        answers=list(_answers(report).values_list("words", flat=True)),
        photos=list(_photos(report).values_list("name", flat=True)),
        phone_mark=bool(report.phone_mark),
        follow_key=bool(report.follow_key_hash),
    )


def words_left(report: Report) -> str:
    """What stays of the words: the published ones; of others, while work goes on, no numbers."""
    if report.public_words:
        return report.public_words
    return "" if report.state == State.CLOSED else for_public(report.words)


@transaction.atomic
def erase(report: Report, *, with_photos: bool, at: datetime | None = None) -> Report:
    """Take the person out of a report: words, answers, phone's mark, link, and photos if asked.

    State, clocks, place and history stay; a line of history says that it was done, not what was
    there. Afterwards the link opens no more than the number does.
    """
    now = at or timezone.now()
    item = move(report.pk, "catat", actor=Actor.REPORTER, screen="lacak", reason=ERASED, at=now)
    item.words, item.landmark = words_left(item), for_public(item.landmark)
    item.follow_key_hash = item.phone_mark = ""
    item.accuracy_m = None
    item.save(update_fields=["words", "landmark", "follow_key_hash", "phone_mark", "accuracy_m"])
    ReportNote.objects.filter(pk__in=list(_answers(item).values_list("pk", flat=True))).update(
        words="", erased_at=now
    )
    if with_photos:
        gone = list(_photos(item))
        files = [photo.file(small=small) for photo in gone for small in (False, True)]
        _photos(item).delete()
        transaction.on_commit(lambda: _unlink(files))  # what is missed here the sweeper finds
    return item


def _unlink(files: Iterable[Path]) -> None:
    for path in files:
        path.unlink(missing_ok=True)
