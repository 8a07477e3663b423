"""Reports of SP4N-LAPOR! taken in: by their tracking number, once, with the state they had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.translation import gettext as _

from layers.catalog.agencies import Agency
from layers.catalog.categories import Category
from layers.catalog.places import Kelurahan
from layers.catalog.reports import places
from layers.catalog.reports.models import Door, PlaceSource, Report
from layers.catalog.reports.move import move
from layers.catalog.reports.report import content_hash, report
from layers.catalog.reports.sp4n import Sp4nRow, tidy
from layers.catalog.reports.states import Actor, Resolution, State
from layers.catalog.reports.work import Assignment
from layers.catalog.routing_rules import suggest

NAMESPACE = UUID("5a0e8d0b-3f16-5f0f-8a55-6a6a1f5b2c11")
LANDING: dict[str, tuple[State, Resolution | None]] = {
    "belum_diverifikasi": (State.NEW, None),
    "belum_ditindaklanjuti": (State.FORWARDED, None),
    "proses": (State.IN_WORK, None),
    "selesai": (State.CLOSED, Resolution.NOT_TOLD),
}


@dataclass(slots=True)
class Imported:
    """What an import did: new + changed + unchanged = rows given."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    guessed: int = 0
    fallback: int = 0
    without_place: int = 0
    states: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)


@transaction.atomic
def take(rows: Iterable[Sp4nRow], *, source: str, fallback: str) -> Imported:
    """Take rows in; all or nothing. `fallback`: category of rows whose words name none."""
    done = Imported()
    guess = Guess(fallback)
    kelurahan = {tidy(item.name): item for item in Kelurahan.objects.select_related("island")}
    agencies = {
        tidy(name): item for item in Agency.objects.all() for name in (item.name, item.code)
    }
    for row in rows:
        done.states[row.status] += 1
        known = Report.objects.filter(sp4n_id=row.tracking_id).first()
        if known is not None:
            _again(known, row, done)
            continue
        category = guess(row, done)
        item = _new(row, category, kelurahan.get(tidy(row.area)), source, done)
        done.new += 1
        if row.status in ("belum_ditindaklanjuti", "proses"):
            _assign(item, row, agencies.get(tidy(row.agency)))
    return done


class Guess:
    """Category of a row: named, or the first whose words stand in title or text."""

    def __init__(self, fallback: str) -> None:
        self.fallback = fallback
        self.words: dict[str, str] = {}
        for item in Category.objects.all():
            for word in (item.code, item.name, *item.synonyms.split("|")):
                if tidy(word):
                    self.words.setdefault(tidy(word), item.code)

    def __call__(self, row: Sp4nRow, done: Imported) -> str:
        """Code of the category; counts what was guessed."""
        named = self.words.get(tidy(row.category))
        if named:
            return named
        text = f" {tidy(row.title)} {tidy(row.text)} "
        for word, code in self.words.items():
            if f" {word} " in text:
                done.guessed += 1
                return code
        done.fallback += 1
        return self.fallback


def _words(row: Sp4nRow) -> str:
    return f"{row.title}\n\n{row.text}" if row.title else row.text


def _new(
    row: Sp4nRow, category: str, kelurahan: Kelurahan | None, source: str, done: Imported
) -> Report:
    state, resolution = LANDING[row.status]
    place: Point | None = None
    if row.lon is not None and row.lat is not None:
        place = _place(row)
    if place is None:
        done.without_place += 1
        state = State.NEEDS_PLACE if state is State.NEW else state
    return report(
        client_id=uuid5(NAMESPACE, row.tracking_id),
        door=Door.SP4N,
        door_ref=row.tracking_id,
        category=category,
        words=_words(row),
        place=place,
        place_source=PlaceSource.FILE if place else PlaceSource.NONE,
        kelurahan=kelurahan,
        landmark=row.area,
        received_at=row.received_at,
        start=state,
        extra={"sp4n_id": row.tracking_id, "resolution": resolution, "source": source},
    ).report


def _place(row: Sp4nRow) -> Point:
    """The place that a row tells. Raises OutsideTheCity with its line."""
    try:
        return places.point(float(row.lon or 0), float(row.lat or 0))
    except places.OutsideTheCity as refusal:
        told = _("Baris %(line)s: %(why)s")
        raise places.OutsideTheCity(told % {"line": row.line, "why": refusal.said()}) from None


def _again(known: Report, row: Sp4nRow, done: Imported) -> None:
    """A known number: SP4N's words are updated with a line of history, ours stay."""
    told = content_hash(
        known.category_id,
        known.geom if known.place_source == PlaceSource.FILE else None,
        _words(row).strip(),
        row.area,
        known.kelurahan.code if known.kelurahan and known.geom is None else "",
    )
    if row.status != known.public_state:
        sentence = _("%(number)s: SP4N menyebut %(theirs)s, di sini %(ours)s.")
        done.differing.append(
            sentence % {"number": row.tracking_id, "theirs": row.status, "ours": known.public_state}
        )
    if known.words == _words(row).strip() or known.content_hash == told:
        done.unchanged += 1
        return
    Report.objects.filter(pk=known.pk).update(words=_words(row).strip(), content_hash=told)
    move(known.pk, "catat", actor=Actor.SYSTEM, screen="sp4n", reason="isi berubah di SP4N")
    done.changed += 1


def _assign(item: Report, row: Sp4nRow, named: Agency | None) -> None:
    found = suggest(item)
    Assignment.objects.create(
        report=item,
        agency=named or found.agency,
        explained=_("menurut berkas SP4N") if named else found.explained,
        state="accepted" if item.state == State.IN_WORK else "open",
        made_at=item.received_at,
    )
